"""Files and fine-tuning jobs: upload, create exactly once, follow, cancel."""

import asyncio
import random
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chatmill.errors import ModelCallError, ServerDownError, StorageError
from chatmill.models.bodies import EventBody, EventsBody, FileBody, JobBody, JobsBody, ModelsBody
from chatmill.models.connection import Connection, RefusedCallError
from chatmill.models.retry import delay_seconds
from chatmill.records import Hyperparameters, JobStatus

PAGE_SIZE = 100
BOM = b"\xef\xbb\xbf"
KEY_FIELD = "chatmill_key"
"""Metadata field that carries the hash of what a job trains."""
ENDED_IN_VAIN: tuple[JobStatus, ...] = ("failed", "cancelled")


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRequest:
    """What a fine-tuning job is to do."""

    model: str
    training_file: str
    """Id of an uploaded file."""
    validation_file: str | None
    suffix: str
    """Part of the tuned model's name; empty for none."""
    seed: int
    hyperparameters: Hyperparameters
    key: str
    """Hash of everything that determines the result; two jobs with one key are the same work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteJob:
    """One fine-tuning job as its server reports it."""

    id: str
    status: JobStatus
    model: str
    created_at: int
    """Unix seconds."""
    finished_at: int | None
    fine_tuned_model: str | None
    trained_tokens: int | None
    error: str
    """The server's own words; empty where there is no error."""
    hyperparameters: Hyperparameters
    key: str
    """Empty for jobs that chatmill did not start."""
    result_files: tuple[str, ...]
    adapter_sha256: str | None
    """Only chatmill's own server says it."""
    adapter_path: str | None
    """Only chatmill's own server says it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobMetrics:
    """Numbers of one step; None where the server does not measure them."""

    step: int | None = None
    total_steps: int | None = None
    train_loss: float | None = None
    valid_loss: float | None = None
    full_valid_loss: float | None = None
    train_mean_token_accuracy: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobEvent:
    """Something that happened to a job."""

    id: str
    """Empty for what chatmill itself has to say about the job."""
    created_at: int
    """Unix seconds."""
    level: str
    """`info`, `warn` or `error`."""
    message: str
    metrics: JobMetrics | None = field(default=None)


async def upload_file(connection: Connection, path: Path, purpose: str) -> str:
    """Upload a file and return the id the server gives it.

    Raises:
        StorageError: The file cannot be read.
        ModelError: The server refused it, or nothing answers.
    """
    try:
        content = await asyncio.to_thread(path.read_bytes)
    except OSError as error:
        raise StorageError(f"cannot be read: {error.strerror}", where=str(path)) from error
    if purpose == "fine-tune" and connection.endpoint.profile.needs_bom:
        content = BOM + content.removeprefix(BOM)
    create: Any = connection.sdk.files.with_raw_response.create
    body = await connection.call(
        lambda: create(file=(path.name, content), purpose=purpose), FileBody
    )
    return body.id


async def create_job(connection: Connection, request: JobRequest) -> RemoteJob:
    """Start a job, or return the one that runs under the same key already.

    A try whose answer got lost may have started the job, so every try looks for the key first.

    Raises:
        ModelError: The server refused, had all its tries, or nothing answers.
    """
    create: Any = connection.sdk.fine_tuning.jobs.with_raw_response.create
    body = _job_request_body(request)
    chance = random.Random()  # noqa: S311 - jitter, not a secret
    attempt = 0
    while True:
        attempt += 1
        known = await find_job(connection, request.key)
        if known is not None:
            return known
        try:
            return _job(await connection.call(lambda: create(**body), JobBody, max_attempts=1))
        except RefusedCallError as error:
            if error.status is not None and error.status < 500 and error.status != 429:  # noqa: PLR2004 - HTTP statuses
                raise
            if attempt >= connection.endpoint.limits.max_attempts:
                raise
        except (ModelCallError, ServerDownError):
            if attempt >= connection.endpoint.limits.max_attempts:
                raise
        await asyncio.sleep(delay_seconds(attempt, None, chance))


async def find_job(connection: Connection, key: str) -> RemoteJob | None:
    """Return the server's newest job of this key that has not ended in vain, or None."""
    async for job in iterate_jobs(connection):
        is_deleted = job.status == "succeeded" and job.fine_tuned_model is None
        if job.key == key and job.status not in ENDED_IN_VAIN and not is_deleted:
            return job
    return None


