"""What could not be used, and why."""

from collections.abc import Iterable

import sqlalchemy as sa

from chatmill.records import Rejection
from chatmill.store.database import Database
from chatmill.store.tables import rejections


def replace_rejections(
    connection: sa.Connection, stage: str, source: str, found: Iterable[Rejection]
) -> int:
    """Store a source's rejections of one stage in place of those of an earlier run.

    Returns:
        How many there are.
    """
    connection.execute(
        sa.delete(rejections).where(rejections.c.stage == stage, rejections.c.source == source)
    )
    rows = [
        {
            "stage": stage,
            "source": source,
            "line": each.line,
            "reason": each.reason,
            "raw": each.raw,
        }
        for each in found
    ]
    if rows:
        connection.execute(sa.insert(rejections), rows)
    return len(rows)


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
        return [
            Rejection(
                stage=row.stage, source=row.source, line=row.line, reason=row.reason, raw=row.raw
            )
            for row in connection.execute(query)
        ]


def count_rejections(database: Database) -> dict[str, int]:
    """Count rejections by stage."""
    query = sa.select(rejections.c.stage, sa.func.count()).group_by(rejections.c.stage)
    with database.read() as connection:
        return {row[0]: row[1] for row in connection.execute(query)}
