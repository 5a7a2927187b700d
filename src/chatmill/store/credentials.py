"""What lets somebody in: sessions, personal tokens, invitations; and failed tries.

Only a hash of each secret is stored. A credential that is taken back is deleted.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from chatmill.store.tables import credentials, sign_in_failures, users
from chatmill.store.upsert import insert_into
from chatmill.store.users import StoredUser

CredentialKind = Literal["link", "session", "token", "invitation"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCredential:
    """One secret, as far as it is kept."""

    id: str
    """Names it where it may be seen."""
    kind: CredentialKind
    secret_hash: str
    user_id: str | None
    """None: the one visitor of a project without users."""
    name: str
    """A token's purpose, a session's browser, a link's visitor."""
    role: str
    """The most it allows, whatever its user may."""
    created_at: float
    expires_at: float
    """Unix seconds."""
    used_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A credential and whose it is."""

    credential: StoredCredential
    user: StoredUser | None


def secret_hash(secret: str) -> str:
    """Return what is stored of a secret; secrets are long and random, so one round is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def add_credential(connection: sa.Connection, credential: StoredCredential) -> None:
    """Store a credential."""
    row = {name: getattr(credential, name) for name in credentials.c.keys()}  # noqa: SIM118 - column names
    connection.execute(sa.insert(credentials).values(row))


def find_holder(
    connection: sa.Connection, secret: str, kinds: Iterable[CredentialKind], *, now: float
) -> Holder | None:
    """Return what a secret opens.

    Args:
        connection: In a transaction.
        secret: As it was handed out.
        kinds: What it may be.
        now: Unix seconds; what ended before is not found.
    """
    values = {"hash": secret_hash(secret), "now": now}
    row = connection.execute(_HOLDER, values).mappings().first()
    if row is None or row["kind"] not in kinds:
        return None
    made = StoredCredential(**{column.name: row[column.name] for column in credentials.c})
    if made.user_id is None:
        return Holder(credential=made, user=None)
    user = StoredUser(**{column.name: row[f"of_user_{column.name}"] for column in users.c})
    return Holder(credential=made, user=user)


_HOLDER = (
    sa.select(credentials, *(column.label(f"of_user_{column.name}") for column in users.c))
    .join_from(credentials, users, credentials.c.user_id == users.c.id, isouter=True)
    .where(
        credentials.c.secret_hash == sa.bindparam("hash"),
        credentials.c.expires_at > sa.bindparam("now"),
    )
)
"""Asked with every request, so built once."""


def mark_used(connection: sa.Connection, credential_id: str, *, now: float) -> None:
    """Note that a credential was used."""
    connection.execute(
        sa.update(credentials).where(credentials.c.id == credential_id).values(used_at=now)
    )


def list_credentials(
    connection: sa.Connection, user_id: str, kinds: Iterable[CredentialKind], *, now: float
) -> list[StoredCredential]:
    """List what still lets somebody in, newest first."""
    query = (
        sa.select(credentials)
        .where(
            credentials.c.user_id == user_id,
            credentials.c.kind.in_(tuple(kinds)),
            credentials.c.expires_at > now,
        )
        .order_by(credentials.c.created_at.desc(), credentials.c.id)
    )
    return [StoredCredential(**row._mapping) for row in connection.execute(query)]  # noqa: SLF001 - SQLAlchemy's public name


def drop_credentials(
    connection: sa.Connection,
    *,
    user_id: str | None = None,
    credential_id: str | None = None,
    kinds: Sequence[CredentialKind] = (),
    but: str = "",
) -> int:
    """Take credentials back.

    Args:
        connection: In a transaction.
        user_id: Whose; None for anybody's.
        credential_id: Which; None for all.
        kinds: Of which kind; all when empty.
        but: Id of one that stays.

    Returns:
        How many there were.
    """
    query = sa.delete(credentials).where(credentials.c.id != but)
    if user_id is not None:
        query = query.where(credentials.c.user_id == user_id)
    if credential_id is not None:
        query = query.where(credentials.c.id == credential_id)
    if kinds:
        query = query.where(credentials.c.kind.in_(tuple(kinds)))
    return connection.execute(query).rowcount


def drop_ended(connection: sa.Connection, *, now: float) -> None:
    """Remove what ended."""
    connection.execute(sa.delete(credentials).where(credentials.c.expires_at <= now))


def failures(connection: sa.Connection, keys: Sequence[str]) -> dict[str, tuple[int, float]]:
    """Return how often each key failed, and when it did last (Unix seconds)."""
    query = sa.select(sign_in_failures).where(sign_in_failures.c.key.in_(list(keys)))
    return {row.key: (row.n_failed, row.last_at) for row in connection.execute(query)}


def note_failure(connection: sa.Connection, keys: Sequence[str], *, now: float) -> None:
    """Count one more failure of each key."""
    for key in keys:
        row = {"key": key, "n_failed": 1, "last_at": now}
        query = insert_into(connection, sign_in_failures).values(row)
        connection.execute(
            query.on_conflict_do_update(
                index_elements=["key"],
                set_={"n_failed": sign_in_failures.c.n_failed + 1, "last_at": now},
            )
        )


def uncount_failure(connection: sa.Connection, keys: Sequence[str]) -> None:
    """Take back one failure of each key: the try turned out to be right."""
    table = sign_in_failures
    query = sa.update(table).where(table.c.key.in_(list(keys)), table.c.n_failed > 0)
    connection.execute(query.values(n_failed=table.c.n_failed - 1))


def forget_failures(
    connection: sa.Connection, *, keys: Sequence[str] = (), before: float = 0.0
) -> None:
    """Forget the failures of some keys, and those last counted before a time (Unix seconds)."""
    table = sign_in_failures
    chosen = sa.or_(table.c.key.in_(list(keys)), table.c.last_at < before)
    connection.execute(sa.delete(table).where(chosen))
