"""Records to columns and back."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from heapq import merge
from operator import attrgetter, gt, lt
from typing import Any, TypeAlias

import pyarrow as pa

from chatmill.records import Conversation, Message
from chatmill.text.language import detect_language

Row = tuple[Conversation, Message]
"""The conversation a message belongs to (without messages), and the message."""

Table: TypeAlias = pa.Table

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

_POSITION = SCHEMA.get_field_index("position")
UNPLACED_SCHEMA = SCHEMA.remove(_POSITION)
"""What is known of messages before they have their place in a part."""

_HEADER_FIELDS = {
    "conversation_id": "id",
    "source": "source",
    "platform": "platform",
    "title": "title",
    "language": "language",
}
_MESSAGE_FIELDS = {
    "message_id": "id",
    "speaker": "speaker",
    "role": "role",
    "kind": "kind",
    "sent_at": "sent_at",
    "text": "text",
    "original": "original",
    "reply_to": "reply_to",
    "attachments": "attachments",
}
_REPEATED = frozenset({"conversation_id", "part", "speaker", "role", "kind", "sent_at", "original"})
BUILT_AT_ONCE = 20_000
"""Rows whose columns are Python values at the same time."""
LANGUAGE_SAMPLE_CHARACTERS = 20_000
"""Text looked at to name a conversation's language."""

_DATED = re.compile(r"^\d{4}-\d{2}-\d{2}")
_UNDATED = "~"
"""Sorts after every date: what has none stays at the end."""
_MINUTE_CHARACTERS = 16

PART_NAME = re.compile(r"(?:^|[/\\])(\d{6,})-([^/\\]+)\.parquet$")
"""Number and name of a part."""
SpeakerOverlay = Mapping[str, Mapping[tuple[str, str], str]]
"""Conversation id → (name of a part, or empty for any; speaker) → what to call the speaker."""


def source_of(address: str) -> str:
    """Return the name a part was written under, from where it lies."""
    found = PART_NAME.search(address)
    return found[2] if found else ""


def table_of(rows: Sequence[Row]) -> pa.Table:
    """Turn messages with their conversations into a table of `SCHEMA` without its `position`."""
    headers = [header for header, _ in rows]
    messages = [message for _, message in rows]
    columns: dict[str, Any] = {
        name: list(map(attrgetter(field), headers)) for name, field in _HEADER_FIELDS.items()
    }
    columns |= {
        name: list(map(attrgetter(field), messages)) for name, field in _MESSAGE_FIELDS.items()
    }
    return pa.table(columns, schema=UNPLACED_SCHEMA)


def placed(table: pa.Table, first_position: int) -> pa.Table:
    """Give a table of `UNPLACED_SCHEMA` its `position`.

    Args:
        table: Some rows of a part.
        first_position: Rows the part has before these.
    """
    positions = pa.array(range(first_position, first_position + len(table)), pa.int64())
    return table.add_column(_POSITION, SCHEMA.field(_POSITION), positions)


def conversations_of(
    table: pa.Table, order: list[str], names: SpeakerOverlay | None = None
) -> Iterator[Conversation]:
    """Build conversations from their rows.

    Args:
        table: Rows of `SCHEMA` with a column `part`, sorted by part and position.
        order: Ids of the conversations in the table, in the order wanted.
        names: What some speakers are called in place of their exported names.
    """
    names = names or {}
    pieces: dict[str, dict[str, list[Message]]] = {conversation_id: {} for conversation_id in order}
    headers: dict[str, dict[str, str]] = {}
    words: dict[str, str] = {}
    for start in range(0, len(table), BUILT_AT_ONCE):
        rows = table.slice(start, BUILT_AT_ONCE)
        ids, parts = (_values(rows, name, words) for name in ("conversation_id", "part"))
        for at, (conversation_id, part, message) in enumerate(
            zip(ids, parts, _messages(rows, words), strict=True)
        ):
            if conversation_id not in headers:
                header = rows.slice(at, 1).select(["source", "platform", "title", "language"])
                headers[conversation_id] = header.to_pylist()[0]
            if conversation_id in names:
                message = _renamed(message, part, names[conversation_id])  # noqa: PLW2901 - the same message
            pieces[conversation_id].setdefault(part, []).append(message)
    for conversation_id in order:
        merged = _merge(list(pieces.pop(conversation_id).values()))
        header = headers[conversation_id]
        header["language"] = header["language"] or detect_language(_sample(merged))
        yield Conversation(id=conversation_id, messages=tuple(merged), **header)


def shown_name(speaker: str, part: str, names: Mapping[tuple[str, str], str]) -> str:
    """Return what a speaker of a part is called.

    Args:
        speaker: Name as exported.
        part: Where the part lies.
        names: The conversation's share of a `SpeakerOverlay`.
    """
    return names.get((source_of(part), speaker)) or names.get(("", speaker)) or speaker


def _renamed(message: Message, part: str, names: Mapping[tuple[str, str], str]) -> Message:
    name = shown_name(message.speaker, part, names)
    return message if name == message.speaker else replace(message, speaker=name)


def _messages(table: pa.Table, words: dict[str, str]) -> Iterator[Message]:
    columns = [_values(table, name, words) for name in _MESSAGE_FIELDS]
    for name, speaker, role, kind, sent_at, text, original, reply_to, attachments in zip(
        *columns, strict=True
    ):
        yield Message(
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


def _values(table: pa.Table, name: str, words: dict[str, str]) -> list[Any]:
    """Return a column as Python values; what repeats in most rows is one object.

    Args:
        table: Some rows.
        name: Of the column.
        words: What repeated so far; grows.
    """
    column = table.column(name)
    if name not in _REPEATED:
        values: list[Any] = column.to_pylist()
        return values
    encoded = column.combine_chunks().dictionary_encode()
    known = [words.setdefault(word, word) for word in encoded.dictionary.to_pylist()]
    return [known[at] for at in encoded.indices.to_pylist()]


def _merge(pieces: list[list[Message]]) -> list[Message]:
    """Merge the parts of a conversation by time; inside a part nothing changes places.

    Only a part that stands newest first, as tables often do, is turned around.
    """
    pieces = [_oldest_first(piece) for piece in pieces]
    if len(pieces) == 1:
        return pieces[0]
    keyed = (zip(_merge_keys(piece), piece, strict=True) for piece in pieces)
    return [message for _, message in merge(*keyed, key=lambda pair: pair[0])]


def _oldest_first(messages: list[Message]) -> list[Message]:
    dated = [message.sent_at for message in messages if _DATED.match(message.sent_at)]
    if not dated or dated[0] <= dated[-1]:
        return messages
    n_falls = sum(map(gt, dated, dated[1:]))
    n_rises = sum(map(lt, dated, dated[1:]))
    return messages[::-1] if n_falls > n_rises else messages


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


def pack(table: pa.Table) -> bytes:
    """Write a table as an Arrow stream."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    written: bytes = sink.getvalue().to_pybytes()
    return written


def unpack(data: bytes | memoryview) -> pa.Table:
    """Read a table that `pack` wrote."""
    with pa.ipc.open_stream(pa.py_buffer(data)) as reader:
        return reader.read_all()
