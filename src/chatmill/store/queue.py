"""The order of the review queue, flagged examples first, and how far the review is."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import sqlalchemy as sa

from chatmill.store.database import Database
from chatmill.store.tables import (
    clusters,
    conversation_sources,
    decisions,
    examples,
    queue_changes,
    queue_counts,
    review_queue,
)
from chatmill.store.upsert import insert_into

ERROR, WARNING, RETURNED, PLAIN = range(4)
"""Ranks of the queue."""
CHANGES_AT_MOST = 200
"""Changes of the counts that are summed up on every request; more are folded together."""
QueueOrder = Literal["priority", "age", "newest"]
Place = tuple[int, int]
"""Priority and position of an example."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueChoice:
    """Which part of the queue somebody works on, and in which order."""

    order: QueueOrder = "priority"
    """`priority`: errors, what triage is least sure of, the rest; `age`: as extracted."""
    topic: str = ""
    """Only of this topic of the last check."""
    file: str = ""
    """Only from this imported file."""
    reviewer: str = ""
    """Only what this person has decided about before."""

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left out."""
        return not (self.topic or self.file or self.reviewer)


WHOLE_QUEUE = QueueChoice()


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


def next_pending_ids(
    database: Database, *, after: str | None, limit: int, choice: QueueChoice = WHOLE_QUEUE
) -> list[str]:
    """List pending examples that follow one in the queue, going round to its start.

    Args:
        database: The project's.
        after: Example to go on from; itself left out. From the start when None or unknown.
        limit: Most ids to return.
        choice: Which part of the queue, in which order.
    """
    with database.read() as connection:
        return pending_on(connection, after=after, limit=limit, choice=choice, taken=())


def pending_on(
    connection: sa.Connection,
    *,
    after: str | None,
    limit: int,
    choice: QueueChoice,
    taken: Collection[str],
) -> list[str]:
    """Do the same inside somebody's transaction.

    Args:
        connection: To the project's database.
        after: Example to go on from.
        limit: Most ids to return.
        choice: Which part of the queue, in which order.
        taken: Examples to leave out; few, they are fetched and thrown away.
    """
    place = None if after is None else _place(connection, after)
    found: list[str] = []
    if place is not None:
        found = _free(connection, choice, place, limit, taken)
    if len(found) < limit:  # round to the start
        passed = {*taken, *found, *([after] if after else [])}
        found += _free(connection, choice, None, limit - len(found), passed)
    return found


def previous_id(database: Database, *, before: str) -> str | None:
    """Return the example that stands before one in the queue, decided or not."""
    columns = sa.tuple_(review_queue.c.priority, review_queue.c.position)
    query = sa.select(
        review_queue.c.priority, review_queue.c.position, review_queue.c.example_id
    ).order_by(review_queue.c.priority.desc(), review_queue.c.position.desc())
    with database.read() as connection:
        place = _place(connection, before)
        if place is None:
            return None
        found = [
            connection.execute(
                query.where(review_queue.c.status == status, columns < place).limit(1)
            ).first()
            for status in ("pending", "kept", "rejected", "disputed")
        ]  # one index look-up a status: no index holds them all in order
    best = max((row for row in found if row is not None), default=None, key=lambda row: row[:2])
    return None if best is None else str(best[2])


def list_in_queue_order(database: Database, status: str) -> list[str]:
    """List the ids of all examples of one status, flagged first."""
    query = (
        sa.select(review_queue.c.example_id)
        .join(examples, examples.c.id == review_queue.c.example_id)
        .where(examples.c.status == status)
        .order_by(review_queue.c.priority, review_queue.c.position)
    )
    with database.read() as connection:
        return list(connection.execute(query).scalars())


def set_certainties(connection: sa.Connection, by_example: dict[str, float | None]) -> None:
    """Say how sure the triage is about some examples; the queue puts the least sure ones first.

    Args:
        connection: In a write transaction.
        by_example: Example id → certainty in [0, 1], 0 where keep and reject are as likely; None
            where the triage says nothing.
    """
    rows = [{"of": example_id, "sure": certainty} for example_id, certainty in by_example.items()]
    if rows:
        connection.execute(
            sa.update(review_queue)
            .where(review_queue.c.example_id == sa.bindparam("of"))
            .values(certainty=sa.bindparam("sure")),
            rows,
        )


def read_progress(database: Database) -> ReviewProgress:
    """Count decided, waiting and flagged examples, without looking at any."""
    with database.read() as connection:
        rows = connection.execute(_COUNTS).all()
    by_status = dict.fromkeys(("pending", "kept", "rejected", "disputed"), 0)
    for status, _, n_examples in rows:
        by_status[status] += n_examples
    return ReviewProgress(
        n_total=sum(by_status.values()),
        n_kept=by_status["kept"],
        n_rejected=by_status["rejected"],
        n_flagged=sum(n for status, rank, n in rows if status == "pending" and rank <= WARNING),
    )


def fold_counts(connection: sa.Connection) -> None:
    """Fold the changes of the counts together, once they are many."""
    first, last = connection.execute(_ENDS).one()
    if first is None or last - first < CHANGES_AT_MOST:
        return
    rows = [
        {"status": status, "rank": rank, "n_examples": n_examples}
        for status, rank, n_examples in connection.execute(_COUNTS)
    ]
    connection.execute(sa.delete(queue_counts))
    connection.execute(sa.delete(queue_changes).where(queue_changes.c.id <= last))
    connection.execute(insert_into(connection, queue_counts), rows)


_EACH = sa.union_all(
    sa.select(queue_counts.c.status, queue_counts.c.rank, queue_counts.c.n_examples),
    sa.select(queue_changes.c.status, queue_changes.c.rank, queue_changes.c.step),
).subquery()
_COUNTS = sa.select(
    _EACH.c.status, _EACH.c.rank, sa.cast(sa.func.sum(_EACH.c.n_examples), sa.Integer)
).group_by(_EACH.c.status, _EACH.c.rank)


def _free(
    connection: sa.Connection,
    choice: QueueChoice,
    place: Place | None,
    limit: int,
    taken: Collection[str],
) -> list[str]:
    """Fetch a few more than are wanted, and leave out what is taken."""
    only = {name: value for name in _ONLY if (value := getattr(choice, name))}
    values: dict[str, Any] = {**only, "most": limit + len(taken)}
    if place is not None:
        values |= {"priority": place[0], "position": place[1]}
    query = _query(choice.order, frozenset(only), follows=place is not None)
    rows = connection.execute(query, values)
    return [row[0] for row in rows if row[0] not in taken][:limit]


@cache
def _query(order: QueueOrder, only: frozenset[str], *, follows: bool) -> sa.Select[Any]:
    """Build the query of one kind of choice; its values are bound when it runs."""
    example_id, position = review_queue.c.example_id, review_queue.c.position
    query = sa.select(example_id).where(
        review_queue.c.status == "pending", *(example_id.in_(_ONLY[name]) for name in only)
    )
    this = sa.bindparam("position", type_=sa.Integer)
    if order == "priority":
        columns = sa.tuple_(review_queue.c.priority, position)
        here = sa.tuple_(sa.bindparam("priority", type_=sa.Integer), this)
        condition = columns > here
        query = query.order_by(review_queue.c.priority, position)
    else:
        condition = position > this if order == "age" else position < this
        query = query.order_by(position if order == "age" else position.desc())
    if follows:
        query = query.where(condition)
    return query.limit(sa.bindparam("most", type_=sa.Integer))


_ONLY = {
    "topic": sa.select(clusters.c.example_id).where(
        clusters.c.kind == "topic", clusters.c.name == sa.bindparam("topic")
    ),
    "file": (
        sa.select(examples.c.id)
        .join(
            conversation_sources,
            conversation_sources.c.conversation_id == examples.c.conversation_id,
        )
        .where(conversation_sources.c.source == sa.bindparam("file"))
    ),
    "reviewer": sa.select(decisions.c.example_id).where(
        decisions.c.reviewer == sa.bindparam("reviewer")
    ),
}
"""The examples each choice leaves in."""
_PLACE = sa.select(review_queue.c.priority, review_queue.c.position).where(
    review_queue.c.example_id == sa.bindparam("id")
)
_ENDS = sa.select(sa.func.min(queue_changes.c.id), sa.func.max(queue_changes.c.id))


def _place(connection: sa.Connection, example_id: str) -> Place | None:
    row = connection.execute(_PLACE, {"id": example_id}).first()
    return None if row is None else (row[0], row[1])
