"""The server's jobs, events and checkpoints; a job changes its state nowhere else."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import sqlalchemy as sa

from chatmill.records import JobStatus
from chatmill.store.database import Database
from chatmill.store.server_pages import Page, new_id, read_page
from chatmill.store.server_tables import checkpoints, events, jobs

TRANSITIONS: dict[JobStatus, frozenset[JobStatus]] = {
    "validating_files": frozenset({"queued", "failed", "cancelled"}),
    "queued": frozenset({"running", "failed", "cancelled"}),
    # back to the queue when the trainer's heartbeat went stale
    "running": frozenset({"queued", "paused", "succeeded", "failed", "cancelled"}),
    # a resumed job takes its place in the queue and goes on from its checkpoint
    "paused": frozenset({"queued", "cancelled"}),
    "succeeded": frozenset(),
    "failed": frozenset(),
    "cancelled": frozenset(),
}
"""Every state a job may go to from each state; all updates are conditional on it."""

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredJob:
    """One fine-tuning job, as it stands."""

    id: str
    status: JobStatus
    created_at: int
    finished_at: int | None
    estimated_finish: int | None
    model: str
    """As the client named it."""
    training_file: str
    validation_file: str | None
    suffix: str | None
    seed: int
    metadata: Mapping[str, str] | None
    hyperparameters: Json
    """As asked for; as resolved once the files are valid."""
    fine_tuned_model: str | None
    trained_tokens: int | None
    result_file: str | None
    adapter_sha256: str | None
    adapter_path: str | None
    error_code: str | None
    error_message: str | None
    error_param: str | None
    claim: str | None
    """Token of the trainer that may write to this job."""
    trainer_pid: int | None
    heartbeat_at: float | None
    failed_starts: int
    """Trainers that ended without a new checkpoint, in a row."""
    base_model: str
    """What is really trained: `model`, or what that name stood for when the job was made."""
    method: str
    """`supervised` or `dpo`."""
    start_adapter: str | None
    """Folder of the tuned model that is trained further; None starts from the base."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEvent:
    """Something that happened to a job."""

    id: str
    created_at: int
    level: str
    message: str
    type: str
    data: Json | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCheckpoint:
    """One published checkpoint of a job."""

    id: str
    job_id: str
    created_at: int
    step_number: int
    fine_tuned_model_checkpoint: str
    folder: str
    metrics: Json


# Jobs ------------------------------------------------------------------------------------------


def add_job(  # noqa: PLR0913 - one argument a column the client chooses
    database: Database,
    *,
    model: str,
    training_file: str,
    validation_file: str | None,
    suffix: str | None,
    seed: int,
    metadata: Mapping[str, str] | None,
    hyperparameters: Json,
    base_model: str = "",
    method: str = "supervised",
    start_adapter: str | None = None,
) -> StoredJob:
    """Record a new job in state `validating_files` with its first event."""
    job_id = new_id("ftjob")
    with database.write() as connection:
        connection.execute(
            sa.insert(jobs).values(
                id=job_id,
                status="validating_files",
                created_at=_now(),
                model=model,
                training_file=training_file,
                validation_file=validation_file,
                suffix=suffix,
                seed=seed,
                metadata=None if metadata is None else dict(metadata),
                hyperparameters=hyperparameters,
                failed_starts=0,
                base_model=base_model or model,
                method=method,
                start_adapter=start_adapter,
            )
        )
        _add_event(connection, job_id, f"Created fine-tuning job: {job_id}")
        _add_event(connection, job_id, f"Validating training file: {training_file}")
        row = connection.execute(sa.select(jobs).where(jobs.c.id == job_id)).one()
    return _job(row)


def add_finished_job(
    database: Database, job_id: str, *, message: str, values: Mapping[str, Any]
) -> None:
    """Record a job that was trained elsewhere, in state `succeeded`, with its one event."""
    with database.write() as connection:
        connection.execute(
            sa.insert(jobs).values(
                id=job_id,
                status="succeeded",
                created_at=_now(),
                finished_at=_now(),
                failed_starts=0,
                method="supervised",
                **values,
            )
        )
        _add_event(connection, job_id, message)


def find_job(database: Database, job_id: str) -> StoredJob | None:
    """Return one job, or None."""
    with database.read() as connection:
        row = connection.execute(sa.select(jobs).where(jobs.c.id == job_id)).one_or_none()
    return None if row is None else _job(row)


