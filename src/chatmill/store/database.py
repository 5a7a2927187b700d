"""Opens a database, brings its tables up to date, and hands out short transactions."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from chatmill.errors import MissingExtraError, ProjectTooNewError, SettingsError, StorageError
from chatmill.store.listing import anything_due, refresh

Schema = Literal["project", "server"]

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_TIMEOUT_SECONDS = 30
POOLED_CONNECTIONS = 16
"""Kept open for the threads of a server; more are opened and closed as needed."""
LISTED_AT_ONCE = 2_000
"""Changed examples that are listed in the transaction that changed them; more follow at once."""
WRITER_LOCK = 0x63686174
"""Number of the lock writers take on PostgreSQL."""
HEADS: dict[str, str] = {"project": "0011", "server": "0003"}
"""Newest revision of each schema; a test compares it with the migration files."""


class Database:
    """One database of one schema (`project` or `server`), migrated on opening.

    Reading and writing are short transactions. One writes at a time, on both databases: on SQLite
    a writer begins IMMEDIATE, on PostgreSQL it takes one lock of the whole database. So writers
    wait for each other at the start, never deadlock in the middle, and what a writer has read
    still holds when it writes.
    """

    def __init__(self, engine: sa.Engine, url: str, *, schema: Schema = "project") -> None:
        self._engine = engine
        self._lists_examples = schema == "project"
        self._turn = Lock()
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
            SettingsError: The address is none, or of a database we do not know.
            MissingExtraError: The database's driver is not installed.
        """
        address = _address(url)
        shown = address.render_as_string(hide_password=True)
        is_sqlite = address.get_backend_name() == "sqlite"
        engine = sa.create_engine(
            address,
            connect_args=_connect_args(url),
            pool_size=POOLED_CONNECTIONS,
            max_overflow=-1,
            pool_pre_ping=not is_sqlite,  # a database server may have been restarted
        )
        if is_sqlite:
            _prepare_sqlite(engine)
        with _storage_errors(shown):
            _migrate(engine, schema, shown)
        database = cls(engine, shown, schema=schema)
        database.catch_up()
        return database

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """Give a connection that sees one consistent state.

        Raises:
            StorageError: The database cannot be read.
        """
        with _storage_errors(self.url), self._engine.connect() as plain:
            yield _seeing_one_state(plain)

    @contextmanager
    def write(self, *, durable: bool = False, lists: bool = True) -> Iterator[sa.Connection]:
        """Give a connection in a write transaction; committed at the end, rolled back on error.

        Args:
            durable: Wait until the disk has it, so that a power cut cannot undo it either; any
                write survives the death of the process.
            lists: Bring what changed examples are found by up to date at once; else `catch_up`
                does, before the next list is read.

        Raises:
            StorageError: The database cannot be written (full disk, lock held too long).
        """
        with self._transaction(durable=durable) as connection:
            yield connection
            is_due = lists and self._lists_examples and refresh(connection, most=LISTED_AT_ONCE)
        if is_due:
            self.catch_up()

    def catch_up(self) -> None:
        """List the examples whose changes are due, a few in each transaction.

        Raises:
            StorageError: The database cannot be written.
        """
        if not self._lists_examples:
            return
        with self.read() as connection:
            is_due = anything_due(connection)
        while is_due:
            with self._transaction(durable=False) as connection:
                is_due = refresh(connection, most=LISTED_AT_ONCE)

    @contextmanager
    def _transaction(self, *, durable: bool) -> Iterator[sa.Connection]:
        with _storage_errors(self.url), self._own_turn(), self._engine.connect() as plain:
            connection = plain.execution_options(chatmill_write=True, chatmill_durable=durable)
            with connection.begin():
                _take_turn(connection)
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

    @contextmanager
    def _own_turn(self) -> Iterator[None]:
        """Wait for this process's other threads here: SQLite would let them sleep and try again."""
        if not self._turn.acquire(timeout=BUSY_TIMEOUT_SECONDS):
            raise StorageError(
                "another write takes too long", where=self.url, fix="Wait, then do it again"
            )
        try:
            yield
        finally:
            self._turn.release()

    def close(self) -> None:
        """Let go of all connections."""
        self._engine.dispose()


def _address(url: str) -> sa.URL:
    """Read an address; `postgresql://` means the driver we come with."""
    try:
        address = sa.make_url(url)
    except SQLAlchemyError as error:
        raise SettingsError(
            "this is no database address",
            where="[store] url",
            fix="Write it like postgresql+psycopg://USER:PASSWORD@HOST/NAME",
        ) from error
    if address.drivername in {"postgres", "postgresql"}:
        address = address.set(drivername="postgresql+psycopg")
    if address.drivername not in {"sqlite", "postgresql+psycopg"}:
        raise SettingsError(
            f"chatmill does not know the database {address.drivername}",
            where="[store] url",
            fix="Use postgresql+psycopg://, or leave it empty for SQLite",
        )
    if address.drivername != "sqlite" and find_spec("psycopg") is None:
        raise MissingExtraError(
            "psycopg is not installed", fix="Install it: pip install 'chatmill[postgresql]'"
        )
    return address


def _seeing_one_state(connection: sa.Connection) -> sa.Connection:
    """Let a connection read one state, as SQLite does by itself."""
    if connection.dialect.name == "postgresql":
        return connection.execution_options(isolation_level="REPEATABLE READ")
    return connection


def _take_turn(connection: sa.Connection) -> None:
    """Wait for other processes that write; let go of at the end of the transaction."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITER_LOCK})")


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
            _take_turn(connection)
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
