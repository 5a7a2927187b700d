"""Replies of models, stored the moment they arrive, so that nothing is paid for twice."""

import functools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from chatmill.store.database import Database
from chatmill.store.tables import replies
from chatmill.store.upsert import insert_for

_DECODER = json.JSONDecoder()
KEYS_PER_QUERY = 500
"""Stays below every database's limit on bound values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReply:
    """One reply and the key of everything that determined it."""

    key: str
    """See `chatmill.models.requests.reply_key`."""
    stage: str
    """Stage that paid for it."""
    provider: str = ""
    """Who answered, by its name in settings; empty in projects of the first release."""
    model: str
    text: str
    finish_reason: str
    prompt_tokens: int
    completion_tokens: int
    answered_at: float = 0.0
    """Unix seconds; 0 in projects of the first release."""


def read_replies(
    database: Database, keys: Sequence[str], *, answered_since: float = 0.0
) -> dict[str, StoredReply]:
    """Return the replies there are, by key.

    Args:
        database: The project's.
        keys: Of the requests.
        answered_since: Unix seconds; older replies count as missing.
    """
    with database.read() as connection:
        return find_replies(connection, keys, answered_since)


def find_replies(
    connection: sa.Connection, keys: Sequence[str], answered_since: float
) -> dict[str, StoredReply]:
    """Return the replies there are, inside a transaction."""
    found: dict[str, StoredReply] = {}
    for start in range(0, len(keys), KEYS_PER_QUERY):
        query = sa.select(
            replies.c.key,
            replies.c.stage,
            replies.c.provider,
            replies.c.model,
            replies.c.reply,
            replies.c.prompt_tokens,
            replies.c.completion_tokens,
            replies.c.answered_at,
        ).where(
            replies.c.key.in_(keys[start : start + KEYS_PER_QUERY]),
            replies.c.answered_at >= answered_since,
        )
        for row in connection.execute(query).all():
            found[row[0]] = _from_row(row)
    return found


def save_reply(database: Database, reply: StoredReply) -> None:
    """Store a reply; where its key has one already, the older one stays."""
    with database.write() as connection:
        insert_replies(connection, [reply], replaced_before=0.0)


def insert_replies(
    connection: sa.Connection, fresh: Sequence[StoredReply], *, replaced_before: float
) -> None:
    """Store replies inside a transaction.

    Args:
        connection: In a write transaction.
        fresh: At least one.
        replaced_before: Unix seconds; an older reply of the same key gives way, a newer stays.
    """
    if replaced_before > 0:
        keys = [reply.key for reply in fresh]
        outdated = replies.c.key.in_(keys) & (replies.c.answered_at < replaced_before)
        connection.execute(sa.delete(replies).where(outdated))
    statement = _insert_statement(connection.dialect.name)
    connection.execute(statement, [_to_row(reply) for reply in fresh])


@functools.cache
def _insert_statement(dialect: str) -> sa.Insert:
    return insert_for(dialect, replies).on_conflict_do_nothing()


def _to_row(reply: StoredReply) -> dict[str, Any]:
    content = {"text": reply.text, "finish_reason": reply.finish_reason}
    return {
        "key": reply.key,
        "stage": reply.stage,
        "provider": reply.provider,
        "model": reply.model,
        "reply": json.dumps(content, ensure_ascii=False),
        "prompt_tokens": reply.prompt_tokens,
        "completion_tokens": reply.completion_tokens,
        "answered_at": reply.answered_at,
    }


def _from_row(row: Any) -> StoredReply:  # noqa: ANN401 - eight columns, in the order selected
    key, stage, provider, model, reply, prompt_tokens, completion_tokens, answered_at = row
    content, _end = _DECODER.raw_decode(reply)  # faster than json.loads; we wrote it
    return StoredReply(
        key=key,
        stage=stage,
        provider=provider,
        model=model,
        text=content["text"],
        finish_reason=content["finish_reason"],
        prompt_tokens=prompt_tokens,
        completion_tokens=completion_tokens,
        answered_at=answered_at,
    )
