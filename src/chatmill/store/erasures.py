"""Erasures: what is being forgotten, so that a killed one is finished, and what was."""

import json
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from chatmill.store.database import Database
from chatmill.store.tables import erasures

OPEN = "open"
"""Under way; its plan says what goes."""
SWEEPING = "sweeping"
"""All is deleted but the bytes in the database's file; its plan is gone too."""
DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """One call of `chatmill forget`."""

    number: int
    kind: str
    """`person`, `conversation` or `before`."""
    state: str
    plan: dict[str, Any]
    """What goes, names included; empty as soon as it went."""
    outcome: dict[str, Any]
    """Counts, models to retrain and what is left to do by hand; no name."""
    erased_on: str
    """Date, UTC."""


def begin_erasure(connection: sa.Connection, kind: str, plan: dict[str, Any], today: str) -> int:
    """Note inside a transaction what is to be forgotten, and return the erasure's number."""
    values = {"kind": kind, "state": OPEN, "erased_on": today}
    inserted = connection.execute(
        sa.insert(erasures)
        .values(plan=json.dumps(plan, ensure_ascii=False), outcome="{}", **values)
        .returning(erasures.c.number)
    )
    return int(inserted.scalar_one())


def move_erasure(
    database: Database, number: int, state: str, outcome: dict[str, Any] | None = None
) -> None:
    """Note how far an erasure is; its plan is wiped.

    Args:
        database: The project's.
        number: Of the erasure.
        state: `SWEEPING` or `DONE`.
        outcome: Kept as it is when None.
    """
    values = {"state": state, "plan": "{}"}
    if outcome is not None:
        values["outcome"] = json.dumps(outcome, ensure_ascii=False)
    with database.write() as connection:
        secure_delete(connection)
        connection.execute(sa.update(erasures).where(erasures.c.number == number).values(**values))


def list_erasures(database: Database) -> list[Erasure]:
    """List erasures, oldest first."""
    with database.read() as connection:
        rows = connection.execute(sa.select(erasures).order_by(erasures.c.number)).mappings()
        return [_from_row(row) for row in rows]


def unfinished_erasure(database: Database) -> Erasure | None:
    """Return the erasure that was begun and not finished, or None."""
    return next((each for each in list_erasures(database) if each.state != DONE), None)


def secure_delete(connection: sa.Connection) -> None:
    """Make SQLite write zeros over what this connection deletes."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete=ON")


def _from_row(row: sa.RowMapping) -> Erasure:
    return Erasure(
        number=row["number"],
        kind=row["kind"],
        state=row["state"],
        plan=json.loads(row["plan"]),
        outcome=json.loads(row["outcome"]),
        erased_on=row["erased_on"],
    )
