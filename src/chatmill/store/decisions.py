"""The append-only log of decisions; an example's words and status follow from it."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from chatmill.errors import ReviewConflictError, UsageError
from chatmill.records import Decision, ExampleState, Turn
from chatmill.store.database import Database
from chatmill.store.encoding import state_from_json, state_to_json, turn_to_json, turns_from_json
from chatmill.store.tables import decisions, examples


_ID: sa.BindParameter[str] = sa.bindparam("id")
_FIND = sa.select(decisions).where(decisions.c.id == _ID)
_STATE = sa.select(examples.c.status, examples.c.system, examples.c.turns).where(
    examples.c.id == _ID
)
_NEWEST = (
    sa.select(decisions.c.id)
    .where(decisions.c.example_id == _ID)
    .order_by(decisions.c.seq.desc())
    .limit(1)
)
_APPEND = sa.insert(decisions)
_DECIDE = (
    sa.update(examples)
    .where(examples.c.id == sa.bindparam("of"))
    .values(status=sa.bindparam("now"))
)
_REWORD = _DECIDE.values(system=sa.bindparam("line"), turns=sa.bindparam("words"))
"""Built once, which takes two thirds of the time of a small query."""


def record_decisions(database: Database, made: Sequence[Decision]) -> list[Decision]:
    """Append decisions and change their examples, all in one transaction.

    A decision whose id is in the log already is left alone, so sending twice records once.

    Returns:
        The decisions as they stand in the log, `seq` and `decided_at` filled in.

    Raises:
        UsageError: An example does not exist; nothing is recorded.
        ReviewConflictError: An example is not as `before` says; nothing is recorded.
    """
    with database.write() as connection:
        return [append_decision(connection, decision) for decision in made]


def append_decision(connection: sa.Connection, decision: Decision) -> Decision:
    """Append one decision inside somebody's transaction; see `record_decisions`.

    Raises:
        UsageError: The example does not exist.
        ReviewConflictError: The example is not as `before` says, so the log would not replay.
    """
    known = find_decision(connection, decision.id)
    if known is not None:
        return known
    before = state_on(connection, decision.example_id)
    if before != decision.before:
        raise ReviewConflictError(
            "the example was changed in the meantime",
            where=decision.example_id,
            fix="Look at it again and decide once more",
        )
    after: dict[str, Any] = {"of": decision.example_id, "now": decision.after.status}
    if (before.system, before.turns) == (decision.after.system, decision.after.turns):
        connection.execute(_DECIDE, after)
    else:
        after["line"] = decision.after.system
        after["words"] = [turn_to_json(turn) for turn in decision.after.turns]
        connection.execute(_REWORD, after)
    row = _row(decision)
    made = connection.execute(_APPEND, row)
    (seq,) = made.inserted_primary_key or (0,)
    return replace(decision, seq=seq, decided_at=row["decided_at"])


def find_decision(connection: sa.Connection, decision_id: str) -> Decision | None:
    """Return the decision with that id, or None where it was never recorded."""
    row = connection.execute(_FIND, {"id": decision_id}).mappings().first()
    return None if row is None else decision_of(row)


def state_on(connection: sa.Connection, example_id: str) -> ExampleState:
    """Return an example's words and status inside somebody's transaction.

    Raises:
        UsageError: There is no example with that id.
    """
    row = connection.execute(_STATE, {"id": example_id}).mappings().first()
    if row is None:
        raise UsageError(f"no example {example_id}", fix="List them: chatmill examples")
    return ExampleState(
        status=row["status"], system=row["system"], turns=turns_from_json(row["turns"])
    )


def extracted_turns(database: Database, example_id: str) -> tuple[Turn, ...]:
    """Return the words of an example as the extractor read them last.

    Raises:
        UsageError: There is none with that id.
    """
    query = sa.select(examples.c.extracted_turns).where(examples.c.id == example_id)
    with database.read() as connection:
        row = connection.execute(query).first()
    if row is None:
        raise UsageError(f"no example {example_id}", fix="List them: chatmill examples")
    return turns_from_json(row[0])


def last_decision_id(connection: sa.Connection, example_id: str) -> str:
    """Return the id of the newest decision about an example, empty where nobody decided."""
    return connection.execute(_NEWEST, {"id": example_id}).scalar() or ""


def last_seq(connection: sa.Connection) -> int:
    """Return the place of the newest decision in the log, 0 where there is none."""
    return connection.execute(sa.select(sa.func.max(decisions.c.seq))).scalar() or 0


def list_decisions(
    database: Database,
    *,
    example_id: str | None = None,
    reviewer: str | None = None,
    ids: Collection[str] | None = None,
    after_seq: int | None = None,
) -> list[Decision]:
    """List decisions in the order they were made."""
    with database.read() as connection:
        return decisions_on(
            connection, example_id=example_id, reviewer=reviewer, ids=ids, after_seq=after_seq
        )


def decisions_on(
    connection: sa.Connection,
    *,
    example_id: str | None = None,
    reviewer: str | None = None,
    ids: Collection[str] | None = None,
    after_seq: int | None = None,
) -> list[Decision]:
    """List decisions inside somebody's transaction, in the order they were made."""
    query = sa.select(decisions).order_by(decisions.c.seq)
    if example_id is not None:
        query = query.where(decisions.c.example_id == example_id)
    if reviewer is not None:
        query = query.where(decisions.c.reviewer == reviewer)
    if ids is not None:
        query = query.where(decisions.c.id.in_(list(ids)))
    if after_seq is not None:
        query = query.where(decisions.c.seq > after_seq)
    return [decision_of(row) for row in connection.execute(query).mappings()]


