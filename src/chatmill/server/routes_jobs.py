"""`/v1/fine_tuning/jobs`: create, list, get, cancel, pause, resume, events, checkpoints."""

import secrets
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from chatmill.records import JobStatus
from chatmill.server.base_models import EMBEDDED_MODELS, base_model_folder
from chatmill.server.hyperparameters import (
    MAX_BATCH_SIZE,
    MAX_EPOCHS,
    MAX_LEARNING_RATE_MULTIPLIER,
)
from chatmill.server.routes_models import no_such_model, state_of
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


class HyperparametersBody(BaseModel):
    """A number or `auto` each."""

    n_epochs: Auto | Annotated[int, Field(ge=1, le=MAX_EPOCHS)] = "auto"
    batch_size: Auto | Annotated[int, Field(ge=1, le=MAX_BATCH_SIZE)] = "auto"
    learning_rate_multiplier: (
        Auto | Annotated[float, Field(gt=0, le=MAX_LEARNING_RATE_MULTIPLIER)]
    ) = "auto"


class SupervisedBody(BaseModel):
    """Options of supervised tuning."""

    hyperparameters: HyperparametersBody = HyperparametersBody()


class MethodBody(BaseModel):
    """How to tune."""

    type: str = "supervised"
    supervised: SupervisedBody = SupervisedBody()


class JobBody(BaseModel):
    """What a client sends to start a job."""

    model: Annotated[str, Field(min_length=1)]
    training_file: str
    validation_file: str | None = None
    suffix: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = None
    metadata: dict[str, str] | None = None
    method: MethodBody | None = None
    hyperparameters: HyperparametersBody | None = None
    integrations: list[Any] | None = None


@router.post("/v1/fine_tuning/jobs")
def create_job(request: Request, body: JobBody) -> Json:
    """Record a job; its files are validated next, by line."""
    state = state_of(request)
    if body.method is not None and body.method.type != "supervised":
        raise unsupported("method", "must be supervised on this server")
    if body.integrations:
        raise unsupported("integrations", "are not available on this server")
    base = state.shelf.resolve(body.model)
    if base not in EMBEDDED_MODELS and "/" not in base:
        raise no_such_model(body.model)
    if base.startswith(("/", "~", ".")) and not base_model_folder(base, state.home):
        raise no_such_model(body.model)
    for param in ("training_file", "validation_file"):
        _check_file(request, param, getattr(body, param))
    chosen = body.method.supervised.hyperparameters if body.method else body.hyperparameters
    job = store.add_job(
        state.database,
        model=body.model,
        base_model=base,
        training_file=body.training_file,
        validation_file=body.validation_file,
        suffix=body.suffix,
        seed=secrets.randbelow(2**31) if body.seed is None else body.seed,
        metadata=body.metadata,
        hyperparameters=(chosen or HyperparametersBody()).model_dump(),
    )
    state.supervisor.wake()
    return job_json(job)


@router.get("/v1/fine_tuning/jobs")
def list_jobs(
    request: Request,
    after: str | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> Json:
    """List jobs, newest first; `metadata[key]=value` narrows the list."""
    wanted = {
        key.removeprefix(METADATA_PREFIX).removesuffix(METADATA_SUFFIX): value
        for key, value in request.query_params.items()
        if key.startswith(METADATA_PREFIX) and key.endswith(METADATA_SUFFIX)
    }
    page = Page(after=after, limit=limit)
    jobs, has_more = store.list_jobs(state_of(request).database, page, metadata=wanted)
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
            f"The job is {job.status}; it cannot become {to} from there",
            code="invalid_job_state",
        )
    state.supervisor.wake()
    return job_json(_find(request, job_id))
