"""`/v1/fine_tuning/jobs`: create, list, get, cancel, pause, resume, events, checkpoints."""

import secrets
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from chatmill.errors import ModelError
from chatmill.records import JobStatus
from chatmill.server.base_models import EMBEDDED_MODELS
from chatmill.server.hyperparameters import (
    MAX_BATCH_SIZE,
    MAX_EPOCHS,
    MAX_LEARNING_RATE_MULTIPLIER,
)
from chatmill.server.routes_models import no_such_model, state_of
from chatmill.server.state import ServerState
from chatmill.server.wire import (
    ApiError,
    Json,
    checkpoint_json,
    event_json,
    job_json,
    page_json,
    unsupported,
)
from chatmill.store import server_files
from chatmill.store import server_jobs as store
from chatmill.store.server_pages import Page

METADATA_PREFIX, METADATA_SUFFIX = "metadata[", "]"
router = APIRouter()

Auto = Literal["auto"]
MAX_BETA = 10.0
MAX_LORA_RANK = 256
RANK = frozenset(("lora_r", "lora_alpha", "lora_dropout"))
Metadata = Annotated[
    dict[Annotated[str, Field(max_length=64)], Annotated[str, Field(max_length=512)]],
    Field(max_length=16),
]
"""As OpenAI documents it: at most 16 pairs, keys of 64 and values of 512 characters."""


class HyperparametersBody(BaseModel, extra="forbid"):
    """OpenAI's, a number or `auto` each; and those of Nebius Token Factory, a number each."""

    n_epochs: Auto | Annotated[int, Field(ge=1, le=MAX_EPOCHS)] = "auto"
    batch_size: Auto | Annotated[int, Field(ge=1, le=MAX_BATCH_SIZE)] = "auto"
    learning_rate_multiplier: (
        Auto | Annotated[float, Field(gt=0, le=MAX_LEARNING_RATE_MULTIPLIER)]
    ) = "auto"
    learning_rate: Annotated[float, Field(gt=0, le=1)] | None = None
    lora: bool | None = None
    lora_r: Annotated[int, Field(ge=1, le=MAX_LORA_RANK)] | None = None
    lora_alpha: Annotated[int, Field(ge=1, le=4 * MAX_LORA_RANK)] | None = None
    lora_dropout: Annotated[float, Field(ge=0, lt=1)] | None = None
    warmup_ratio: Annotated[float, Field(ge=0, le=1)] | None = None
    weight_decay: Annotated[float, Field(ge=0, le=1)] | None = None
    max_grad_norm: Annotated[float, Field(gt=0)] | None = None
    packing: bool | None = None
    context_length: Annotated[int, Field(ge=8)] | None = None
    early_stopping_patience: Annotated[int, Field(ge=1, le=MAX_EPOCHS)] | None = None

    def asked(self) -> Json:
        """Return what the client chose, `auto` included.

        Raises:
            ApiError: Two of them contradict each other.
        """
        if self.lora is False:
            raise unsupported("lora", "cannot be false: this server trains LoRA adapters")
        if self.learning_rate is not None and self.learning_rate_multiplier != "auto":
            raise ApiError(
                400,
                "learning_rate and learning_rate_multiplier say the same: send one of them",
                param="learning_rate",
                code="invalid_value",
            )
        return self.model_dump(exclude_none=True, exclude={"lora"})


class DpoHyperparametersBody(HyperparametersBody):
    """Those, and how dear it is to move away from where the training began."""

    beta: Auto | Annotated[float, Field(gt=0, le=MAX_BETA)] = "auto"


class SupervisedBody(BaseModel, extra="forbid"):
    """Options of supervised tuning."""

    hyperparameters: HyperparametersBody | None = None


class DpoBody(BaseModel, extra="forbid"):
    """Options of tuning by preferences."""

    hyperparameters: DpoHyperparametersBody | None = None


class MethodBody(BaseModel, extra="forbid"):
    """How to tune."""

    type: Literal["supervised", "dpo", "reinforcement"]
    supervised: SupervisedBody | None = None
    dpo: DpoBody | None = None
    reinforcement: Any = None


