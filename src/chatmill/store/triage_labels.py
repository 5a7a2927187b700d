"""What people said of examples: all that triage learns from.

A person's verdict about an example is their newest keep, edit or reject that was not taken back.
What policies decided is nobody's verdict, and what improve or extract put back begins anew.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from chatmill.records import Turn
from chatmill.store.database import Database
from chatmill.store.double_reviews import POLICIES
from chatmill.store.encoding import turns_from_json
from chatmill.store.tables import decisions, examples

ROWS_AT_ONCE = 400
"""Databases bound the length of an `IN` list."""
Line = sa.Row[*tuple[Any, ...]]
"""A light row of the log, or of what was said."""
VERDICTS = ("keep", "edit", "reject")


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What a person said of an example, and the words they said it of."""

    decision_id: str
    example_id: str
    conversation_id: str
    position: int
    action: str
    """`keep`, `edit` or `reject`; only what is kept as it was is right as it was."""
    system: str
    turns: tuple[Turn, ...]
    """As they were before the decision."""

    @property
    def is_kept(self) -> bool:
        """Whether it was good as it was."""
        return self.action == "keep"


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelCounts:
    """How many people's decisions there are to learn from."""

    n_kept: int
    n_edited: int
    n_rejected: int


def read_labels(database: Database, *, most: int) -> list[Label]:
    """List what people said of examples that are decided, the newest first.

    Args:
        database: The project's.
        most: Most labels.
    """
    with database.read() as connection:
        ids = _lately_judged(connection, most)
        standing = standing_verdicts(connection, ids)
        wanted = {each.id: each for each in standing.values()}
        return _labels(connection, wanted)[:most]


def count_labels(labels: Iterable[Label]) -> LabelCounts:
    """Count what people said."""
    actions = [each.action for each in labels]
    return LabelCounts(
        n_kept=actions.count("keep"),
        n_edited=actions.count("edit"),
        n_rejected=actions.count("reject"),
    )


def standing_verdicts(connection: sa.Connection, example_ids: Sequence[str]) -> dict[str, Line]:
    """Return example id → the newest verdict of a person that holds; light rows of the log."""
    columns = (
        decisions.c.seq,
        decisions.c.id,
        decisions.c.example_id,
        decisions.c.reviewer,
        decisions.c.action,
        decisions.c.undoes,
    )
    found: dict[str, Line] = {}
    for start in range(0, len(example_ids), ROWS_AT_ONCE):
        some = decisions.c.example_id.in_(example_ids[start : start + ROWS_AT_ONCE])
        logs: dict[str, list[Line]] = {}
        for row in connection.execute(sa.select(*columns).where(some).order_by(decisions.c.seq)):
            logs.setdefault(row.example_id, []).append(row)
        for example_id, log in logs.items():
            verdict = _standing(log)
            if verdict is not None:
                found[example_id] = verdict
    return found


def count_judgements_after(connection: sa.Connection, seq: int, *, most: int) -> int:
    """Count people's verdicts made after a place in the log, at most so many."""
    some = (
        sa.select(decisions.c.seq)
        .where(
            decisions.c.seq > seq,
            decisions.c.action.in_(VERDICTS),
            decisions.c.reviewer.not_in(sorted(POLICIES)),
        )
        .limit(most)
    )
    return connection.execute(sa.select(sa.func.count()).select_from(some.subquery())).scalar_one()


def _lately_judged(connection: sa.Connection, most: int) -> list[str]:
    """List examples people decided about, those of the newest decisions first."""
    query = (
        sa.select(decisions.c.example_id)
        .where(decisions.c.action.in_(VERDICTS), decisions.c.reviewer.not_in(sorted(POLICIES)))
        .group_by(decisions.c.example_id)
        .order_by(sa.func.max(decisions.c.seq).desc())
        .limit(most)
    )
    return list(connection.execute(query).scalars())


def _standing(log: Sequence[Line]) -> Line | None:
    """Return the newest verdict of a person in the log of one example, oldest first."""
    undone: set[str] = set()
    for row in reversed(log):
        if row.undoes is not None and row.id not in undone:
            undone.add(row.undoes)
    verdict: Line | None = None
    for row in log:
        if row.action == "restore" and row.undoes is None:
            verdict = None  # improve or extract put it back
        elif row.action in VERDICTS and row.id not in undone and row.reviewer not in POLICIES:
            verdict = row
    return verdict


def _labels(connection: sa.Connection, wanted: dict[str, Line]) -> list[Label]:
    ids = list(wanted)
    made: list[Label] = []
    for start in range(0, len(ids), ROWS_AT_ONCE):
        query = (
            sa.select(
                decisions.c.id, decisions.c.before, examples.c.conversation_id, examples.c.position
            )
            .join(examples, examples.c.id == decisions.c.example_id)
            .where(
                decisions.c.id.in_(ids[start : start + ROWS_AT_ONCE]),
                examples.c.superseded_by.is_(None),
                examples.c.status.in_(("kept", "rejected")),  # else two people disagree
            )
        )
        for row in connection.execute(query):
            verdict = wanted[row.id]
            made.append(
                Label(
                    decision_id=row.id,
                    example_id=verdict.example_id,
                    conversation_id=row.conversation_id,
                    position=row.position,
                    action=verdict.action,
                    system=row.before["system"],
                    turns=turns_from_json(row.before["turns"]),
                )
            )
    return sorted(made, key=lambda each: wanted[each.decision_id].seq, reverse=True)
