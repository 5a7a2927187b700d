"""Opens a database, brings its tables up to date, and hands out short transactions."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from chatmill.errors import ProjectTooNewError, StorageError
from chatmill.store.listing import anything_due, refresh

Schema = Literal["project", "server"]

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_TIMEOUT_SECONDS = 30
LISTED_AT_ONCE = 2_000
"""Changed examples that are listed in the transaction that changed them; more follow at once."""
HEADS: dict[str, str] = {"project": "0010", "server": "0002"}
"""Newest revision of each schema; a test compares it with the migration files."""


class Database:
    """One database of one schema (`project` or `server`), migrated on opening.

    Reading and writing are short transactions; on SQLite a writer begins IMMEDIATE, so two
    writers wait for each other at the start and never deadlock in the middle.
    """

    def __init__(self, engine: sa.Engine, url: str, *, schema: Schema = "project") -> None:
        self._engine = engine
        self._lists_examples = schema == "project"
        self.url = url

    @classmethod
    def open(cls, url: str, *, schema: Schema = "project") -> "Database":
        """Connect and migrate.

        Args:
            url: SQLAlchemy address, `sqlite:///file.db` or `postgresql+psycopg://…`.
            schema: Which tables the database holds.

        Raises:
            ProjectTooNewError: A newer chatmill wrote it.
            StorageError: It cannot be opened.
        """
        engine = sa.create_engine(url, connect_args=_connect_args(url))
        if url.startswith("sqlite"):
            _prepare_sqlite(engine)
        database = cls(engine, url, schema=schema)
        with _storage_errors(url):
            _migrate(engine, schema, url)
        database._catch_up()
        return database

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """Give a connection that sees one consistent state.

        Raises:
            StorageError: The database cannot be read.
        """
        with _storage_errors(self.url), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self, *, durable: bool = False) -> Iterator[sa.Connection]:
        """Give a connection in a write transaction; committed at the end, rolled back on error.

        Args:
            durable: Wait until the disk has it, so that a power cut cannot undo it either; any
                write survives the death of the process.

        Raises:
            StorageError: The database cannot be written (full disk, lock held too long).
        """
        with self._transaction(durable=durable) as connection:
            yield connection
            is_due = self._lists_examples and refresh(connection, most=LISTED_AT_ONCE)
        if is_due:
            self._catch_up()

    def _catch_up(self) -> None:
        """List the examples that a large change left due, a few in each transaction."""
        if not self._lists_examples:
            return
        with self.read() as connection:
            is_due = anything_due(connection)
        while is_due:
            with self._transaction(durable=False) as connection:
                is_due = refresh(connection, most=LISTED_AT_ONCE)

    @contextmanager
    def _transaction(self, *, durable: bool) -> Iterator[sa.Connection]:
        with _storage_errors(self.url), self._engine.connect() as plain:
            connection = plain.execution_options(chatmill_write=True, chatmill_durable=durable)
            with connection.begin():
                yield connection

    def compact(self, table_names: Sequence[str]) -> None:
        """Rewrite the file, so that the bytes of deleted rows are gone and not merely free.

        Args:
            table_names: Rewritten on PostgreSQL; a SQLite file is rewritten whole.

        Raises:
            StorageError: Another process is in the middle of reading, or the disk is full.
        """
        with _storage_errors(self.url):
            self._engine.dispose()
            with self._engine.connect() as plain:
                connection = plain.execution_options(isolation_level="AUTOCOMMIT")
                if connection.dialect.name != "sqlite":
                    for name in table_names:
                        connection.exec_driver_sql(f'VACUUM (FULL) "{name}"')
                    return
                connection.exec_driver_sql("VACUUM")
                row = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
        if row[0]:
            raise StorageError(
                "another process is reading the database, so old bytes are still in its log",
                where=self.url,
                fix="Close it (a review page?) and run the same command again",
            )

    def close(self) -> None:
        """Let go of all connections."""
        self._engine.dispose()


def sqlite_url(path: Path) -> str:
    """Return the address of a SQLite file."""
    return f"sqlite:///{path}"


def _connect_args(url: str) -> dict[str, Any]:
    if url.startswith("sqlite"):
        return {"timeout": BUSY_TIMEOUT_SECONDS, "check_same_thread": False}
    return {}


def _prepare_sqlite(engine: sa.Engine) -> None:
    """Take transactions into our own hands: pysqlite would begin them late and DEFERRED."""

    @event.listens_for(engine, "connect")
    def _on_connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def _on_begin(connection: sa.Connection) -> None:
        chosen = connection.get_execution_options()
        if chosen.get("isolation_level") == "AUTOCOMMIT":
            return
        is_write = chosen.get("chatmill_write", False)
        if is_write:
            is_durable = chosen.get("chatmill_durable", False)
            connection.exec_driver_sql(f"PRAGMA synchronous={'FULL' if is_durable else 'NORMAL'}")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if is_write else "BEGIN")


def _migrate(engine: sa.Engine, schema: Schema, url: str) -> None:
    """Bring the tables to the newest revision; Alembic is only imported when there is work."""
    if _revision(engine) == HEADS[schema]:
        return
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS / schema))
    with engine.connect() as plain:
        connection = plain.execution_options(chatmill_write=True)
        with connection.begin():
            current = _revision_on(connection)
            known = {each.revision for each in ScriptDirectory.from_config(config).walk_revisions()}
            if current is not None and current not in known:
                raise ProjectTooNewError(
                    f"written by a newer chatmill (database revision {current})",
                    where=url,
                    fix="Update chatmill: pip install -U chatmill",
                )
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def _revision(engine: sa.Engine) -> str | None:
    with engine.connect() as connection:
        return _revision_on(connection)


def _revision_on(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()


@contextmanager
def _storage_errors(url: str) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        is_foreign = "not a database" in str(error.orig) or "malformed" in str(error.orig)
        raise StorageError(
            f"the database refused: {error.orig}",
            where=url,
            fix="Put back a copy of the file, or move it away"
            if is_foreign
            else "Check free disk space and permissions; nothing was half-written",
        ) from error
    except SQLAlchemyError as error:
        raise StorageError(f"the database failed: {error}", where=url) from error