def find_job_of_model(database: Database, fine_tuned_model: str) -> StoredJob | None:
    """Return the succeeded job that made a tuned model, or None."""
    query = sa.select(jobs).where(jobs.c.fine_tuned_model == fine_tuned_model)
    with database.read() as connection:
        row = connection.execute(query).one_or_none()
    return None if row is None else _job(row)


def list_jobs(
    database: Database,
    page: Page,
    *,
    metadata: Mapping[str, str] | None = None,
    has_none: bool = False,
) -> tuple[list[StoredJob], bool]:
    """Return jobs newest first, and whether more follow.

    Args:
        database: The server's.
        page: Which part.
        metadata: Only jobs that carry all of these.
        has_none: Only jobs without any.
    """
    query = sa.select(jobs)
    if has_none:
        query = query.where(sa.func.coalesce(sa.cast(jobs.c.metadata, sa.Text), "null") == "null")
    for key, value in (metadata or {}).items():
        query = query.where(jobs.c.metadata[key].as_string() == value)
    with database.read() as connection:
        rows, has_more = read_page(connection, query, jobs, page)
    return [_job(row) for row in rows], has_more


def count_jobs(database: Database) -> dict[str, int]:
    """Return how many jobs are in each state that any job is in."""
    query = sa.select(jobs.c.status, sa.func.count()).group_by(jobs.c.status)
    with database.read() as connection:
        return {status: n for status, n in connection.execute(query)}  # noqa: C416 - rows, not pairs


def jobs_with_status(database: Database, *statuses: JobStatus) -> list[StoredJob]:
    """Return jobs in any of these states, oldest first."""
    query = sa.select(jobs).where(jobs.c.status.in_(statuses)).order_by(jobs.c.seq)
    with database.read() as connection:
        return [_job(row) for row in connection.execute(query)]


def move_job(  # noqa: PLR0913 - state, guard and what is written along with it
    database: Database,
    job_id: str,
    to: JobStatus,
    *,
    from_: Sequence[JobStatus] | None = None,
    claim: str | None = None,
    message: str | None = None,
    level: str = "info",
    values: Json | None = None,
) -> bool:
    """Move a job to another state if it is where it should be; nothing else changes a state.

    Args:
        database: The server's.
        job_id: The job.
        to: The new state.
        from_: States it may come from; every allowed one when None.
        claim: Only if this trainer still holds the job.
        message: Event recorded in the same transaction.
        level: The event's level (`info`, `warn`, `error`).
        values: Other columns written in the same transaction.

    Returns:
        Whether it moved.
    """
    allowed = [state for state, targets in TRANSITIONS.items() if to in targets]
    if from_ is not None:
        allowed = [state for state in allowed if state in from_]
    condition = sa.and_(jobs.c.id == job_id, jobs.c.status.in_(allowed))
    if claim is not None:
        condition = sa.and_(condition, jobs.c.claim == claim)
    changed: Json = {"status": to, **(values or {})}
    if not TRANSITIONS[to]:
        changed.setdefault("finished_at", _now())
    with database.write() as connection:
        if connection.execute(sa.update(jobs).where(condition).values(**changed)).rowcount == 0:
            return False
        if message is not None:
            _add_event(connection, job_id, message, level=level)
    return True


def update_job(database: Database, job_id: str, *, claim: str | None = None, **values: Any) -> bool:  # noqa: ANN401 - any column's value
    """Write columns other than the state.

    Returns:
        Whether the job exists and, with a claim, is still held by that trainer.
    """
    condition = jobs.c.id == job_id
    if claim is not None:
        condition = sa.and_(condition, jobs.c.claim == claim)
    with database.write() as connection:
        return connection.execute(sa.update(jobs).where(condition).values(**values)).rowcount > 0


def delete_model(database: Database, fine_tuned_model: str) -> bool:
    """Take the name of a tuned model away from its job.

    Returns:
        Whether there was such a model.
    """
    query = sa.update(jobs).where(jobs.c.fine_tuned_model == fine_tuned_model)
    with database.write() as connection:
        return connection.execute(query.values(fine_tuned_model=None)).rowcount > 0


# Events and checkpoints ------------------------------------------------------------------------


