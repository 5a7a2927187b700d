"""Turns one object of a Discord export into a message, or says why it is none."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from chatmill.importers.assembly import RAW_CHARACTERS, reject
from chatmill.importers.base import ExportFile
from chatmill.importers.json_fields import entries, fields, name_of, words
from chatmill.importers.media import kind_of_files
from chatmill.importers.people import People
from chatmill.importers.times import from_epoch, from_iso
from chatmill.records import Kind, Message, Rejection

SPOKEN = frozenset(
    {"", "Default", "Reply", "ChatInputCommand", "ContextMenuCommand", "0", "19", "20", "23"}
)
"""Types of messages that somebody wrote; all others are Discord's own lines."""
_TAG = re.compile(r"<(@[!&]?|#|a?:\w+:|t:)(-?\d{1,20})(?::[A-Za-z])?>", re.ASCII)


@dataclass(slots=True, kw_only=True)
class Channel:
    """A channel while it is read."""

    file: ExportFile
    people: People
    id: str = ""


def read_message(channel: Channel, line: int, entry: Any) -> Message | Rejection:  # noqa: ANN401 - whatever stands in the file
    """Read one entry of `messages`.

    Args:
        channel: The channel it stands in.
        line: Its line, from 1.
        entry: The entry.
    """
    raw = fields(entry)
    name = name_of(raw.get("id"))
    if not name:
        return _refuse(channel, line, "a message without an id", entry)
    author = fields(raw.get("author"))
    speaker = _name(channel, author)
    sent_at = from_iso(words(raw.get("timestamp")), channel.file.settings)
    kind_name = name_of(raw.get("type"))
    text = _readable(words(raw.get("content")), raw, channel)
    if kind_name in ("Call", "3"):
        return Message(id=name, speaker=speaker, kind="call", sent_at=sent_at, text=text)
    if kind_name not in SPOKEN:
        return Message(
            id=name,
            speaker="",
            role="system",
            kind="system",
            sent_at=sent_at,
            text=": ".join(filter(None, (speaker, text or kind_name))),
        )
    kind, text, attachments = _content(raw, text, channel)
    if not text and kind == "text":
        return _refuse(channel, line, "a message without words or files", entry)
    return Message(
        id=name,
        speaker=speaker,
        role="bot" if author.get("isBot") is True else "unknown",
        kind=kind,
        sent_at=sent_at,
        text=text,
        reply_to=_reply_to(raw, channel),
        attachments=attachments,
    )


def _refuse(channel: Channel, line: int, reason: str, entry: Any) -> Rejection:  # noqa: ANN401 - whatever stands in the file
    raw = json.dumps(entry, ensure_ascii=False)[:RAW_CHARACTERS]
    return reject(channel.file, line, reason, raw)


def _name(channel: Channel, user: Mapping[str, Any]) -> str:
    name = words(user.get("name"))
    return channel.people.name(
        name_of(user.get("id")), words(user.get("nickname")).strip() or name, name
    )


def _reply_to(raw: Mapping[str, Any], channel: Channel) -> str | None:
    reference = fields(raw.get("reference"))
    channel_id = name_of(reference.get("channelId"))
    is_elsewhere = channel_id and channel.id and channel_id != channel.id
    if is_elsewhere or reference.get("type") == "Forward":
        return None
    return name_of(reference.get("messageId")) or None


def _content(
    raw: Mapping[str, Any], text: str, channel: Channel
) -> tuple[Kind, str, tuple[str, ...]]:
    """Return the kind, the words and the names of files, of a forwarded message's its own."""
    forwarded = fields(raw.get("forwardedMessage"))
    text = text if text.strip() else _readable(words(forwarded.get("content")), raw, channel)
    files = [*entries(raw.get("attachments")), *entries(forwarded.get("attachments"))]
    names = tuple(filter(None, map(_file_name, map(fields, files))))
    if text.strip():
        return "text", text, names
    if files:
        return kind_of_files(names), "", names
    stickers = [*entries(raw.get("stickers")), *entries(forwarded.get("stickers"))]
    if stickers:
        return "emoticon", ", ".join(words(fields(each).get("name")) for each in stickers), ()
    embeds = [*entries(raw.get("embeds")), *entries(forwarded.get("embeds"))]
    return "text", "\n".join(filter(None, map(_embed_text, map(fields, embeds)))), ()


def _file_name(file: Mapping[str, Any]) -> str:
    return words(file.get("fileName")) or words(file.get("url"))


def _embed_text(embed: Mapping[str, Any]) -> str:
    return "\n".join(filter(None, _embed_lines(embed)))


def _embed_lines(embed: Mapping[str, Any]) -> Iterator[str]:
    yield words(embed.get("title"))
    yield words(embed.get("description"))
    for field in map(fields, entries(embed.get("fields"))):
        yield ": ".join(filter(None, (words(field.get("name")), words(field.get("value")))))
    if not embed.get("title") and not embed.get("description"):
        yield words(embed.get("url"))


def _readable(text: str, raw: Mapping[str, Any], channel: Channel) -> str:
    """Turn ids the exporter was told to leave into names; ids nobody knows stay."""
    if "<" not in text:
        return text
    for user in map(fields, entries(raw.get("mentions"))):
        _name(channel, user)

    def words_of(tag: re.Match[str]) -> str:
        sign, number = tag[1], tag[2]
        if sign in ("@", "@!"):
            known = channel.people.known(number)
            return f"@{known}" if known else tag[0]
        if sign == "@&":
            role = _role_name(number, raw)
            return f"@{role}" if role else tag[0]
        if sign == "t:":
            return from_epoch(int(number), channel.file.settings) or tag[0]
        return tag[0] if sign == "#" else sign.removeprefix("a")

    return _TAG.sub(words_of, text)


def _role_name(role_id: str, raw: Mapping[str, Any]) -> str:
    users = [raw.get("author"), *entries(raw.get("mentions"))]
    for user in map(fields, users):
        for role in map(fields, entries(user.get("roles"))):
            if name_of(role.get("id")) == role_id:
                return words(role.get("name"))
    return ""