class JobBody(BaseModel, extra="forbid"):
    """What a client sends to start a job."""

    model: Annotated[str, Field(min_length=1)]
    training_file: str
    validation_file: str | None = None
    suffix: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = None
    metadata: Metadata | None = None
    method: MethodBody | None = None
    hyperparameters: HyperparametersBody | None = None
    integrations: list[Any] | None = None


@router.post("/v1/fine_tuning/jobs")
def create_job(request: Request, body: JobBody) -> Json:
    """Record a job; its files are validated next, by line."""
    state = state_of(request)
    method, hyperparameters = _chosen(body)
    if body.integrations:
        raise unsupported("integrations", "are not available on this server", status=501)
    base, start_adapter = _base_of(state, body.model)
    if start_adapter is not None and RANK & hyperparameters.keys():
        raise ApiError(
            400,
            "A tuned model is trained further with the rank it has: leave lora_r, lora_alpha and "
            "lora_dropout out",
            param="hyperparameters",
            code="invalid_value",
        )
    for param in ("training_file", "validation_file"):
        _check_file(request, param, getattr(body, param))
    if body.validation_file == body.training_file:
        raise ApiError(
            400,
            "validation_file is the training file: what was trained on measures nothing",
            param="validation_file",
            code="invalid_file",
        )
    if body.validation_file is None and "early_stopping_patience" in hyperparameters:
        raise ApiError(
            400,
            "early_stopping_patience needs a validation_file, whose loss decides",
            param="validation_file",
            code="missing_required_parameter",
        )
    _check_room(state)
    job = store.add_job(
        state.database,
        model=body.model,
        base_model=base,
        training_file=body.training_file,
        validation_file=body.validation_file,
        suffix=body.suffix,
        seed=secrets.randbelow(2**31) if body.seed is None else body.seed,
        metadata=body.metadata,
        hyperparameters=hyperparameters,
        method=method,
        start_adapter=start_adapter,
    )
    state.supervisor.wake()
    return job_json(job)


def _chosen(body: JobBody) -> tuple[str, Json]:
    """Return the method and the hyperparameters asked for.

    Raises:
        ApiError: The method is none of this server's, or they contradict each other.
    """
    method = body.method
    if method is None:
        return "supervised", (body.hyperparameters or HyperparametersBody()).asked()
    if method.type == "reinforcement":
        raise unsupported(
            "method", "cannot be reinforcement: this server has no graders", status=501
        )
    if method.type == "dpo":
        dpo = (method.dpo and method.dpo.hyperparameters) or DpoHyperparametersBody()
        return "dpo", dpo.asked()
    supervised = method.supervised and method.supervised.hyperparameters
    return "supervised", (supervised or body.hyperparameters or HyperparametersBody()).asked()


def _base_of(state: ServerState, name: str) -> tuple[str, str | None]:
    """Return the base model a name stands for, and the adapter to go on from.

    Raises:
        ApiError: There is no such model.
    """
    try:
        base, adapter = state.shelf.base_of(name)
    except ModelError:  # not here yet, but perhaps to be fetched from a hub
        base, adapter = state.shelf.resolve(name), None
        if base not in EMBEDDED_MODELS and ("/" not in base or base.startswith(("/", "~", "."))):
            raise no_such_model(name) from None
    return base, None if adapter is None else str(adapter)


def _check_room(state: ServerState) -> None:
    """Refuse a job where too many wait already."""
    counts = store.count_jobs(state.database)
    n_running = counts.get("running", 0)
    n_pending = counts.get("queued", 0) + counts.get("validating_files", 0)
    if n_running + n_pending >= state.max_jobs:
        raise ApiError(
            429,
            f"This fine-tune request has been rate-limited. This server takes at most "
            f"{state.max_jobs} active jobs ({n_running} running, {n_pending} pending). Wait for "
            "one to end, or raise [serve] max_jobs",
            code="rate_limit_exceeded",
        )


