"""The append-only log of decisions; an example's words and status follow from it."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from chatmill.errors import ReviewConflictError, UsageError
from chatmill.records import Decision, ExampleState, Turn
from chatmill.store.database import Database
from chatmill.store.encoding import state_from_json, state_to_json, turn_to_json, turns_from_json
from chatmill.store.tables import decisions, examples

ROWS_AT_ONCE = 400
"""Databases bound the length of an `IN` list."""


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


def append_step(connection: sa.Connection, made: Sequence[Decision]) -> None:
    """Append the decisions of one step over many examples; see `append_decision`.

    Args:
        connection: In a write transaction, in which `before` was read too.
        made: One a different example; their `batch` is the step's.
    """
    by_status: dict[str, list[str]] = {}
    for each in made:
        by_status.setdefault(each.after.status, []).append(each.example_id)
        if (each.before.system, each.before.turns) != (each.after.system, each.after.turns):
            words = {
                "system": each.after.system,
                "turns": [turn_to_json(turn) for turn in each.after.turns],
            }
            is_it = examples.c.id == each.example_id
            connection.execute(sa.update(examples).where(is_it).values(words))
    for status, ids in by_status.items():
        for start in range(0, len(ids), ROWS_AT_ONCE):
            some = examples.c.id.in_(ids[start : start + ROWS_AT_ONCE])
            connection.execute(sa.update(examples).where(some).values(status=status))
    for start in range(0, len(made), ROWS_AT_ONCE):
        rows = [_row(each) for each in made[start : start + ROWS_AT_ONCE]]
        connection.execute(sa.insert(decisions), rows)


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


def states_on(connection: sa.Connection, example_ids: Sequence[str]) -> dict[str, ExampleState]:
    """Return example id → words and status, of those that stand."""
    query = sa.select(examples.c.id, examples.c.status, examples.c.system, examples.c.turns)
    query = query.where(examples.c.superseded_by.is_(None))
    found: dict[str, ExampleState] = {}
    for start in range(0, len(example_ids), ROWS_AT_ONCE):
        some = example_ids[start : start + ROWS_AT_ONCE]
        for row in connection.execute(query.where(examples.c.id.in_(some))):
            found[row.id] = ExampleState(
                status=row.status, system=row.system, turns=turns_from_json(row.turns)
            )
    return found


def step_on(connection: sa.Connection, batch: str) -> list[Decision]:
    """Return the decisions of one step over many examples, in order; none where it never was."""
    query = sa.select(decisions).where(decisions.c.batch == batch).order_by(decisions.c.seq)
    return [decision_of(row) for row in connection.execute(query).mappings()]


def newest_on(connection: sa.Connection, example_ids: Sequence[str]) -> dict[str, Decision]:
    """Return example id → the newest decision about it, comments left out."""
    found: dict[str, Decision] = {}
    for start in range(0, len(example_ids), ROWS_AT_ONCE):
        some = decisions.c.example_id.in_(example_ids[start : start + ROWS_AT_ONCE])
        newest = (
            sa.select(sa.func.max(decisions.c.seq))
            .where(some, decisions.c.action != "comment")
            .group_by(decisions.c.example_id)
        )
        query = sa.select(decisions).where(decisions.c.seq.in_(newest))
        for row in connection.execute(query).mappings():
            found[row["example_id"]] = decision_of(row)
    return found


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
) -> list[Decision]:
    """Return what undo (or redo) takes back next: this reviewer's own latest step.

    Undo and redo walk two stacks that follow from the log alone, so they survive a restart and
    have no limit. A new decision goes on the undo stack and empties the redo stack; an undo moves
    the top of the one to the other, a redo moves it back. The decisions of one batch are one step.
    A decision that somebody else (a person or a policy) has decided over, or whose example was
    replaced, is passed over.

    Args:
        connection: A connection to the project's database.
        reviewer: Whose decisions.
        redo: Look for an undo to take back instead.

    Returns:
        The decisions of the step that still hold, in order; empty where there is no step.
    """
    undo_steps, redo_steps = _stacks(connection, reviewer)
    for step in reversed(redo_steps if redo else undo_steps):
        if step.is_batch:
            holding = _holding(connection, step_on(connection, step.key))
        else:
            decision = find_decision(connection, step.key)
            is_held = decision is not None and _still_holds(connection, decision)
            holding = [decision] if decision is not None and is_held else []
        if holding:
            return holding
    return []


class _Step(NamedTuple):
    """A decision of its own, or all of one batch."""

    key: str
    is_batch: bool


def _stacks(connection: sa.Connection, reviewer: str) -> tuple[list[_Step], list[_Step]]:
    """Replay one reviewer's log into steps that can be undone and steps that can be redone."""
    query = (
        sa.select(decisions.c.id, decisions.c.undoes, decisions.c.batch)
        .where(decisions.c.reviewer == reviewer, decisions.c.action != "comment")
        .order_by(decisions.c.seq)
    )
    step_of: dict[str, _Step] = {}
    undo: dict[_Step, None] = {}
    redo: dict[_Step, None] = {}
    seen: set[_Step] = set()
    for decision_id, undoes, batch in connection.execute(query):
        step = _Step(batch or decision_id, is_batch=bool(batch))
        step_of[decision_id] = step
        if step in seen:
            continue
        seen.add(step)
        taken_back = step_of.get(undoes or "", step)
        if taken_back in undo:
            del undo[taken_back]
            redo[step] = None
        elif taken_back in redo:
            del redo[taken_back]
            undo[step] = None
        else:
            undo[step] = None
            redo.clear()
    return list(undo), list(redo)


def _holding(connection: sa.Connection, made: Sequence[Decision]) -> list[Decision]:
    """Keep the decisions that still hold; as `_still_holds`, over many examples."""
    ids = [each.example_id for each in made]
    states = states_on(connection, ids)
    newest = newest_on(connection, ids)
    return [
        each
        for each in made
        if states.get(each.example_id) == each.after
        and newest[each.example_id].reviewer == each.reviewer
    ]


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
        batch=row["batch"] or "",
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
        "batch": decision.batch or None,
        "decided_at": decision.decided_at or datetime.now(UTC).isoformat(timespec="seconds"),
    }
