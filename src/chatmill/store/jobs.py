"""Fine-tuning jobs a project started, under the key of everything that determines the result."""

from dataclasses import asdict

import sqlalchemy as sa

from chatmill.records import Hyperparameters, JobStatus, TuningJob
from chatmill.store.database import Database
from chatmill.store.tables import jobs

ENDED_IN_VAIN: tuple[JobStatus, ...] = ("failed", "cancelled")


def record_job(database: Database, job: TuningJob, key: str) -> None:
    """Store a job; one that is known already is updated, so recording twice is recording once.

    Args:
        database: The project's.
        job: As the server reported it.
        key: Hash of dataset, provider, base model, hyperparameters and seed.
    """
    with database.write() as connection:
        known = connection.execute(sa.select(jobs.c.id).where(jobs.c.id == job.id)).first()
        if known is None:
            connection.execute(sa.insert(jobs).values(key=key, **_to_row(job)))
        else:
            connection.execute(
                sa.update(jobs).where(jobs.c.id == job.id).values(key=key, **_to_row(job))
            )


def update_job(database: Database, job: TuningJob) -> None:
    """Store what a known job has become."""
    with database.write() as connection:
        connection.execute(sa.update(jobs).where(jobs.c.id == job.id).values(**_to_row(job)))


def find_job_by_key(database: Database, key: str) -> TuningJob | None:
    """Return the newest job of this key that has not failed and was not cancelled, or None."""
    query = sa.select(jobs).where(jobs.c.key == key, jobs.c.status.not_in(ENDED_IN_VAIN))
    return _newest(database, query)


def latest_job(
    database: Database, dataset: str | None = None, *, status: JobStatus | None = "succeeded"
) -> TuningJob | None:
    """Return the newest job, by default of those that can be chatted with.

    Args:
        database: The project's.
        dataset: Only jobs of this dataset version.
        status: Only jobs in this state; any state where None.
    """
    query = sa.select(jobs)
    if dataset is not None:
        query = query.where(jobs.c.dataset == dataset)
    if status is not None:
        query = query.where(jobs.c.status == status)
    return _newest(database, query)


def list_jobs(database: Database) -> list[TuningJob]:
    """List jobs in the order they were started."""
    with database.read() as connection:
        rows = connection.execute(sa.select(jobs).order_by(jobs.c.number)).mappings()
        return [_from_row(row) for row in rows]


def _newest(database: Database, query: sa.Select[tuple[object, ...]]) -> TuningJob | None:
    with database.read() as connection:
        row = connection.execute(query.order_by(jobs.c.number.desc()).limit(1)).mappings().first()
    return None if row is None else _from_row(row)


def _to_row(job: TuningJob) -> dict[str, object]:
    fields = {name: getattr(job, name) for name in TuningJob.__dataclass_fields__}
    return {**fields, "hyperparameters": asdict(job.hyperparameters)}


def _from_row(row: sa.RowMapping) -> TuningJob:
    fields = {name: row[name] for name in TuningJob.__dataclass_fields__}
    return TuningJob(**{**fields, "hyperparameters": Hyperparameters(**row["hyperparameters"])})
