"""Records to columns and back."""

import re
from collections.abc import Iterator
from heapq import merge
from typing import Any

import pyarrow as pa

from chatmill.records import Conversation, Message
from chatmill.text.language import detect_language

Row = tuple[Conversation, Message]
"""The conversation a message belongs to (without messages), and the message."""

SCHEMA = pa.schema(
    [
        pa.field("conversation_id", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("platform", pa.string(), nullable=False),
        pa.field("title", pa.string(), nullable=False),
        pa.field("language", pa.string(), nullable=False),
        pa.field("position", pa.int64(), nullable=False),
        pa.field("message_id", pa.string(), nullable=False),
        pa.field("speaker", pa.string(), nullable=False),
        pa.field("role", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("sent_at", pa.string(), nullable=False),
        pa.field("text", pa.string(), nullable=False),
        pa.field("original", pa.string(), nullable=False),
        pa.field("reply_to", pa.string()),
        pa.field("attachments", pa.list_(pa.string()), nullable=False),
    ]
)
"""One row a message; `position` counts the rows of a part from 0."""

_MESSAGE_COLUMNS = (
    "message_id",
    "speaker",
    "role",
    "kind",
    "sent_at",
    "text",
    "original",
    "reply_to",
    "attachments",
)
LANGUAGE_SAMPLE_CHARACTERS = 20_000
"""Text looked at to name a conversation's language."""

_DATED = re.compile(r"^\d{4}-\d{2}-\d{2}")
_UNDATED = "~"
"""Sorts after every date: what has none stays at the end."""
_MINUTE_CHARACTERS = 16


def table_of(rows: list[Row], first_position: int) -> pa.Table:
    """Turn messages into a table of `SCHEMA`.

    Args:
        rows: Messages with their conversations.
        first_position: Rows the part has before these.
    """
    headers = [header for header, _ in rows]
    messages = [message for _, message in rows]
    columns: dict[str, Any] = {
        "conversation_id": [header.id for header in headers],
        "source": [header.source for header in headers],
        "platform": [header.platform for header in headers],
        "title": [header.title for header in headers],
        "language": [header.language for header in headers],
        "position": range(first_position, first_position + len(rows)),
        "message_id": [message.id for message in messages],
        "speaker": [message.speaker for message in messages],
        "role": [message.role for message in messages],
        "kind": [message.kind for message in messages],
        "sent_at": [message.sent_at for message in messages],
        "text": [message.text for message in messages],
        "original": [message.original for message in messages],
        "reply_to": [message.reply_to for message in messages],
        "attachments": [message.attachments for message in messages],
    }
    return pa.table(columns, schema=SCHEMA)


def conversations_of(table: pa.Table, order: list[str]) -> Iterator[Conversation]:
    """Build conversations from their rows.

    Args:
        table: Rows of `SCHEMA` with a column `part`, sorted by part and position.
        order: Ids of the conversations in the table, in the order wanted.
    """
    columns = {name: _values(table, name) for name in ("conversation_id", "part")}
    messages = _messages(table)
    rows_of: dict[str, list[int]] = {conversation_id: [] for conversation_id in order}
    for at, conversation_id in enumerate(columns["conversation_id"]):
        rows_of[conversation_id].append(at)
    for conversation_id, rows in rows_of.items():
        pieces: dict[str, list[Message]] = {}
        for at in rows:
            pieces.setdefault(columns["part"][at], []).append(messages[at])
        header = table.slice(rows[0], 1).select(["source", "platform", "title", "language"])
        merged = _merge(list(pieces.values()))
        first = header.to_pylist()[0]
        first["language"] = first["language"] or detect_language(_sample(merged))
        yield Conversation(id=conversation_id, messages=tuple(merged), **first)


def _messages(table: pa.Table) -> list[Message]:
    columns = [_values(table, name) for name in _MESSAGE_COLUMNS]
    return [
        Message(
            id=name,
            speaker=speaker,
            role=role,
            kind=kind,
            sent_at=sent_at,
            text=text,
            original=original,
            reply_to=reply_to,
            attachments=tuple(attachments),
        )
        for name, speaker, role, kind, sent_at, text, original, reply_to, attachments in zip(
            *columns, strict=True
        )
    ]


def _values(table: pa.Table, name: str) -> list[Any]:
    """Return a column as Python values; what repeats in most rows is one object."""
    column = table.column(name)
    if name not in ("conversation_id", "part", "speaker", "role", "kind", "sent_at", "original"):
        values: list[Any] = column.to_pylist()
        return values
    encoded = column.combine_chunks().dictionary_encode()
    words = encoded.dictionary.to_pylist()
    return [words[at] for at in encoded.indices.to_pylist()]


def _merge(pieces: list[list[Message]]) -> list[Message]:
    """Merge the parts of a conversation by time; inside a part nothing changes places."""
    if len(pieces) == 1:
        return pieces[0]
    keyed = (zip(_merge_keys(piece), piece, strict=True) for piece in pieces)
    return [message for _, message in merge(*keyed, key=lambda pair: pair[0])]


def _merge_keys(messages: list[Message]) -> list[str]:
    """Give each message the latest minute up to it; what stands before any date takes the first."""
    minutes = [
        message.sent_at[:_MINUTE_CHARACTERS].replace("T", " ")
        if _DATED.match(message.sent_at)
        else ""
        for message in messages
    ]
    latest = next((minute for minute in minutes if minute), _UNDATED)
    keys = []
    for minute in minutes:
        latest = max(latest, minute)
        keys.append(latest)
    return keys


def _sample(messages: list[Message]) -> str:
    texts: list[str] = []
    n_characters = 0
    for message in messages:
        if message.kind != "text":
            continue
        texts.append(message.text)
        n_characters += len(message.text)
        if n_characters >= LANGUAGE_SAMPLE_CHARACTERS:
            break
    return "\n".join(texts)
