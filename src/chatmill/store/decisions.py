"""The append-only log of decisions; an example's words and status follow from it."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

import sqlalchemy as sa

from chatmill.errors import UsageError
from chatmill.records import Decision
from chatmill.store.database import Database
from chatmill.store.encoding import state_from_json, state_to_json, turn_to_json
from chatmill.store.tables import decisions, examples


def record_decisions(database: Database, made: Sequence[Decision]) -> list[Decision]:
    """Append decisions and change their examples, all in one transaction.

    A decision whose id is in the log already is left alone, so sending twice records once.

    Returns:
        The decisions as they stand in the log, `seq` and `decided_at` filled in.
    """
    with database.write() as connection:
        return [append_decision(connection, decision) for decision in made]


def append_decision(connection: sa.Connection, decision: Decision) -> Decision:
    """Append one decision inside somebody's transaction; see `record_decisions`.

    Raises:
        UsageError: The example does not exist.
    """
    known = (
        connection.execute(sa.select(decisions).where(decisions.c.id == decision.id))
        .mappings()
        .first()
    )
    if known is not None:
        return _from_row(known)
    changed = connection.execute(
        sa.update(examples)
        .where(examples.c.id == decision.example_id)
        .values(
            status=decision.after.status,
            system=decision.after.system,
            turns=[turn_to_json(turn) for turn in decision.after.turns],
        )
    )
    if changed.rowcount == 0:
        raise UsageError(f"no example {decision.example_id}", fix="List them: chatmill examples")
    connection.execute(
        sa.insert(decisions).values(
            id=decision.id,
            example_id=decision.example_id,
            reviewer=decision.reviewer,
            action=decision.action,
            reason=decision.reason,
            before=state_to_json(decision.before),
            after=state_to_json(decision.after),
            undoes=decision.undoes,
            decided_at=decision.decided_at or datetime.now(UTC).isoformat(timespec="seconds"),
        )
    )
    row = (
        connection.execute(sa.select(decisions).where(decisions.c.id == decision.id))
        .mappings()
        .one()
    )
    return _from_row(row)


def list_decisions(
    database: Database,
    *,
    example_id: str | None = None,
    reviewer: str | None = None,
    ids: Collection[str] | None = None,
) -> list[Decision]:
    """List decisions in the order they were made."""
    query = sa.select(decisions).order_by(decisions.c.seq)
    if example_id is not None:
        query = query.where(decisions.c.example_id == example_id)
    if reviewer is not None:
        query = query.where(decisions.c.reviewer == reviewer)
    if ids is not None:
        query = query.where(decisions.c.id.in_(list(ids)))
    with database.read() as connection:
        return [_from_row(row) for row in connection.execute(query).mappings()]


def last_undoable(
    connection: sa.Connection, reviewer: str, *, redo: bool = False
) -> Decision | None:
    """Return the decision undo (or redo) takes back next: this reviewer's own latest.

    Undo skips decisions that were undone already and `restore`s themselves; redo looks for a
    `restore` that nothing followed.

    Args:
        connection: A connection to the project's database.
        reviewer: Whose decisions.
        redo: Look for an undo to take back instead.
    """
    rows = connection.execute(
        sa.select(decisions)
        .where(decisions.c.reviewer == reviewer)
        .order_by(decisions.c.seq.desc())
    ).mappings()
    done: set[str] = set()
    for row in rows:
        if row["id"] in done:
            continue
        is_restore = row["action"] == "restore" and row["undoes"] is not None
        if is_restore:
            done.add(row["undoes"])
            if redo:
                return _from_row(row)
            continue
        if redo and row["action"] != "comment":
            return None
        if not redo:
            return _from_row(row)
    return None


def _from_row(row: sa.RowMapping) -> Decision:
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
