"""Claims: which process is asking what, so that two of them never pay for the same reply."""

import os
import socket
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from chatmill.store.database import Database
from chatmill.store.replies import StoredReply, find_replies
from chatmill.store.tables import batch_lines, calls, reply_claims
from chatmill.store.upsert import insert_into

LEASE_SECONDS = 30.0
"""A claim that nobody renewed for so long is free again."""
RENEW_SECONDS = 5.0
_PROCESS = f"{os.getpid()}:{uuid.uuid4().hex}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What became of the keys a run wanted to ask."""

    found: Mapping[str, StoredReply]
    """Answered in the meantime."""
    mine: Sequence[str]
    """Ours to ask."""
    held: Sequence[str]
    """Another run is asking them."""
    unaffordable: Sequence[str]
    """They could pass the project's limit of money."""
    left_usd: float
    """What may still be spent, claims of every run deducted; infinite without a limit."""


def new_owner() -> str:
    """Name one run of calls: machine, process, and a number nobody else has."""
    return f"{socket.gethostname()}:{_PROCESS}:{uuid.uuid4().hex[:8]}"


def claim_replies(  # noqa: PLR0913 - one argument a condition
    database: Database,
    wanted: Mapping[str, float],
    *,
    owner: str,
    now: float,
    answered_since: float,
    max_usd: float,
) -> Claims:
    """Claim keys to ask, in one transaction.

    Args:
        database: The project's.
        wanted: Key → the most its reply may cost, in USD, in the order they are asked.
        owner: See `new_owner`.
        now: Unix seconds.
        answered_since: Unix seconds; older replies count as missing.
        max_usd: Most the project may spend in all; 0 is no limit.
    """
    keys = list(wanted)
    with database.write() as connection:
        _drop_stale(connection, now)
        found = find_replies(connection, keys, answered_since)
        left = _left_usd(connection, max_usd)
        free = [key for key in keys if key not in found]
        mine: list[str] = []
        unaffordable: list[str] = []
        taken = _holders(connection, free)
        for key in free:
            if key in taken:
                continue
            if wanted[key] > left:
                unaffordable.append(key)
                continue
            left -= wanted[key]
            mine.append(key)
        expires_at = now + LEASE_SECONDS
        rows = [
            {"key": key, "owner": owner, "expires_at": expires_at, "reserved_usd": wanted[key]}
            for key in mine
        ]
        if rows:
            connection.execute(insert_into(connection, reply_claims).on_conflict_do_nothing(), rows)
        if connection.dialect.name != "sqlite":  # others may have come in between
            holders = _holders(connection, mine)
            mine = [key for key in mine if holders.get(key) == owner]
            late = find_replies(connection, mine, answered_since)
            delete_claims(connection, owner, list(late))
            mine = [key for key in mine if key not in late]
            found |= late
    given = {*found, *mine, *unaffordable}
    held = [key for key in keys if key not in given]
    return Claims(found=found, mine=mine, held=held, unaffordable=unaffordable, left_usd=left)


def renew_claims(database: Database, owner: str, now: float) -> None:
    """Say that a run is still at work."""
    with database.write() as connection:
        connection.execute(
            sa.update(reply_claims)
            .where(reply_claims.c.owner == owner)
            .values(expires_at=now + LEASE_SECONDS)
        )


def release_claims(database: Database, owner: str, keys: Sequence[str] | None = None) -> None:
    """Give claims back; all of a run's where no keys are named. The disk then has it all."""
    with database.write(durable=True) as connection:
        delete_claims(connection, owner, keys)


def delete_claims(connection: sa.Connection, owner: str, keys: Sequence[str] | None) -> None:
    """Give claims back inside a transaction."""
    query = sa.delete(reply_claims).where(reply_claims.c.owner == owner)
    if keys is not None:
        query = query.where(reply_claims.c.key.in_(keys))
    connection.execute(query)


def _holders(connection: sa.Connection, keys: Sequence[str]) -> dict[str, str]:
    query = sa.select(reply_claims.c.key, reply_claims.c.owner).where(reply_claims.c.key.in_(keys))
    return {row[0]: row[1] for row in connection.execute(query)}


def _left_usd(connection: sa.Connection, max_usd: float) -> float:
    if max_usd <= 0:
        return float("inf")
    spent = connection.execute(sa.select(sa.func.sum(calls.c.cost_usd))).scalar()
    reserved = connection.execute(sa.select(sa.func.sum(reply_claims.c.reserved_usd))).scalar()
    in_batches = connection.execute(sa.select(sa.func.sum(batch_lines.c.reserved_usd))).scalar()
    return max_usd - (spent or 0.0) - (reserved or 0.0) - (in_batches or 0.0)


def _drop_stale(connection: sa.Connection, now: float) -> None:
    """Free what a run left behind that ended without a word."""
    connection.execute(sa.delete(reply_claims).where(reply_claims.c.expires_at < now))
    owners = connection.execute(sa.select(reply_claims.c.owner).distinct()).scalars()
    dead = list(_dead(owners))
    if dead:
        connection.execute(sa.delete(reply_claims).where(reply_claims.c.owner.in_(dead)))


def _dead(owners: Iterable[str]) -> Iterable[str]:
    """Yield the owners whose process on this machine is gone; of other machines nobody can say."""
    here = socket.gethostname()
    for owner in owners:
        host, pid, process, _run = owner.rsplit(":", 3)
        if host != here or f"{pid}:{process}" == _PROCESS:
            continue
        if int(pid) == os.getpid() or not _is_alive(int(pid)):
            yield owner


def _is_alive(pid: int) -> bool:
    if os.name != "posix":
        return True  # asking would disturb the process; its lease tells soon enough
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
