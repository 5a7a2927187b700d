"""Leases: who is looking at which example, so that two people are never handed the same one."""

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from chatmill.store.database import Database
from chatmill.store.double_reviews import waiting_for
from chatmill.store.queue import WHOLE_QUEUE, QueueChoice, fold_counts, pending_on
from chatmill.store.tables import leases
from chatmill.store.upsert import insert_for


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Somebody who looks at examples."""

    name: str
    """Who; two browsers of one person are one holder."""
    now: float
    """Unix seconds."""
    lease_seconds: float
    """How long a lease lasts without a sign of life."""
    may_settle: bool = False
    """Whether disagreements are theirs to settle, even those they have a part in."""


def lease_next(
    database: Database,
    holder: Holder,
    *,
    after: str | None,
    limit: int,
    choice: QueueChoice = WHOLE_QUEUE,
) -> list[str]:
    """Hand somebody the examples that come next; nobody else gets them while the leases last.

    What waits for a second look or a settlement comes first, then the queue. What the holder has
    already comes again where it stands in the queue, so that a reload loses nothing.

    Args:
        database: The project's.
        holder: Who asks; asking is a sign of life for all their leases.
        after: Example to go on from, going round to the start of the queue at its end.
        limit: Most examples.
        choice: Which part of the queue, in which order.
    """
    with database.write(lists=False) as connection:
        fold_counts(connection)
        held = {row.example_id: row for row in connection.execute(_LEASES)}
        taken = {
            each
            for each, lease in held.items()
            if lease.holder != holder.name and lease.expires_at > holder.now
        }
        mine = {each for each, lease in held.items() if lease.holder == holder.name}
        found: list[str] = []
        if choice.is_whole:
            waiting = waiting_for(
                connection, holder.name, may_settle=holder.may_settle, limit=limit + len(held)
            )
            passed = taken if after is None else taken | mine  # else they are ahead of the holder
            found = [each for each in waiting if each not in passed][:limit]
        found += pending_on(
            connection, after=after, limit=limit - len(found), choice=choice, taken=taken
        )
        _take(connection, holder, {*mine, *found})
    return found


def renew_leases(database: Database, holder: Holder, example_ids: Collection[str]) -> list[str]:
    """Say that somebody still looks at examples; a lease that ran out is taken again if it is free.

    Returns:
        Those of the examples that are the holder's now.
    """
    wanted = list(example_ids)
    with database.write(lists=False) as connection:
        query = sa.select(leases.c.example_id).where(
            leases.c.example_id.in_(wanted),
            leases.c.holder != holder.name,
            leases.c.expires_at > holder.now,
        )
        taken = set(connection.execute(query).scalars())
        free = [each for each in wanted if each not in taken]
        _take(connection, holder, free)
    return free


def release_leases(
    database: Database, name: str, example_ids: Collection[str] | None = None
) -> None:
    """Give leases back: of some examples, or all that somebody has."""
    query = sa.delete(leases).where(leases.c.holder == name)
    if example_ids is not None:
        query = query.where(leases.c.example_id.in_(list(example_ids)))
    with database.write(lists=False) as connection:
        connection.execute(query)


def drop_lease(connection: sa.Connection, example_id: str) -> None:
    """End the lease of an example that was decided about, inside somebody's transaction."""
    connection.execute(_DROP, {"id": example_id})


def _take(connection: sa.Connection, holder: Holder, example_ids: Collection[str]) -> None:
    rows = [
        {
            "example_id": each,
            "holder": holder.name,
            "expires_at": holder.now + holder.lease_seconds,
        }
        for each in example_ids
    ]
    if not rows:
        return
    connection.execute(_TAKE[connection.dialect.name], rows)


def _take_for(dialect: str) -> sa.Executable:
    insert = insert_for(dialect, leases)
    return insert.on_conflict_do_update(
        index_elements=[leases.c.example_id],
        set_={"holder": insert.excluded.holder, "expires_at": insert.excluded.expires_at},
    )


_TAKE = {dialect: _take_for(dialect) for dialect in ("sqlite", "postgresql")}
_LEASES = sa.select(leases)
_DROP = sa.delete(leases).where(leases.c.example_id == sa.bindparam("id"))
