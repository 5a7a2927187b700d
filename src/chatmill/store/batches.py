"""Batches of calls under way: what was handed to a server, so that a restart finds it again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from chatmill.store.calls import Settlement, settle_within
from chatmill.store.database import Database
from chatmill.store.replies import KEYS_PER_QUERY
from chatmill.store.tables import batch_lines, batches, reply_claims

PLANNED = "planned"
"""Stored here; the server may or may not have it."""
SENT = "sent"
ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredBatch:
    """One batch of calls."""

    id: str
    """Ours; the server is told it too."""
    server: str
    """See `models.providers.Endpoint.identity`."""
    stage: str
    """Stage that pays."""
    model: str
    remote_id: str = ""
    """The server's name for it; empty until it said it."""
    status: str = PLANNED
    n_lines: int


def plan_batch(
    database: Database, batch: StoredBatch, reserved_usd: Mapping[str, float], owner: str
) -> None:
    """Store a batch and its lines before the server hears of it.

    Args:
        database: The project's.
        batch: Without a remote id.
        reserved_usd: Reply key → the most its line may cost; from here on the line, no longer the
            claim, keeps that much of the project's limit back.
        owner: Of the claims.
    """
    rows = [
        {"key": key, "batch_id": batch.id, "reserved_usd": most}
        for key, most in reserved_usd.items()
    ]
    with database.write(durable=True) as connection:
        connection.execute(sa.insert(batches).values(**_to_row(batch)))
        connection.execute(sa.insert(batch_lines), rows)
        for keys in _blocks(list(reserved_usd)):
            connection.execute(
                sa.update(reply_claims)
                .where(reply_claims.c.owner == owner, reply_claims.c.key.in_(keys))
                .values(reserved_usd=0.0)
            )


def note_sent(database: Database, batch_id: str, remote_id: str) -> None:
    """Store the server's name for a batch."""
    with database.write(durable=True) as connection:
        connection.execute(
            sa.update(batches)
            .where(batches.c.id == batch_id)
            .values(remote_id=remote_id, status=SENT)
        )


def find_batches(database: Database, keys: Sequence[str]) -> dict[str, StoredBatch]:
    """Return the open batches that hold these keys, by key."""
    found: dict[str, StoredBatch] = {}
    with database.read() as connection:
        if connection.execute(sa.select(batch_lines.c.key).limit(1)).first() is None:
            return found
        for block in _blocks(keys):
            query = (
                sa.select(batch_lines.c.key, batches)
                .join(batches, batches.c.id == batch_lines.c.batch_id)
                .where(batch_lines.c.key.in_(block))
            )
            for row in connection.execute(query).mappings():
                found[row["key"]] = _from_row(row)
    return found


def lines_of(database: Database, batch_id: str) -> list[str]:
    """Return the keys of a batch that are not settled yet."""
    with database.read() as connection:
        query = sa.select(batch_lines.c.key).where(batch_lines.c.batch_id == batch_id)
        return list(connection.execute(query).scalars())


def forget_batch(database: Database, batch_id: str) -> None:
    """Drop a batch the server never heard of, or end one it did nothing of."""
    with database.write(durable=True) as connection:
        connection.execute(sa.delete(batch_lines).where(batch_lines.c.batch_id == batch_id))
        connection.execute(
            sa.delete(batches).where(batches.c.id == batch_id, batches.c.remote_id == "")
        )
        connection.execute(sa.update(batches).where(batches.c.id == batch_id).values(status=ENDED))


def settle_lines(database: Database, batch_id: str, settlement: Settlement) -> set[str]:
    """Store what some lines of a batch brought, and close these lines, in one transaction.

    Lines that are closed already are left alone, so collecting twice is paying once.

    Returns:
        The keys that were settled now.
    """
    keys = [each.reply.key for each in (*settlement.paid, *settlement.wasted)]
    keys += [each.key for each in settlement.failed]
    closed: set[str] = set()
    with database.write(durable=True) as connection:
        for block in _blocks(keys):
            query = (
                sa.delete(batch_lines)
                .where(batch_lines.c.batch_id == batch_id, batch_lines.c.key.in_(block))
                .returning(batch_lines.c.key)
            )
            closed.update(connection.execute(query).scalars())
        fresh = replace(
            settlement,
            paid=tuple(each for each in settlement.paid if each.reply.key in closed),
            failed=tuple(each for each in settlement.failed if each.key in closed),
            wasted=tuple(each for each in settlement.wasted if each.reply.key in closed),
        )
        settle_within(connection, fresh)
    return closed


def _blocks(keys: Sequence[str]) -> list[Sequence[str]]:
    return [keys[at : at + KEYS_PER_QUERY] for at in range(0, len(keys), KEYS_PER_QUERY)]


def _to_row(batch: StoredBatch) -> dict[str, object]:
    return {name: getattr(batch, name) for name in StoredBatch.__dataclass_fields__}


def _from_row(row: sa.RowMapping) -> StoredBatch:
    return StoredBatch(**{name: row[name] for name in StoredBatch.__dataclass_fields__})
