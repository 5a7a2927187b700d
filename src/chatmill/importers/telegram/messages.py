"""Turns one object of a Telegram export into a message, or says why it is none."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from chatmill.importers.admission import Admission
from chatmill.importers.assembly import RAW_CHARACTERS, reject
from chatmill.importers.base import ExportFile
from chatmill.importers.json_fields import entries, fields, name_of, words
from chatmill.importers.media import kind_of_file
from chatmill.importers.people import People
from chatmill.importers.times import from_epoch, from_iso
from chatmill.records import Kind, Message, Rejection

DELETED = "Deleted Account"
"""What Telegram calls somebody who is gone; the export says null."""
QUARTER_SECONDS = 900
"""Offsets of time zones are whole quarters of an hour."""
LARGEST_OFFSET_SECONDS = 14 * 3600
_DAY_SECONDS = 86_400
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - compared with wall times, which have no zone
_KINDS: dict[str, Kind] = {
    "sticker": "emoticon",
    "voice_message": "voice",
    "video_message": "video",
    "video_file": "video",
    "animation": "video",
    "audio_file": "file",
}
_CALLS = frozenset({"phone_call", "group_call", "conference_call"})
_NOTICES = frozenset(
    {
        "poll", "location_information", "place_name", "game_title", "invoice_information",
        "todo_list", "giveaway_information",
    }
)  # fmt: skip
"""Fields of what is neither words nor a file."""
_DETAILS = ("title", "new_title", "information_text", "text", "emoticon", "inviter", "amount")
"""Fields that say more of a system line."""


@dataclass(slots=True, kw_only=True)
class Chat:
    """A chat while it is read."""

    file: ExportFile
    admission: Admission
    people: People
    id: str = ""
    title: str = ""
    type: str = ""


def read_message(chat: Chat, line: int, item: Any) -> Message | Rejection:  # noqa: ANN401 - whatever stands in the file
    """Read one entry of a chat's `messages`.

    Args:
        chat: The chat it stands in.
        line: Its line, from 1.
        item: The entry.
    """
    message = fields(item)
    name = name_of(message.get("id"))
    if not name:
        return _refuse(chat, line, "a message without an id", item)
    if message.get("type") == "service":
        return _read_service(chat, name, message)
    if message.get("type") == "unsupported":
        return _refuse(chat, line, "Telegram could not export this message", item)
    text = joined_text(message.get("text")) or joined_text(message.get("text_entities"))
    media, attachments = _media(message)
    kind: Kind = "text"
    if not text.strip():
        kind, text = _without_words(message, media)
        if not text and media is None:
            return _refuse(chat, line, "a message without words or files", item)
    speaker_id = name_of(message.get("from_id"))
    return Message(
        id=name,
        speaker=_speaker(chat, speaker_id, message.get("from")),
        role="bot" if chat.type == "bot_chat" and speaker_id == f"user{chat.id}" else "unknown",
        kind=kind,
        sent_at=_sent_at(chat, message),
        text=text,
        reply_to=_reply_to(message),
        attachments=attachments,
    )


def joined_text(value: Any) -> str:  # noqa: ANN401 - whatever stands in the file
    """Put a text together from its parts; a link under words keeps its address behind them."""
    if isinstance(value, str):
        return value
    return "".join(map(_part, entries(value)))


def _part(part: Any) -> str:  # noqa: ANN401 - whatever stands in the file
    if isinstance(part, str):
        return part
    text = words(fields(part).get("text"))
    address = words(fields(part).get("href"))
    if not address or address.rstrip("/") in (text, text.rstrip("/")):
        return text
    return f"{text} ({address})"


def _refuse(chat: Chat, line: int, reason: str, item: Any) -> Rejection:  # noqa: ANN401 - whatever stands in the file
    return reject(chat.file, line, reason, json.dumps(item, ensure_ascii=False)[:RAW_CHARACTERS])


def _speaker(chat: Chat, person_id: str, name: Any) -> str:  # noqa: ANN401 - whatever stands in the file
    return chat.people.name(person_id, words(name) or DELETED)


def _reply_to(message: Mapping[str, Any]) -> str | None:
    if "reply_to_peer_id" in message:  # a message of another chat
        return None
    return name_of(message.get("reply_to_message_id")) or None


def _read_service(chat: Chat, name: str, message: Mapping[str, Any]) -> Message:
    action = words(message.get("action"))
    actor_id = name_of(message.get("actor_id"))
    actor = words(message.get("actor"))
    sent_at = _sent_at(chat, message)
    if action in _CALLS:
        seconds = name_of(message.get("duration_seconds")) or name_of(message.get("duration"))
        parts = (action.replace("_", " "), words(message.get("discard_reason")))
        text = " ".join((*filter(None, parts), *([f"{seconds} s"] if seconds else [])))
        speaker = _speaker(chat, actor_id, actor)
        return Message(id=name, speaker=speaker, kind="call", sent_at=sent_at, text=text)
    return Message(
        id=name,
        speaker="",
        role="system",
        kind="system",
        sent_at=sent_at,
        text=" ".join(filter(None, _service_words(actor, action, message))),
    )


def _service_words(actor: str, action: str, message: Mapping[str, Any]) -> Iterator[str]:
    """Say what happened: who, what, and to whom or what."""
    yield actor
    yield action.replace("_", " ")
    for key in _DETAILS:
        yield joined_text(message.get(key)) or name_of(message.get(key))
    yield ", ".join(words(each) or DELETED for each in entries(message.get("members")))


def _media(message: Mapping[str, Any]) -> tuple[Kind | None, tuple[str, ...]]:
    """Tell what is attached and the names of files; what was not exported has none."""
    if "photo" in message:
        return "photo", _file_names(message.get("photo"))
    if "file" in message:
        names = _file_names(message.get("file_name")) or _file_names(message.get("file"))
        kind = _KINDS.get(words(message.get("media_type")))
        return kind or kind_of_file("", words(message.get("mime_type"))), names
    if "contact_information" in message:
        return "file", _file_names(message.get("contact_vcard"))
    return (None if _NOTICES.isdisjoint(message) else "notice"), ()


def _file_names(path: Any) -> tuple[str, ...]:  # noqa: ANN401 - whatever stands in the file
    name = words(path)
    is_missing = not name or (name.startswith("(") and name.endswith(")"))
    return () if is_missing else (name,)


def _without_words(message: Mapping[str, Any], media: Kind | None) -> tuple[Kind, str]:
    """Return what stands in the place of a text."""
    if media == "emoticon":
        return "emoticon", words(message.get("sticker_emoji"))
    if "poll" in message:
        poll = fields(message.get("poll"))
        answers = [joined_text(fields(each).get("text")) for each in entries(poll.get("answers"))]
        question = joined_text(poll.get("question"))
        return "notice", "\n".join([question, *(f"- {each}" for each in answers)])
    if "contact_information" in message:
        contact = fields(message.get("contact_information"))
        keys = ("first_name", "last_name", "phone_number")
        return "file", " ".join(filter(None, (words(contact.get(key)) for key in keys)))
    described = ("place_name", "address", "game_title", "game_description")
    invoice = fields(message.get("invoice_information"))
    parts = [words(message.get(key)) for key in described]
    parts += [words(invoice.get(key)) for key in ("title", "description")]
    return media or "text", ", ".join(filter(None, parts))


def _sent_at(chat: Chat, message: Mapping[str, Any]) -> str:
    """Return the exporter's wall time; the moment beside it tells its zone."""
    settings = chat.file.settings
    wall_time = words(message.get("date"))
    moment = name_of(message.get("date_unixtime"))
    if not (moment.isascii() and moment.isdigit()):
        return from_iso(wall_time, settings)
    seconds = int(moment[: len("99999999999999")])
    if settings.timezone:
        return from_epoch(seconds, settings)
    return _with_offset(wall_time, seconds) or from_epoch(seconds, settings)


def _with_offset(wall_time: str, seconds: int) -> str:
    try:
        wall = datetime.fromisoformat(wall_time)
    except ValueError:
        return ""
    if wall.tzinfo is not None:
        return ""
    since_epoch = wall - _EPOCH
    offset = since_epoch.days * _DAY_SECONDS + since_epoch.seconds - seconds
    if abs(offset) > LARGEST_OFFSET_SECONDS or offset % QUARTER_SECONDS:
        return ""
    return f"{wall.isoformat(' ', 'seconds')}{_offset_words(offset)}"


@lru_cache(maxsize=256)
def _offset_words(offset: int) -> str:
    hours, minutes = divmod(abs(offset) // 60, 60)
    return f"{'-' if offset < 0 else '+'}{hours:02d}:{minutes:02d}"
