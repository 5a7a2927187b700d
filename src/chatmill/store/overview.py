"""Counts for the overview: what waits and where, and what the topics hold."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from chatmill.store.database import Database
from chatmill.store.tables import clusters, examples, findings, returned

if TYPE_CHECKING:
    from chatmill.records import Status


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingCounts:
    """Pending examples, each counted once, at the most pressing reason."""

    n_error: int
    """With an error."""
    n_warning: int
    """With a warning and no error."""
    n_returned: int
    """Sent back by an evaluation, with neither."""
    n_plain: int

    @property
    def n_pending(self) -> int:
        """All of them."""
        return self.n_error + self.n_warning + self.n_returned + self.n_plain


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingConversation:
    """Where examples wait."""

    conversation_id: str
    n_pending: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicCounts:
    """One topic of the last check over all examples."""

    number: int
    """Of the cluster, as the last check counted."""
    name: str
    n_pending: int
    n_kept: int
    n_rejected: int

    @property
    def n_examples(self) -> int:
        """All that stand."""
        return self.n_pending + self.n_kept + self.n_rejected


def count_waiting(database: Database) -> WaitingCounts:
    """Count pending examples by what is the matter with them."""
    pending = sa.and_(examples.c.superseded_by.is_(None), examples.c.status == "pending")
    flagged = sa.select(findings.c.example_id).join(
        examples, examples.c.id == findings.c.example_id
    )
    errors = flagged.where(pending, findings.c.severity == "error")
    marked = flagged.where(pending, findings.c.severity.in_(("error", "warning")))
    back = (
        sa.select(returned.c.example_id)
        .join(examples, examples.c.id == returned.c.example_id)
        .where(pending)
    )
    with database.read() as connection:

        def count(query: sa.Select[tuple[str]]) -> int:
            distinct = query.distinct().subquery()
            return connection.execute(sa.select(sa.func.count()).select_from(distinct)).scalar_one()

        n_pending = connection.execute(
            sa.select(sa.func.count()).select_from(examples).where(pending)
        ).scalar_one()
        n_error, n_marked = count(errors), count(marked)
        n_back = count(back.where(returned.c.example_id.not_in(marked)))
    return WaitingCounts(
        n_error=n_error,
        n_warning=n_marked - n_error,
        n_returned=n_back,
        n_plain=n_pending - n_marked - n_back,
    )


def count_with_error(database: Database) -> int:
    """Count the examples that stand and have an error."""
    found = (
        sa.select(findings.c.example_id)
        .join(examples, examples.c.id == findings.c.example_id)
        .where(examples.c.superseded_by.is_(None), findings.c.severity == "error")
        .distinct()
        .subquery()
    )
    with database.read() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(found)).scalar_one()


def list_waiting_conversations(database: Database, limit: int) -> list[WaitingConversation]:
    """List the conversations most examples wait in, the fullest first."""
    n_pending = sa.func.count()
    query = (
        sa.select(examples.c.conversation_id, n_pending)
        .where(examples.c.superseded_by.is_(None), examples.c.status == "pending")
        .group_by(examples.c.conversation_id)
        .order_by(n_pending.desc(), examples.c.conversation_id)
        .limit(limit)
    )
    with database.read() as connection:
        rows = connection.execute(query)
        return [WaitingConversation(conversation_id=row[0], n_pending=row[1]) for row in rows]


def count_topics(database: Database) -> list[TopicCounts]:
    """Count the examples of every topic by status, the largest topic first."""
    query = (
        sa.select(clusters.c.number, clusters.c.name, examples.c.status, sa.func.count())
        .join(examples, examples.c.id == clusters.c.example_id)
        .where(clusters.c.kind == "topic", examples.c.superseded_by.is_(None))
        .group_by(clusters.c.number, clusters.c.name, examples.c.status)
    )
    counts: dict[tuple[int, str], dict[Status, int]] = {}
    with database.read() as connection:
        for number, name, status, n in connection.execute(query):
            counts.setdefault((number, name), {})[status] = n
    found = [
        TopicCounts(
            number=number,
            name=name,
            n_pending=of.get("pending", 0),
            n_kept=of.get("kept", 0),
            n_rejected=of.get("rejected", 0),
        )
        for (number, name), of in counts.items()
    ]
    return sorted(found, key=lambda each: (-each.n_examples, each.number))


def topics_of(database: Database, example_ids: list[str]) -> dict[str, str]:
    """Return example id → name of its topic, for those that have one."""
    found: dict[str, str] = {}
    with database.read() as connection:
        for start in range(0, len(example_ids), _IDS_AT_ONCE):
            query = sa.select(clusters.c.example_id, clusters.c.name).where(
                clusters.c.kind == "topic",
                clusters.c.example_id.in_(example_ids[start : start + _IDS_AT_ONCE]),
            )
            found |= {row[0]: row[1] for row in connection.execute(query)}
    return found


def statuses_of(database: Database, example_ids: list[str]) -> dict[str, str]:
    """Return example id → status, for those that stand."""
    found: dict[str, str] = {}
    with database.read() as connection:
        for start in range(0, len(example_ids), _IDS_AT_ONCE):
            query = sa.select(examples.c.id, examples.c.status).where(
                examples.c.superseded_by.is_(None),
                examples.c.id.in_(example_ids[start : start + _IDS_AT_ONCE]),
            )
            found |= {row[0]: row[1] for row in connection.execute(query)}
    return found


_IDS_AT_ONCE = 500
