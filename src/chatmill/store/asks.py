"""Questions to a person about an example, open until that person decides or comments."""

from dataclasses import dataclass

import sqlalchemy as sa

from chatmill.records import Decision
from chatmill.store.database import Database
from chatmill.store.tables import asks, decisions, examples

MAX_OPEN = 200
"""Open questions listed at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A question somebody was asked."""

    id: str
    """Id of the comment it is in the log."""
    example_id: str
    asker: str
    expert: str
    question: str


def add_ask(connection: sa.Connection, decision: Decision, *, expert: str, question: str) -> None:
    """Note that a comment asks somebody something."""
    connection.execute(
        sa.insert(asks).values(
            id=decision.id,
            seq=decision.seq,
            example_id=decision.example_id,
            asker=decision.reviewer,
            expert=expert,
            question=question,
        )
    )


def open_asks(database: Database, expert: str) -> list[Ask]:
    """List what a person was asked and has not answered, oldest first."""
    answered = sa.exists().where(
        decisions.c.example_id == asks.c.example_id,
        decisions.c.seq > asks.c.seq,
        decisions.c.reviewer == expert,
    )
    query = (
        sa.select(asks.c.id, asks.c.example_id, asks.c.asker, asks.c.expert, asks.c.question)
        .join(examples, examples.c.id == asks.c.example_id)
        .where(asks.c.expert == expert, examples.c.superseded_by.is_(None), ~answered)
        .order_by(asks.c.seq)
        .limit(MAX_OPEN)
    )
    with database.read() as connection:
        return [Ask(**row) for row in connection.execute(query).mappings()]


def reviewers_on(database: Database, *, limit: int) -> list[str]:
    """List the names decisions are recorded under, the most recent first."""
    newest = sa.func.max(decisions.c.seq)
    query = sa.select(decisions.c.reviewer).group_by(decisions.c.reviewer).order_by(newest.desc())
    with database.read() as connection:
        return list(connection.execute(query.limit(limit)).scalars())
