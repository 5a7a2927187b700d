"""Named API keys of the server: only their hashes are kept."""

import hashlib
import secrets
import time
from dataclasses import dataclass

import sqlalchemy as sa

from chatmill.errors import UsageError
from chatmill.store.database import Database
from chatmill.store.server_tables import api_keys


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """Who may use the server, and how much of it."""

    name: str
    created_at: int
    """Unix seconds."""
    requests_per_minute: int
    """0 is no limit."""
    tokens_per_minute: int
    """Prompt and answer tokens; 0 is no limit."""


def add_key(
    database: Database, name: str, *, requests_per_minute: int = 0, tokens_per_minute: int = 0
) -> str:
    """Make a key and return it; it is shown this once, only its hash is stored.

    Raises:
        UsageError: The name is taken.
    """
    key = f"sk-chatmill-{secrets.token_urlsafe(24)}"
    with database.write() as connection:
        known = sa.select(api_keys.c.seq).where(api_keys.c.name == name)
        if connection.execute(known).first() is not None:
            raise UsageError("there is a key of that name already", where=name)
        connection.execute(
            sa.insert(api_keys).values(
                name=name,
                sha256=_hashed(key),
                created_at=int(time.time()),
                requests_per_minute=requests_per_minute,
                tokens_per_minute=tokens_per_minute,
            )
        )
    return key


def find_key(database: Database, key: str) -> ApiKey | None:
    """Return whose key it is, or None."""
    query = sa.select(api_keys).where(api_keys.c.sha256 == _hashed(key))
    with database.read() as connection:
        row = connection.execute(query).one_or_none()
    return None if row is None else _key(row)


def list_keys(database: Database) -> list[ApiKey]:
    """Return all keys in the order they were made."""
    with database.read() as connection:
        return [_key(row) for row in connection.execute(sa.select(api_keys).order_by("seq"))]


def remove_key(database: Database, name: str) -> bool:
    """Make a key useless from the next request on; returns whether there was one."""
    with database.write() as connection:
        gone = connection.execute(sa.delete(api_keys).where(api_keys.c.name == name))
        return gone.rowcount > 0


def _hashed(key: str) -> str:
    """Return the key's SHA-256: keys are 192 random bits, so nothing slower is needed."""
    return hashlib.sha256(key.encode()).hexdigest()


def _key(row: sa.Row[tuple[object, ...]]) -> ApiKey:
    values = row._asdict()
    return ApiKey(
        name=values["name"],
        created_at=values["created_at"],
        requests_per_minute=values["requests_per_minute"],
        tokens_per_minute=values["tokens_per_minute"],
    )