async def iterate_jobs(connection: Connection) -> AsyncIterator[RemoteJob]:
    """Yield the server's jobs, newest first."""
    listing: Any = connection.sdk.fine_tuning.jobs.with_raw_response.list
    position: dict[str, str] = {}
    while True:
        page = await connection.call(
            lambda position=position: listing(limit=PAGE_SIZE, **position),  # type: ignore[misc] # bound now, called later
            JobsBody,
        )
        for body in page.data:
            yield _job(body)
        if not page.has_more or not page.data:
            return
        position = {"after": page.data[-1].id}


async def get_job(connection: Connection, job_id: str) -> RemoteJob:
    """Return one job as it stands."""
    retrieve = connection.sdk.fine_tuning.jobs.with_raw_response.retrieve
    return _job(await connection.call(lambda: retrieve(job_id), JobBody))


async def cancel_job(connection: Connection, job_id: str) -> RemoteJob:
    """Ask the server to stop a job."""
    cancel = connection.sdk.fine_tuning.jobs.with_raw_response.cancel
    return _job(await connection.call(lambda: cancel(job_id), JobBody))


async def list_events(connection: Connection, job_id: str, after: str | None) -> list[JobEvent]:
    """Return the events that happened after one that was seen, oldest first.

    Args:
        connection: The server.
        job_id: The job.
        after: Id of the last event seen; all events where None.
    """
    listing: Any = connection.sdk.fine_tuning.jobs.with_raw_response.list_events
    newest_first: list[JobEvent] = []
    position: dict[str, str] = {}
    while True:
        page = await connection.call(
            lambda position=position: listing(job_id, limit=PAGE_SIZE, **position),  # type: ignore[misc] # bound now, called later
            EventsBody,
        )
        for body in page.data:
            if body.id == after:
                return newest_first[::-1]
            newest_first.append(_event(body))
        if not page.has_more or not page.data:
            return newest_first[::-1]
        position = {"after": page.data[-1].id}


async def file_content(connection: Connection, file_id: str) -> bytes:
    """Download a file's bytes.

    Raises:
        ModelError: The server refused, or nothing answers.
    """
    content = connection.sdk.files.with_raw_response.content
    return await connection.download(lambda: content(file_id))


async def list_models(connection: Connection) -> list[str]:
    """Return the ids of the models the server offers."""
    listing: Any = connection.sdk.models.with_raw_response.list
    page = await connection.call(listing, ModelsBody)
    return [model.id for model in page.data]


def _job_request_body(request: JobRequest) -> dict[str, Any]:
    body: dict[str, Any] = {
        "model": request.model,
        "training_file": request.training_file,
        "seed": request.seed,
        "metadata": {KEY_FIELD: request.key},
        "method": {
            "type": "supervised",
            "supervised": {"hyperparameters": request.hyperparameters.asked()},
        },
    }
    if request.validation_file is not None:
        body["validation_file"] = request.validation_file
    if request.suffix:
        body["suffix"] = request.suffix
    return body


def _job(body: JobBody) -> RemoteJob:
    error = body.error
    words = [] if error is None else [part for part in (error.code, error.message) if part]
    metadata: Mapping[str, str] = body.metadata or {}
    return RemoteJob(
        id=body.id,
        status=body.status,
        model=body.model,
        created_at=body.created_at,
        finished_at=body.finished_at,
        fine_tuned_model=body.fine_tuned_model,
        trained_tokens=body.trained_tokens,
        error=": ".join(words),
        hyperparameters=_hyperparameters(body),
        key=metadata.get(KEY_FIELD, ""),
        result_files=tuple(body.result_files),
        adapter_sha256=body.chatmill.adapter_sha256 if body.chatmill else None,
        adapter_path=body.chatmill.adapter_path if body.chatmill else None,
    )


def _hyperparameters(body: JobBody) -> Hyperparameters:
    """Read them where the method has them, else at the deprecated top level."""
    supervised = body.method.supervised if body.method else None
    said = (supervised.hyperparameters if supervised else None) or body.hyperparameters
    if said is None:
        return Hyperparameters()
    return Hyperparameters(
        n_epochs="auto" if said.n_epochs is None else said.n_epochs,
        batch_size="auto" if said.batch_size is None else said.batch_size,
        learning_rate_multiplier=(
            "auto" if said.learning_rate_multiplier is None else said.learning_rate_multiplier
        ),
    )


def _event(body: EventBody) -> JobEvent:
    metrics = None
    if body.type == "metrics" and body.data is not None:
        metrics = JobMetrics(**body.data.model_dump())
    return JobEvent(
        id=body.id,
        created_at=body.created_at,
        level=body.level,
        message=body.message,
        metrics=metrics,
    )
