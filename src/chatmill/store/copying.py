"""Copies a whole database while others write to it: a snapshot of SQLite, rows of any other."""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from chatmill.errors import StorageError, UnreadableFileError
from chatmill.store.database import HEADS, Database, sqlite_url
from chatmill.store.tables import metadata
from chatmill.store.upsert import insert_into

ROWS_AT_ONCE = 500
LEARNT_ANEW = ("listed", "listed_words_due", "listed_due", "facets", "listed_facets")
"""Tables that follow from the others, and are filled as those are."""


def snapshot_sqlite(source: Path, target: Path) -> None:
    """Copy a SQLite database as it is at one moment, whoever writes to it meanwhile.

    Args:
        source: The database, its log beside it.
        target: A new file.

    Raises:
        StorageError: It cannot be read or written.
    """
    try:
        with (
            closing(sqlite3.connect(f"{source.as_uri()}?mode=rw", uri=True)) as opened,
            closing(sqlite3.connect(target)) as copy,
        ):
            opened.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error as error:
        raise StorageError(
            f"the database cannot be copied: {error}",
            where=str(source),
            fix="Check free disk space and permissions; nothing was half-written",
        ) from error


def dump_rows(database: Database, folder: Path) -> list[str]:
    """Write every table as JSON lines, all as they are at one moment.

    Args:
        database: The project's.
        folder: Takes one file a table.

    Returns:
        Names of the files.
    """
    names = []
    with database.read() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        for table in metadata.sorted_tables:
            if table.name in LEARNT_ANEW or table.info.get("derived"):
                continue
            path = folder / f"{table.name}.jsonl"
            query = sa.select(table).order_by(*table.primary_key.columns)
            with path.open("w", encoding="utf-8") as file:
                for row in connection.execute(query).mappings():
                    file.write(json.dumps(dict(row), ensure_ascii=False) + "\n")
            names.append(path.name)
    return names


def load_rows(target: Path, folder: Path) -> None:
    """Make a SQLite database of what `dump_rows` wrote.

    Args:
        target: A new file.
        folder: One file a table; a table without one stays empty.

    Raises:
        UnreadableFileError: A row does not fit its table.
        StorageError: The file cannot be written.
    """
    database = Database.open(sqlite_url(target))
    try:
        with database.write(durable=True) as connection:
            for table in metadata.sorted_tables:
                path = folder / f"{table.name}.jsonl"
                for rows in _batches(path) if path.is_file() else ():
                    connection.execute(insert_into(connection, table), rows)
    except (ValueError, TypeError) as error:
        raise UnreadableFileError(
            f"a row cannot be read: {error}", where=str(folder), fix="Restore another backup"
        ) from error
    finally:
        database.close()


def check_sqlite(path: Path) -> str:
    """Say what is wrong with a SQLite file; empty where it is sound."""
    try:
        with closing(sqlite3.connect(path)) as opened:
            found = str(opened.execute("PRAGMA integrity_check(1)").fetchone()[0])
    except sqlite3.Error as error:
        return str(error)
    return "" if found == "ok" else found


def count_tables(database: Database) -> dict[str, int]:
    """Count the rows of what a person knows a project by."""
    names = ("examples", "decisions", "datasets", "evaluations", "jobs")
    with database.read() as connection:
        return {
            name: int(
                connection.execute(
                    sa.select(sa.func.count()).select_from(metadata.tables[name])
                ).scalar_one()
            )
            for name in names
        }


def newest_revision() -> str:
    """Name the revision of the tables this release writes."""
    return HEADS["project"]


def _batches(path: Path) -> Iterator[list[Mapping[str, Any]]]:
    batch: list[Mapping[str, Any]] = []
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            batch.append(json.loads(line))
            if len(batch) == ROWS_AT_ONCE:
                yield batch
                batch = []
    if batch:
        yield batch