def add_event(  # noqa: PLR0913 - the parts of an event
    database: Database,
    job_id: str,
    message: str,
    *,
    level: str = "info",
    type_: str = "message",
    data: Json | None = None,
) -> None:
    """Append an event to a job."""
    with database.write() as connection:
        _add_event(connection, job_id, message, level=level, type_=type_, data=data)


def list_events(database: Database, job_id: str, page: Page) -> tuple[list[StoredEvent], bool]:
    """Return a job's events newest first, and whether more follow."""
    query = sa.select(events).where(events.c.job_id == job_id)
    with database.read() as connection:
        rows, has_more = read_page(connection, query, events, page)
    found = [
        StoredEvent(
            id=row.id,
            created_at=row.created_at,
            level=row.level,
            message=row.message,
            type=row.type,
            data=row.data,
        )
        for row in rows
    ]
    return found, has_more


def metrics_of_job(database: Database, job_id: str) -> list[Json]:
    """Return the data of a job's metrics events, first step first."""
    query = (
        sa.select(events.c.data)
        .where(events.c.job_id == job_id, events.c.type == "metrics")
        .order_by(events.c.seq)
    )
    with database.read() as connection:
        return [data for (data,) in connection.execute(query)]


def add_checkpoint(database: Database, checkpoint: StoredCheckpoint) -> None:
    """Record a published checkpoint; recording the same step again changes nothing."""
    known = sa.select(checkpoints.c.seq).where(
        checkpoints.c.job_id == checkpoint.job_id,
        checkpoints.c.step_number == checkpoint.step_number,
    )
    with database.write() as connection:
        if connection.execute(known).one_or_none() is not None:
            return
        connection.execute(
            sa.insert(checkpoints).values(
                id=checkpoint.id,
                job_id=checkpoint.job_id,
                created_at=checkpoint.created_at,
                step_number=checkpoint.step_number,
                fine_tuned_model_checkpoint=checkpoint.fine_tuned_model_checkpoint,
                folder=checkpoint.folder,
                metrics=checkpoint.metrics,
            )
        )


def list_checkpoints(
    database: Database, job_id: str, page: Page
) -> tuple[list[StoredCheckpoint], bool]:
    """Return a job's checkpoints newest first, and whether more follow."""
    query = sa.select(checkpoints).where(checkpoints.c.job_id == job_id)
    with database.read() as connection:
        rows, has_more = read_page(connection, query, checkpoints, page)
    return [_checkpoint(row) for row in rows], has_more


def find_checkpoint_of_model(database: Database, name: str) -> StoredCheckpoint | None:
    """Return the checkpoint served under a name, or None."""
    query = sa.select(checkpoints).where(checkpoints.c.fine_tuned_model_checkpoint == name)
    with database.read() as connection:
        row = connection.execute(query).one_or_none()
    return None if row is None else _checkpoint(row)


def drop_checkpoints(database: Database, job_id: str, *, keep_steps: Sequence[int]) -> None:
    """Forget a job's checkpoints but those of these steps."""
    with database.write() as connection:
        connection.execute(
            sa.delete(checkpoints).where(
                checkpoints.c.job_id == job_id, checkpoints.c.step_number.not_in(keep_steps)
            )
        )


# Rows to records -------------------------------------------------------------------------------


def _now() -> int:
    return int(time.time())


def _add_event(  # noqa: PLR0913 - the parts of an event
    connection: sa.Connection,
    job_id: str,
    message: str,
    *,
    level: str = "info",
    type_: str = "message",
    data: Json | None = None,
) -> None:
    connection.execute(
        sa.insert(events).values(
            id=new_id("ftevent"),
            job_id=job_id,
            created_at=_now(),
            level=level,
            message=message,
            type=type_,
            data=data,
        )
    )


def _checkpoint(row: sa.Row[Any]) -> StoredCheckpoint:
    return StoredCheckpoint(
        id=row.id,
        job_id=row.job_id,
        created_at=row.created_at,
        step_number=row.step_number,
        fine_tuned_model_checkpoint=row.fine_tuned_model_checkpoint,
        folder=row.folder,
        metrics=row.metrics,
    )


def _job(row: sa.Row[Any]) -> StoredJob:
    values = row._asdict()
    del values["seq"]
    values["status"] = cast("JobStatus", values["status"])
    return StoredJob(**values)
