"""What could not be used, and why."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

import sqlalchemy as sa

from chatmill.records import Rejection
from chatmill.store.database import Database
from chatmill.store.tables import rejections

Thing = TypeVar("Thing")
ROWS_AT_ONCE = 1_000
INSIDE = "!"
"""Between an archive's name and that of a file in it."""


def replace_rejections(
    connection: sa.Connection,
    stage: str,
    source: str,
    found: Iterable[Rejection],
    files: Iterable[str] = (),
) -> int:
    """Store a source's rejections of one stage in place of those of an earlier run.

    Args:
        connection: In a transaction.
        stage: Of the rejections.
        source: File, archive or folder.
        found: What could not be used of it, or of the files inside it; streamed.
        files: Files of a folder, whose earlier rejections go too.

    Returns:
        How many there are.
    """
    is_own = (rejections.c.source == source) | rejections.c.source.startswith(
        source + INSIDE, autoescape=True
    )
    connection.execute(sa.delete(rejections).where(rejections.c.stage == stage, is_own))
    for names in _batches(files):
        is_inside = rejections.c.source.in_(names)
        connection.execute(sa.delete(rejections).where(rejections.c.stage == stage, is_inside))
    n_rows = 0
    for batch in _batches(found):
        rows = [
            {
                "stage": stage,
                "source": each.source,
                "line": each.line,
                "reason": each.reason,
                "raw": each.raw,
            }
            for each in batch
        ]
        connection.execute(sa.insert(rejections), rows)
        n_rows += len(rows)
    return n_rows


def find_rejection(database: Database, stage: str, source: str, reason: str) -> Rejection | None:
    """Return the last rejection of a source, or of a file inside it, that has this reason."""
    query = (
        sa.select(rejections)
        .where(
            rejections.c.stage == stage,
            rejections.c.reason == reason,
            (rejections.c.source == source)
            | rejections.c.source.startswith(source + INSIDE, autoescape=True),
        )
        .order_by(rejections.c.id.desc())
    )
    with database.read() as connection:
        row = connection.execute(query).first()
    return None if row is None else _from_row(row)


def list_rejections(
    database: Database, *, stage: str | None = None, source: str | None = None
) -> list[Rejection]:
    """List rejections in the order they were found."""
    query = sa.select(rejections).order_by(rejections.c.id)
    if stage is not None:
        query = query.where(rejections.c.stage == stage)
    if source is not None:
        query = query.where(rejections.c.source == source)
    with database.read() as connection:
        return [_from_row(row) for row in connection.execute(query)]


def count_rejections(database: Database) -> dict[str, int]:
    """Count rejections by stage."""
    query = sa.select(rejections.c.stage, sa.func.count()).group_by(rejections.c.stage)
    with database.read() as connection:
        return {row[0]: row[1] for row in connection.execute(query)}


def _from_row(row: sa.Row[Any]) -> Rejection:
    return Rejection(
        stage=row.stage, source=row.source, line=row.line, reason=row.reason, raw=row.raw
    )


def _batches(things: Iterable[Thing]) -> Iterator[list[Thing]]:
    rest = iter(things)
    while batch := list(islice(rest, ROWS_AT_ONCE)):
        yield batch
