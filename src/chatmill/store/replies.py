"""Replies of models, stored the moment they arrive, so that nothing is paid for twice."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from chatmill.store.database import Database
from chatmill.store.tables import replies

KEYS_PER_QUERY = 500
"""Stays below every database's limit on bound values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReply:
    """One reply and the key of everything that determined it."""

    key: str
    """See `chatmill.models.requests.reply_key`."""
    stage: str
    """Stage that paid for it."""
    model: str
    text: str
    finish_reason: str
    prompt_tokens: int
    completion_tokens: int


def read_replies(database: Database, keys: Sequence[str]) -> dict[str, StoredReply]:
    """Return the replies there are, by key."""
    found: dict[str, StoredReply] = {}
    with database.read() as connection:
        for start in range(0, len(keys), KEYS_PER_QUERY):
            query = sa.select(replies).where(
                replies.c.key.in_(keys[start : start + KEYS_PER_QUERY])
            )
            for row in connection.execute(query).mappings():
                found[row["key"]] = _from_row(row)
    return found


def save_reply(database: Database, reply: StoredReply) -> None:
    """Store a reply; where its key has one already, the older one stays."""
    with database.write() as connection:
        known = connection.execute(sa.select(replies.c.key).where(replies.c.key == reply.key))
        if known.first() is not None:
            return
        content = {"text": reply.text, "finish_reason": reply.finish_reason}
        connection.execute(
            sa.insert(replies).values(
                key=reply.key,
                stage=reply.stage,
                model=reply.model,
                reply=json.dumps(content, ensure_ascii=False),
                prompt_tokens=reply.prompt_tokens,
                completion_tokens=reply.completion_tokens,
            )
        )


def _from_row(row: sa.RowMapping) -> StoredReply:
    content = json.loads(row["reply"])
    return StoredReply(
        key=row["key"],
        stage=row["stage"],
        model=row["model"],
        text=content["text"],
        finish_reason=content["finish_reason"],
        prompt_tokens=row["prompt_tokens"],
        completion_tokens=row["completion_tokens"],
    )