def undone_ids(log: Sequence[Decision]) -> set[str]:
    """Return which decisions were taken back, and not done again since.

    Args:
        log: All decisions about one example, oldest first.
    """
    undone: set[str] = set()
    for decision in reversed(log):
        if decision.undoes is not None and decision.id not in undone:
            undone.add(decision.undoes)
    return undone


def last_undoable(
    connection: sa.Connection, reviewer: str, *, redo: bool = False
) -> Decision | None:
    """Return the decision undo (or redo) takes back next: this reviewer's own latest.

    Undo and redo walk two stacks that follow from the log alone, so they survive a restart and
    have no limit. A new decision goes on the undo stack and empties the redo stack; an undo moves
    the top of the one to the other, a redo moves it back. A decision that somebody else (a person
    or a policy) has decided over, or whose example was replaced, is passed over.

    Args:
        connection: A connection to the project's database.
        reviewer: Whose decisions.
        redo: Look for an undo to take back instead.
    """
    undo_ids, redo_ids = _stacks(connection, reviewer)
    for decision_id in reversed(redo_ids if redo else undo_ids):
        decision = find_decision(connection, decision_id)
        if decision is not None and _still_holds(connection, decision):
            return decision
    return None


def _stacks(connection: sa.Connection, reviewer: str) -> tuple[list[str], list[str]]:
    """Replay one reviewer's log into ids that can be undone and ids that can be redone."""
    query = (
        sa.select(decisions.c.id, decisions.c.undoes)
        .where(decisions.c.reviewer == reviewer, decisions.c.action != "comment")
        .order_by(decisions.c.seq)
    )
    undo_ids: list[str] = []
    redo_ids: list[str] = []
    for decision_id, undoes in connection.execute(query):
        if undoes is not None and undoes in undo_ids:
            undo_ids.remove(undoes)
            redo_ids.append(decision_id)
        elif undoes is not None and undoes in redo_ids:
            redo_ids.remove(undoes)
            undo_ids.append(decision_id)
        else:
            undo_ids.append(decision_id)
            redo_ids.clear()
    return undo_ids, redo_ids


def _still_holds(connection: sa.Connection, decision: Decision) -> bool:
    """Tell whether the example stands as this decision left it, and nobody else decided since."""
    later = sa.select(decisions.c.seq).where(
        decisions.c.example_id == decision.example_id,
        decisions.c.seq > decision.seq,
        decisions.c.reviewer != decision.reviewer,
        decisions.c.action != "comment",
    )
    stands = sa.select(examples.c.id).where(
        examples.c.id == decision.example_id, examples.c.superseded_by.is_(None)
    )
    return (
        connection.execute(stands).first() is not None
        and connection.execute(later.limit(1)).first() is None
        and state_on(connection, decision.example_id) == decision.after
    )


def decision_of(row: sa.RowMapping) -> Decision:
    """Make a decision of its row."""
    return Decision(
        seq=row["seq"],
        id=row["id"],
        example_id=row["example_id"],
        reviewer=row["reviewer"],
        action=row["action"],
        reason=row["reason"],
        before=state_from_json(row["before"]),
        after=state_from_json(row["after"]),
        undoes=row["undoes"],
        decided_at=row["decided_at"],
    )


def _row(decision: Decision) -> dict[str, Any]:
    return {
        "id": decision.id,
        "example_id": decision.example_id,
        "reviewer": decision.reviewer,
        "action": decision.action,
        "reason": decision.reason,
        "before": state_to_json(decision.before),
        "after": state_to_json(decision.after),
        "undoes": decision.undoes,
        "decided_at": decision.decided_at or datetime.now(UTC).isoformat(timespec="seconds"),
    }
