"""The order of the review queue, flagged examples first, and how far the review is."""

from dataclasses import dataclass

import sqlalchemy as sa

from chatmill.store.database import Database
from chatmill.store.tables import examples, findings, returned

ERROR, WARNING, RETURNED, PLAIN = range(4)
"""Ranks of the queue, first to last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewProgress:
    """How far a review is, over the examples that stand."""

    n_total: int
    n_kept: int
    n_rejected: int
    n_flagged: int
    """Pending examples with an error or a warning."""

    @property
    def n_decided(self) -> int:
        """Kept or rejected."""
        return self.n_kept + self.n_rejected

    @property
    def n_pending(self) -> int:
        """Waiting for a decision."""
        return self.n_total - self.n_decided


def next_pending_ids(database: Database, *, after: str | None, limit: int) -> list[str]:
    """List pending examples that follow one in the queue, going round to its start.

    Args:
        database: The project's.
        after: Example to go on from; itself left out. From the start when None or unknown.
        limit: Most ids to return.
    """
    query = (
        sa.select(examples.c.id)
        .where(_stands(), examples.c.status == "pending")
        .order_by(_rank(), examples.c.position)
        .limit(limit)
    )
    with database.read() as connection:
        place = None if after is None else _place(connection, after)
        if place is None:
            return list(connection.execute(query).scalars())
        following = sa.or_(
            _rank() > place[0], sa.and_(_rank() == place[0], examples.c.position > place[1])
        )
        found = list(connection.execute(query.where(following)).scalars())
        if len(found) < limit:
            others = examples.c.id.not_in([*found, after])
            found += connection.execute(query.where(others).limit(limit - len(found))).scalars()
        return found


def previous_id(database: Database, *, before: str) -> str | None:
    """Return the example that stands before one in the queue, decided or not."""
    with database.read() as connection:
        place = _place(connection, before)
        if place is None:
            return None
        preceding = sa.or_(
            _rank() < place[0], sa.and_(_rank() == place[0], examples.c.position < place[1])
        )
        query = (
            sa.select(examples.c.id)
            .where(_stands(), preceding)
            .order_by(_rank().desc(), examples.c.position.desc())
            .limit(1)
        )
        return connection.execute(query).scalar()


def list_in_queue_order(database: Database, status: str) -> list[str]:
    """List the ids of all examples of one status, flagged first."""
    query = (
        sa.select(examples.c.id)
        .where(_stands(), examples.c.status == status)
        .order_by(_rank(), examples.c.position)
    )
    with database.read() as connection:
        return list(connection.execute(query).scalars())


def read_progress(database: Database) -> ReviewProgress:
    """Count decided, waiting and flagged examples."""
    by_status = (
        sa.select(examples.c.status, sa.func.count()).where(_stands()).group_by(examples.c.status)
    )
    flagged = sa.select(sa.func.count()).where(
        _stands(), examples.c.status == "pending", _rank() <= WARNING
    )
    with database.read() as connection:
        counts = {row[0]: row[1] for row in connection.execute(by_status)}
        n_flagged = connection.execute(flagged.select_from(examples)).scalar_one()
    return ReviewProgress(
        n_total=sum(counts.values()),
        n_kept=counts.get("kept", 0),
        n_rejected=counts.get("rejected", 0),
        n_flagged=n_flagged,
    )


def _stands() -> sa.ColumnElement[bool]:
    return examples.c.superseded_by.is_(None)


def _rank() -> sa.ColumnElement[int]:
    return sa.case(
        (_has_finding("error"), ERROR),
        (_has_finding("warning"), WARNING),
        (sa.exists().where(returned.c.example_id == examples.c.id), RETURNED),
        else_=PLAIN,
    )


def _has_finding(severity: str) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        findings.c.example_id == examples.c.id, findings.c.severity == severity
    )


def _place(connection: sa.Connection, example_id: str) -> tuple[int, int] | None:
    query = sa.select(_rank(), examples.c.position).where(examples.c.id == example_id)
    row = connection.execute(query).first()
    return None if row is None else (row[0], row[1])
