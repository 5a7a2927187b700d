"""Jobs in the server's store: states, claims, pages."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
import sqlalchemy as sa

from chatmill.records import JobStatus
from chatmill.store import server_jobs as store
from chatmill.store.database import Database, sqlite_url
from chatmill.store.server_pages import Page, new_id
from chatmill.store.server_tables import metadata


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """A fresh server database."""
    opened = Database.open(sqlite_url(tmp_path / "server.db"), schema="server")
    yield opened
    opened.close()


def new_job(database: Database, **more: str) -> store.StoredJob:
    """Record a job."""
    return store.add_job(
        database,
        model="tiny",
        training_file="file-1",
        validation_file=None,
        suffix=None,
        seed=7,
        metadata=more or None,
        hyperparameters={"n_epochs": "auto"},
    )


def force(database: Database, job_id: str, status: JobStatus) -> None:
    """Put a job into a state without asking the table."""
    store.update_job(database, job_id, status=status)


@pytest.mark.parametrize(
    ("before", "after"), list(product(store.TRANSITIONS, store.TRANSITIONS)), ids="-".join
)
def test_a_job_moves_only_as_the_table_allows(
    database: Database, before: JobStatus, after: JobStatus
) -> None:
    """No race and no client can take a job anywhere the table does not name."""
    job = new_job(database)
    force(database, job.id, before)
    moved = store.move_job(database, job.id, after)
    assert moved == (after in store.TRANSITIONS[before])
    found = store.find_job(database, job.id)
    assert found is not None
    assert found.status == (after if moved else before)
    assert (found.finished_at is not None) == (moved and not store.TRANSITIONS[after])


def test_only_the_claiming_trainer_finishes_a_job(database: Database) -> None:
    """A trainer that was given up on cannot finish the job of its successor."""
    job = new_job(database)
    store.move_job(database, job.id, "queued")
    store.move_job(database, job.id, "running", values={"claim": "new"})
    assert not store.move_job(database, job.id, "succeeded", claim="old")
    assert not store.update_job(database, job.id, claim="old", heartbeat_at=1.0)
    assert store.move_job(database, job.id, "succeeded", claim="new")


def test_pages_go_through_everything_once(database: Database) -> None:
    """Paging by `after` neither repeats nor leaves out a job, newest first."""
    made = [new_job(database).id for _ in range(7)]
    seen: list[str] = []
    after = None
    while True:
        jobs, has_more = store.list_jobs(database, Page(after=after, limit=3))
        seen += [job.id for job in jobs]
        if not has_more:
            break
        after = seen[-1]
    assert seen == made[::-1]


def test_jobs_are_found_by_metadata(database: Database) -> None:
    """A project finds its own jobs among those of others."""
    mine = new_job(database, project="방", dataset="v1")
    new_job(database, project="other", dataset="v1")
    wanted = {"project": "방", "dataset": "v1"}
    jobs, _ = store.list_jobs(database, Page(), metadata=wanted)
    assert [job.id for job in jobs] == [mine.id]


def test_a_checkpoint_is_recorded_once(database: Database) -> None:
    """A resumed trainer that reaches a known step again does not list it twice."""
    job = new_job(database)
    for _ in range(2):
        store.add_checkpoint(
            database,
            store.StoredCheckpoint(
                id=new_id("ftckpt"),
                job_id=job.id,
                created_at=1,
                step_number=3,
                fine_tuned_model_checkpoint="ft:tiny:chatmill::x:ckpt-step-3",
                folder="f",
                metrics={"step": 3},
            ),
        )
    found, _ = store.list_checkpoints(database, job.id, Page())
    assert len(found) == 1


def test_migrations_make_the_declared_tables(database: Database) -> None:
    """The tables in code and those the migrations make are the same."""
    with database.read() as connection:
        inspector = sa.inspect(connection)
        for table in metadata.sorted_tables:
            found = {column["name"]: column for column in inspector.get_columns(table.name)}
            assert found.keys() == set(table.columns.keys())
            for column in table.columns:
                assert found[column.name]["nullable"] == column.nullable, column
            indexes = {index["name"] for index in inspector.get_indexes(table.name)}
            assert {index.name for index in table.indexes} <= indexes
