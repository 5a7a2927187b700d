"""Turns one object of a Slack day file into a message, or says why it is none."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chatmill.importers.assembly import RAW_CHARACTERS
from chatmill.importers.json_fields import entries, fields, words
from chatmill.importers.media import kind_of_file
from chatmill.importers.slack.directory import SLACKBOT, Directory
from chatmill.importers.slack.markup import decoded, fallback_text, readable
from chatmill.importers.times import from_epoch
from chatmill.records import Kind, Message, Role
from chatmill.settings import ImportSettings

CALLS = frozenset({"huddle_thread", "sh_room_created", "sh_room_shared"})
BOTS = frozenset({"bot_message", "slackbot_response"})
SYSTEM = re.compile(
    r"channel_|group_(?!message)|mpim_|tabbed_canvas|joiner_|pinned_|unpinned_|reminder_"
    r"|bot_(?!message)|app_conversation_|ekm_|list_record_|document_"
)
"""How the subtypes of Slack's own lines begin; all others are somebody's words."""
_STAMP = re.compile(r"(\d{10})\.(\d{6})", re.ASCII)
_UPLOADED = re.compile(r"<@[^>]+> (?:uploaded|shared|commented on) [^:]{0,80}: <[^>]+>")
_COMMENTED = " and commented: "


@dataclass(frozen=True, slots=True)
class Unusable:
    """Why an entry is no message, and what stands there."""

    reason: str
    raw: str


def stamp_number(stamp: str) -> int:
    """Return the microseconds of a well-written `ts`, the id of a message; -1 for others."""
    found = _STAMP.fullmatch(stamp)
    return int(found[1] + found[2]) if found else -1


def read_message(entry: Any, directory: Directory, settings: ImportSettings) -> Message | Unusable:  # noqa: ANN401 - whatever stands in the file
    """Read one entry of a day file.

    Args:
        entry: The entry.
        directory: Names of the workspace.
        settings: Name the time zone.
    """
    raw = fields(entry)
    stamp = words(raw.get("ts"))
    if not stamp or raw.get("type", "message") != "message":
        return _unusable("not a message of Slack", entry)
    subtype = words(raw.get("subtype"))
    sent_at = _sent_at(stamp, settings)
    if SYSTEM.match(subtype):
        return Message(
            id=stamp,
            speaker="",
            role="system",
            kind="system",
            sent_at=sent_at,
            text=readable(words(raw.get("text")), directory),
        )
    speaker, role = _speaker(raw, subtype, directory)
    kind, text, attachments = _content(raw, subtype, directory)
    if not text and kind == "text":
        return _unusable("a message without words or files", entry)
    thread = words(raw.get("thread_ts"))
    return Message(
        id=stamp,
        speaker=speaker,
        role=role,
        kind=kind,
        sent_at=sent_at,
        text=text,
        reply_to=thread if thread and thread != stamp else None,
        attachments=attachments,
    )


def learn_profile(entry: Any, directory: Directory) -> None:  # noqa: ANN401 - whatever stands in the file
    """Learn the name of a user no list has from the profile beside their message."""
    raw = fields(entry)
    user_id = words(raw.get("user"))
    if user_id and "user_profile" in raw and not directory.people.known(user_id):
        profile = fields(raw["user_profile"])
        directory.name_user(user_id, {"name": profile.get("name"), "profile": profile})


def _unusable(reason: str, entry: Any) -> Unusable:  # noqa: ANN401 - whatever stands in the file
    return Unusable(reason, json.dumps(entry, ensure_ascii=False)[:RAW_CHARACTERS])


def _sent_at(stamp: str, settings: ImportSettings) -> str:
    try:
        return from_epoch(float(stamp), settings)
    except ValueError:
        return ""


def _speaker(raw: Mapping[str, Any], subtype: str, directory: Directory) -> tuple[str, Role]:
    if subtype == "file_comment":
        comment_user = words(fields(raw.get("comment")).get("user"))
        return directory.people.known(comment_user) or comment_user, directory.role(comment_user)
    user_id, bot_id = words(raw.get("user")), words(raw.get("bot_id"))
    if subtype == "tombstone" and user_id == SLACKBOT:  # stands for somebody whose name is gone
        return "", "unknown"
    known = directory.people.known(user_id)
    if not known:
        learn_profile(raw, directory)
        known = directory.people.known(user_id)
    is_bot = subtype in BOTS or (bool(bot_id) and user_id not in directory.users)
    if not is_bot:
        return known or user_id or decoded(words(raw.get("username"))), directory.role(user_id)
    shown = decoded(words(raw.get("username"))) or words(fields(raw.get("bot_profile")).get("name"))
    return shown or known or user_id or bot_id, "bot"


def _content(
    raw: Mapping[str, Any], subtype: str, directory: Directory
) -> tuple[Kind, str, tuple[str, ...]]:
    """Return the kind, the words and the names of files of a message."""
    text = words(raw.get("text"))
    if subtype == "tombstone":
        return "deleted", readable(text, directory), ()
    if subtype in CALLS:
        return "call", readable(text, directory), ()
    if subtype == "file_comment":
        text = words(fields(raw.get("comment")).get("comment")) or text
    files = [fields(each) for each in entries(raw.get("files"))]
    if "file" in raw:
        files.append(fields(raw["file"]))
    if files and _UPLOADED.match(text):
        comment = words(fields(files[0].get("initial_comment")).get("comment"))
        text = comment or text.partition(_COMMENTED)[2]
    text = readable(text, directory)
    if not text.strip() and not files:
        text = fallback_text(raw, directory)
    if not files:
        return "text", text, ()
    kept = [each for each in files if each.get("mode") not in ("tombstone", "hidden_by_limit")]
    names = tuple(filter(None, map(_file_name, kept)))
    return "text" if text.strip() else _kind(kept), text if text.strip() else "", names


def _kind(files: list[Mapping[str, Any]]) -> Kind:
    if not files:
        return "deleted"
    kinds = {kind_of_file(_file_name(each), words(each.get("mimetype"))) for each in files}
    return kinds.pop() if len(kinds) == 1 else "file"


def _file_name(file: Mapping[str, Any]) -> str:
    keys = ("name", "title", "url_private", "id")
    return next((name for name in (words(file.get(key)) for key in keys) if name), "")
