"""The people who review together, and the log of who did what."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from chatmill.errors import UsageError
from chatmill.store.database import Database
from chatmill.store.tables import audit, users


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredUser:
    """Somebody who may sign in."""

    id: str
    name: str
    """As written, and as recorded with decisions."""
    name_key: str
    """What nobody else's name may fold to."""
    role: str
    may_unmask: bool
    is_disabled: bool
    password_hash: str
    """Empty until they chose a password."""
    created_at: float
    """Unix seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One line of the log."""

    seq: int
    at: float
    """Unix seconds."""
    actor: str
    """Name of who did it."""
    action: str
    """`unmask`, `invite`, `disable` …"""
    subject: str
    """To what or whom: an example's id, a name."""


def has_users(database: Database) -> bool:
    """Tell whether anybody was ever set up."""
    with database.read() as connection:
        return has_users_on(connection)


def has_users_on(connection: sa.Connection) -> bool:
    """Do the same within a transaction."""
    return connection.execute(sa.select(users.c.id).limit(1)).first() is not None


def add_user(connection: sa.Connection, user: StoredUser) -> None:
    """Store a new user.

    Raises:
        UsageError: The name is taken.
    """
    row = {name: getattr(user, name) for name in users.c.keys()}  # noqa: SIM118 - column names
    try:
        with connection.begin_nested():
            connection.execute(sa.insert(users).values(row))
    except IntegrityError as error:
        raise UsageError(
            "there is somebody of that name already", where=user.name, fix="Choose another name"
        ) from error


def change_user(connection: sa.Connection, user_id: str, **changed: object) -> None:
    """Store what changed about a user."""
    connection.execute(sa.update(users).where(users.c.id == user_id).values(**changed))


def find_user(connection: sa.Connection, name_key: str) -> StoredUser | None:
    """Return the user of that folded name."""
    row = connection.execute(sa.select(users).where(users.c.name_key == name_key)).first()
    return StoredUser(**row._mapping) if row else None  # noqa: SLF001 - SQLAlchemy's public name


def list_users(connection: sa.Connection) -> list[StoredUser]:
    """List everybody, disabled ones too, by name."""
    rows = connection.execute(sa.select(users).order_by(users.c.name_key))
    return [StoredUser(**row._mapping) for row in rows]  # noqa: SLF001


def write_audit(connection: sa.Connection, *, actor: str, action: str, subject: str) -> None:
    """Note who did what to what."""
    connection.execute(
        sa.insert(audit).values(at=time.time(), actor=actor, action=action, subject=subject)
    )


def read_audit(
    database: Database,
    *,
    actions: Sequence[str] = (),
    before: int | None = None,
    limit: int = 100,
) -> list[AuditEntry]:
    """List what was noted, newest first.

    Args:
        database: The project's.
        actions: Only these; all when empty.
        before: Only entries older than this `seq`.
        limit: Most entries.
    """
    query = sa.select(audit).order_by(audit.c.seq.desc()).limit(limit)
    if actions:
        query = query.where(audit.c.action.in_(actions))
    if before is not None:
        query = query.where(audit.c.seq < before)
    with database.read() as connection:
        return [AuditEntry(**row._mapping) for row in connection.execute(query)]  # noqa: SLF001
