"""Questions that were not followed, and the examples they sent back to the review queue."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from uuid import UUID, uuid5

import sqlalchemy as sa

from chatmill.records import Decision
from chatmill.store.database import Database
from chatmill.store.decisions import append_decision, find_decision, state_on
from chatmill.store.examples import list_examples
from chatmill.store.tables import returned

REVIEWER = "improve"
_NAMESPACE = UUID("6f0c5a53-3c0e-4f7e-9a55-0d1f6c1a7e10")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnedQuestion:
    """One question whose answer did not follow the training."""

    example_id: str
    """Example to mend; of a held-out phrasing, the example it rephrases."""
    evaluation_id: str
    turn: int
    """Index of the turn asked, from 0."""
    question: str
    """As it was asked."""
    cosine: float
    """Of the answer against the reviewed answer."""
    answer: str
    """What the tuned model said."""
    reason: str
    """What the reviewer is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnedExamples:
    """What `return_examples` did, by example id."""

    queued: tuple[str, ...]
    """Went back to the review queue now."""
    known: tuple[str, ...]
    """Were sent back by this evaluation before."""
    left: tuple[str, ...]
    """Are not kept at the moment (pending, rejected, superseded), so nothing changes for them."""


def return_examples(
    database: Database, questions: Sequence[ReturnedQuestion], *, reviewer: str = REVIEWER
) -> ReturnedExamples:
    """Note the questions and put their examples back into the queue, in one transaction.

    Saying it twice changes nothing: a question is stored once, and the decision's id is made from
    the evaluation and the example, so an example reviewed since is not disturbed again.

    Args:
        database: The project's.
        questions: Worst first; an example's first question gives the decision's reason.
        reviewer: Who sends them back, where a person chose them.
    """
    reasons: dict[str, ReturnedQuestion] = {}
    for question in questions:
        reasons.setdefault(question.example_id, question)
    standing = {each.id for each in list_examples(database, ids=reasons.keys())}
    queued: list[str] = []
    known: list[str] = []
    left: list[str] = []
    with database.write() as connection:
        for example_id, first in reasons.items():
            decision_id = str(uuid5(_NAMESPACE, f"{first.evaluation_id} {example_id}"))
            if find_decision(connection, decision_id) is not None:
                known.append(example_id)
                continue
            before = state_on(connection, example_id) if example_id in standing else None
            if before is None or before.status != "kept":
                left.append(example_id)
                continue
            append_decision(
                connection,
                Decision(
                    id=decision_id,
                    example_id=example_id,
                    reviewer=reviewer,
                    action="restore",
                    reason=first.reason,
                    before=before,
                    after=replace(before, status="pending"),
                ),
            )
            queued.append(example_id)
        _insert_missing(connection, [q for q in questions if q.example_id in {*queued, *known}])
    return ReturnedExamples(queued=tuple(queued), known=tuple(known), left=tuple(left))


def list_returned(
    database: Database, *, example_ids: Collection[str] | None = None
) -> list[ReturnedQuestion]:
    """List returned questions in the order they came.

    Args:
        database: The project's.
        example_ids: Only those of these examples.
    """
    query = sa.select(returned).order_by(returned.c.id)
    if example_ids is not None:
        query = query.where(returned.c.example_id.in_(list(example_ids)))
    with database.read() as connection:
        return [returned_of(row) for row in connection.execute(query).mappings()]


def _insert_missing(connection: sa.Connection, questions: Sequence[ReturnedQuestion]) -> None:
    for question in questions:
        query = sa.select(returned.c.id).where(
            returned.c.example_id == question.example_id,
            returned.c.evaluation_id == question.evaluation_id,
            returned.c.turn == question.turn,
            returned.c.question == question.question,
        )
        if connection.execute(query).first() is None:
            connection.execute(sa.insert(returned).values(asdict(question)))


def returned_of(row: sa.RowMapping) -> ReturnedQuestion:
    """Make a returned question of its row."""
    return ReturnedQuestion(**{name: row[name] for name in ReturnedQuestion.__dataclass_fields__})