@router.get("/v1/fine_tuning/jobs")
def list_jobs(
    request: Request,
    after: str | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> Json:
    """List jobs, newest first; `metadata[key]=value` narrows the list, `metadata=null` too."""
    wanted = {
        key.removeprefix(METADATA_PREFIX).removesuffix(METADATA_SUFFIX): value
        for key, value in request.query_params.items()
        if key.startswith(METADATA_PREFIX) and key.endswith(METADATA_SUFFIX)
    }
    page = Page(after=after, limit=limit)
    has_none = request.query_params.get("metadata") in ("null", "None")
    jobs, has_more = store.list_jobs(
        state_of(request).database, page, metadata=wanted, has_none=has_none
    )
    return page_json([job_json(each) for each in jobs], has_more=has_more)


@router.get("/v1/fine_tuning/jobs/{job_id}")
def get_job(request: Request, job_id: str) -> Json:
    """Return one job."""
    return job_json(_find(request, job_id))


@router.post("/v1/fine_tuning/jobs/{job_id}/cancel")
def cancel_job(request: Request, job_id: str) -> Json:
    """Cancel a job; its trainer notices at its next step."""
    return _move(request, job_id, "cancelled", "The job has been cancelled")


@router.post("/v1/fine_tuning/jobs/{job_id}/pause")
def pause_job(request: Request, job_id: str) -> Json:
    """Pause a running job; its trainer saves a checkpoint and ends."""
    return _move(request, job_id, "paused", "The job has been paused")


@router.post("/v1/fine_tuning/jobs/{job_id}/resume")
def resume_job(request: Request, job_id: str) -> Json:
    """Put a paused job back into the queue."""
    return _move(request, job_id, "queued", "The job has been resumed", from_="paused")


@router.get("/v1/fine_tuning/jobs/{job_id}/events")
def list_events(
    request: Request,
    job_id: str,
    after: str | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 20,
) -> Json:
    """List a job's events, newest first."""
    job = _find(request, job_id)
    page = Page(after=after, limit=limit)
    events, has_more = store.list_events(state_of(request).database, job.id, page)
    return page_json([event_json(each) for each in events], has_more=has_more)


@router.get("/v1/fine_tuning/jobs/{job_id}/checkpoints")
def list_checkpoints(
    request: Request,
    job_id: str,
    after: str | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 10,
) -> Json:
    """List a job's checkpoints, newest first; each can be chatted with under its name."""
    job = _find(request, job_id)
    page = Page(after=after, limit=limit)
    checkpoints, has_more = store.list_checkpoints(state_of(request).database, job.id, page)
    return page_json([checkpoint_json(each) for each in checkpoints], has_more=has_more)


def _find(request: Request, job_id: str) -> store.StoredJob:
    job = store.find_job(state_of(request).database, job_id)
    if job is None:
        raise ApiError(
            404,
            f"Could not find fine tune: {job_id}",
            param="fine_tuning_job_id",
            code="fine_tune_not_found",
        )
    return job


def _check_file(request: Request, param: str, file_id: str | None) -> None:
    if file_id is None:
        return
    file = server_files.find_file(state_of(request).database, file_id)
    if file is None:
        raise ApiError(400, f"invalid {param}: {file_id}", param=param, code="invalid_file")
    if file.purpose != "fine-tune":
        raise ApiError(400, f"{param} must have purpose fine-tune", param=param)
    if file.bytes == 0:
        raise ApiError(400, f"{param} is empty", param=param, code="invalid_file")


def _move(
    request: Request, job_id: str, to: JobStatus, message: str, *, from_: JobStatus | None = None
) -> Json:
    job = _find(request, job_id)
    state = state_of(request)
    allowed = None if from_ is None else (from_,)
    if not store.move_job(state.database, job.id, to, from_=allowed, message=message):
        raise ApiError(
            400,
            f"The job is {_find(request, job_id).status}; it cannot become {to} from there",
            code="invalid_job_state",
        )
    state.supervisor.wake()
    return job_json(_find(request, job_id))
