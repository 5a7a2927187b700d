"""The database: migrations make the tables we write to, and transactions are whole."""

import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from chatmill.errors import StorageError
from chatmill.store import rejections as rejections_store
from chatmill.store.database import HEADS, MIGRATIONS, Database, Schema, sqlite_url
from chatmill.store.search import SEARCH_TABLE
from chatmill.store.server_tables import metadata as server_metadata
from chatmill.store.tables import metadata, rejections


@pytest.fixture
def database(tmp_path: Path) -> Database:
    """Open a new project database."""
    return Database.open(sqlite_url(tmp_path / "chatmill.db"))


def is_ours(name: str | None, _kind: str, _parents: object) -> bool:
    """Tell our tables from the search index, which each database keeps in its own way."""
    return not (name or "").startswith(SEARCH_TABLE)


@pytest.mark.parametrize(("schema", "tables"), [("project", metadata), ("server", server_metadata)])
def test_migrations_make_exactly_our_tables(
    tmp_path: Path, schema: Schema, tables: sa.MetaData
) -> None:
    """A column added to the code but not to a migration is noticed here, not by a user."""
    path = tmp_path / "fresh.db"
    Database.open(sqlite_url(path), schema=schema).close()
    with sa.create_engine(sqlite_url(path)).connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": is_ours})
        assert compare_metadata(context, tables) == []


@pytest.mark.parametrize("schema", ["project", "server"])
def test_head_constant_is_the_newest_revision(schema: Schema) -> None:
    """Opening skips Alembic only where there is nothing to migrate."""
    assert ScriptDirectory(str(MIGRATIONS / schema)).get_current_head() == HEADS[schema]


def test_a_failed_write_leaves_nothing(database: Database) -> None:
    """Rows before an error in the same transaction are gone."""

    def write_then_fail() -> None:
        with database.write() as connection:
            connection.execute(
                sa.insert(rejections).values(stage="s", source="f", reason="r", raw="")
            )
            raise ValueError("stop here")

    with pytest.raises(ValueError, match="stop here"):
        write_then_fail()
    assert rejections_store.list_rejections(database) == []


def test_a_file_that_is_no_database_is_one_clear_error(tmp_path: Path) -> None:
    """A damaged database ends in one line that names the file."""
    path = tmp_path / "chatmill.db"
    path.write_bytes(b"this is not a database, " * 100)
    with pytest.raises(StorageError, match=r"chatmill\.db"):
        Database.open(sqlite_url(path))


def test_write_ahead_log_is_on(tmp_path: Path, database: Database) -> None:
    """Readers do not wait for a writer."""
    del database
    with sqlite3.connect(tmp_path / "chatmill.db") as plain:
        assert plain.execute("PRAGMA journal_mode").fetchone() == ("wal",)
