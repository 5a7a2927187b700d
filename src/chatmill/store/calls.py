"""The account of model calls: what was asked, what it cost, and what failed."""

import functools
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from chatmill.store.claims import delete_claims
from chatmill.store.database import Database
from chatmill.store.replies import StoredReply, insert_replies
from chatmill.store.tables import calls, failed_calls, replies
from chatmill.store.upsert import insert_for, insert_into

COUNTERS = (
    "n_answered",
    "n_refused",
    "n_failed",
    "n_unpriced",
    "prompt_tokens",
    "completion_tokens",
    "cost_usd",
    "busy_seconds",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallTally:
    """What one stage asked of one model on one day."""

    day: str
    """UTC, `2026-11-23`."""
    stage: str
    provider: str
    model: str
    n_answered: int = 0
    n_refused: int = 0
    """Tries the server would refuse again, such as a request it does not understand."""
    n_failed: int = 0
    """Had all their tries."""
    n_unpriced: int = 0
    """Answered, but the model's price is not in settings."""
    prompt_tokens: int = 0
    """As the server counted them."""
    completion_tokens: int = 0
    """As the server counted them."""
    cost_usd: float = 0.0
    """At the prices in settings when it was answered."""
    busy_seconds: float = 0.0
    """Time a run waited for these answers, many at once; for throughput."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedCall:
    """One request without an answer; the next run asks it again."""

    key: str
    stage: str
    provider: str
    model: str
    question: str
    """Beginning of the last message."""
    reason: str
    is_refused: bool
    """The server refused it for what it is; else it had all its tries."""
    failed_at: float
    """Unix seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidReply:
    """One reply and its price."""

    reply: StoredReply
    cost_usd: float | None
    """None where the model's price is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What goes into the account together."""

    owner: str
    """Run that claimed the keys; its claims end."""
    paid: Sequence[PaidReply] = ()
    failed: Sequence[FailedCall] = ()
    wasted: Sequence[PaidReply] = ()
    """Answers that were paid for and cannot be used; they are counted, not kept."""
    busy_seconds: float = 0.0
    is_limited: bool = False
    """The claims reserve money, which is free again with each reply."""
    is_synced: bool = True
    """Wait until the disk has it and all that came before; else the death of the process cannot
    lose it, but a power cut can."""
    replaced_before: float = 0.0
    """Unix seconds; stored replies older than this give way."""


def settle(database: Database, settlement: Settlement) -> None:
    """Store replies, failures and what they cost in one transaction.

    Raises:
        StorageError: Nothing of it was stored.
    """
    with database.write(durable=settlement.is_synced) as connection:
        settle_within(connection, settlement)


def settle_within(connection: sa.Connection, settlement: Settlement) -> None:
    """Do the same inside a transaction."""
    fresh = [each.reply for each in settlement.paid]
    if fresh:
        insert_replies(connection, fresh, replaced_before=settlement.replaced_before)
    if settlement.failed:
        _insert_failures(connection, settlement.failed)
    _add_tallies(connection, _tallies(settlement))
    ended = [each.key for each in settlement.failed]
    if settlement.is_limited:  # else a reply speaks for itself, and saves the work here
        ended += [reply.key for reply in fresh]
    if ended:
        delete_claims(connection, settlement.owner, ended)


def read_calls(database: Database) -> list[CallTally]:
    """List the account, oldest day first."""
    query = sa.select(calls).order_by(*(calls.c[name] for name in _PLACE))
    with database.read() as connection:
        return [CallTally(**row) for row in connection.execute(query).mappings()]


def spent_usd(database: Database) -> float:
    """Return what the project has spent on model calls so far."""
    with database.read() as connection:
        return connection.execute(sa.select(sa.func.sum(calls.c.cost_usd))).scalar() or 0.0


def count_failed_calls(database: Database) -> int:
    """Count requests that have no answer."""
    query = sa.select(sa.func.count()).select_from(failed_calls).where(~_has_reply())
    with database.read() as connection:
        return connection.execute(query).scalar_one()


def list_failed_calls(database: Database, *, stage: str | None = None) -> list[FailedCall]:
    """List requests that have no answer, oldest first."""
    query = (
        sa.select(failed_calls)
        .where(~_has_reply())
        .order_by(failed_calls.c.failed_at, failed_calls.c.key)
    )
    if stage is not None:
        query = query.where(failed_calls.c.stage == stage)
    with database.read() as connection:
        return [FailedCall(**row) for row in connection.execute(query).mappings()]


_PLACE = ("day", "stage", "provider", "model")


def _has_reply() -> sa.Exists:
    return sa.exists().where(
        replies.c.key == failed_calls.c.key, replies.c.answered_at >= failed_calls.c.failed_at
    )


def _insert_failures(connection: sa.Connection, failed: Sequence[FailedCall]) -> None:
    statement = insert_into(connection, failed_calls)
    newer = {
        name: statement.excluded[name] for name in ("stage", "reason", "is_refused", "failed_at")
    }
    connection.execute(
        statement.on_conflict_do_update(index_elements=["key"], set_=newer),
        [asdict(each) for each in failed],
    )


def _add_tallies(connection: sa.Connection, tallies: Iterable[CallTally]) -> None:
    rows = [asdict(tally) for tally in tallies]
    if rows:
        connection.execute(_tally_upsert(connection.dialect.name), rows)


@functools.cache
def _tally_upsert(dialect: str) -> sa.Insert:
    statement = insert_for(dialect, calls)
    added = {name: calls.c[name] + statement.excluded[name] for name in COUNTERS}
    return statement.on_conflict_do_update(index_elements=list(_PLACE), set_=added)


def _tallies(settlement: Settlement) -> list[CallTally]:
    """Add up a settlement by day, stage, provider and model."""
    sums: dict[tuple[str, str, str, str], dict[str, Any]] = {}

    def counters(stage: str, provider: str, model: str, at: float) -> dict[str, Any]:
        day = datetime.fromtimestamp(at, UTC).date().isoformat()
        return sums.setdefault((day, stage, provider, model), dict.fromkeys(COUNTERS, 0))

    for is_kept, paid in (
        *((True, each) for each in settlement.paid),
        *((False, each) for each in settlement.wasted),
    ):
        reply = paid.reply
        counts = counters(reply.stage, reply.provider, reply.model, reply.answered_at)
        counts["n_answered"] += is_kept
        counts["n_unpriced"] += paid.cost_usd is None
        counts["cost_usd"] += paid.cost_usd or 0.0
        counts["prompt_tokens"] += reply.prompt_tokens
        counts["completion_tokens"] += reply.completion_tokens
    for failed in settlement.failed:
        counts = counters(failed.stage, failed.provider, failed.model, failed.failed_at)
        counts["n_refused" if failed.is_refused else "n_failed"] += 1
    for counts in list(sums.values())[:1]:
        counts["busy_seconds"] += settlement.busy_seconds
    return [
        CallTally(day=day, stage=stage, provider=provider, model=model, **counts)
        for (day, stage, provider, model), counts in sums.items()
    ]
