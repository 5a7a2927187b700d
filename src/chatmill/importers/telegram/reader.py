"""Walks `result.json`: chats, their names and messages."""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing
from typing import TextIO

from chatmill.errors import UnreadableFileError
from chatmill.importers.admission import Admission
from chatmill.importers.assembly import reject
from chatmill.importers.base import ExportFile, ExportTree, Item, Room
from chatmill.importers.json_fields import name_of, words
from chatmill.importers.json_reader import BrokenJsonError, JsonReader
from chatmill.importers.people import People
from chatmill.importers.telegram.messages import DELETED, Chat, read_message
from chatmill.records import Message

MEDIA_FOLDERS = frozenset(
    {
        "chats", "contacts", "css", "files", "images", "js", "lists", "photos", "profile_pictures",
        "round_video_messages", "stickers", "stories", "video_files", "voice_messages",
    }
)  # fmt: skip
"""What Telegram puts beside the export; nothing to read in them."""
_PEERS = {
    "saved_messages": "user",
    "replies": "user",
    "verification_codes": "user",
    "personal_chat": "user",
    "bot_chat": "user",
    "private_group": "chat",
    "private_supergroup": "channel",
    "public_supergroup": "channel",
    "private_channel": "channel",
    "public_channel": "channel",
}
"""Type of a chat → what its number counts; numbers of two kinds may be the same."""
_TYPE = re.compile(rf'"type"\s*:\s*"(?:{"|".join(_PEERS)})"')
_MESSAGES = re.compile(r'"messages"\s*:\s*\[')
_ACCOUNT = re.compile(
    r'\A\s*\{\s*"about"\s*:.*?"(?:personal_information|profile_pictures|stories|contacts'
    r'|frequent_contacts|sessions|chats|left_chats)"\s*:\s*\{?\[?',
    re.DOTALL,
)
_ODD_ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|.)", re.DOTALL)
_ESCAPE_START = re.compile(r"\\(?:x[0-9A-Fa-f]?)?\Z")
_TAIL_CHARACTERS = 3
"""Longest beginning of an escape."""


class TelegramImporter:
    """Reads `result.json` as Telegram Desktop writes it."""

    name = "telegram"

    def score(self, file: ExportFile) -> float:
        """Look for a chat of one of Telegram's types, or the account's first words."""
        if not file.head.lstrip().startswith("{"):
            return 0.0
        if _TYPE.search(file.head) and _MESSAGES.search(file.head):
            return 0.98
        return 0.9 if _ACCOUNT.search(file.head) else 0.0

    def read(self, file: ExportFile) -> Iterator[Item]:
        """Stream every chat with its messages."""
        with closing(file.open_text()) as stream:
            reader = JsonReader(file, _repaired(stream))
            try:
                if reader.next_sign() != "{":
                    yield reject(file, reader.line, "not an export of Telegram", "")
                    return
                yield from _walk_document(file, reader)
            except BrokenJsonError as broken:
                yield reject(file, broken.line, broken.reason, broken.raw)

    def claim(self, tree: ExportTree) -> Sequence[str]:
        """Take the exports of a folder, with the pictures and files beside them."""
        names = tree.names()
        folders = {
            name.removesuffix("result.json")
            for name in names
            if name.rpartition("/")[2] == "result.json" and self._is_export(tree, name)
        }
        return [name for name in names if _is_part(name, folders)]

    def read_tree(self, tree: ExportTree, names: Sequence[str]) -> Iterator[Item]:
        """Stream what is in the exports claimed."""
        for name in names:
            if name.rpartition("/")[2] == "result.json":
                yield from self.read(tree.file(name))

    def _is_export(self, tree: ExportTree, name: str) -> bool:
        try:
            return self.score(tree.file(name)) > 0
        except UnreadableFileError:
            return False


def _is_part(name: str, folders: Collection[str]) -> bool:
    """Say whether a file is an export, or lies in one of the folders beside one."""
    parts = name.split("/")
    for depth, part in enumerate(parts):
        is_media = part in MEDIA_FOLDERS and depth + 1 < len(parts)
        if is_media or part == "result.json":
            folder = "".join(f"{each}/" for each in parts[:depth])
            if folder in folders:
                return True
    return False


def _walk_document(file: ExportFile, reader: JsonReader) -> Iterator[Item]:
    """Tell one chat from a whole account by the keys that come, whichever come first."""
    chat = Chat(file=file, admission=Admission(file), people=People())
    for key in reader.keys():  # noqa: SIM118 - it is no dict
        if key in ("chats", "left_chats") and reader.next_sign() == "{":
            for inner in reader.keys():  # noqa: SIM118 - it is no dict
                if inner == "list" and reader.next_sign() == "[":
                    yield from _walk_chats(file, reader)
        else:
            yield from _walk_key(reader, key, chat)


def _walk_chats(file: ExportFile, reader: JsonReader) -> Iterator[Item]:
    for _ in reader.elements():
        if reader.next_sign() != "{":
            yield reject(file, reader.line, "not a chat", str(reader.value()))
            continue
        chat = Chat(file=file, admission=Admission(file), people=People())
        for key in reader.keys():  # noqa: SIM118 - it is no dict
            yield from _walk_key(reader, key, chat)


def _walk_key(reader: JsonReader, key: str, chat: Chat) -> Iterator[Item]:
    if key == "name":
        chat.title = words(reader.value())
    elif key == "type":
        chat.type = words(reader.value())
    elif key == "id":
        chat.id = name_of(reader.value())
    elif key == "messages" and reader.next_sign() == "[":
        yield _room(chat)
        for _ in reader.elements():
            line = reader.line
            item = read_message(chat, line, reader.value())
            yield chat.admission.admit(line, item) if isinstance(item, Message) else item


def _room(chat: Chat) -> Room:
    peer = _PEERS.get(chat.type, "")
    key = f"{peer}{chat.id}" if chat.id else chat.title or chat.file.room_key
    title = chat.title or ("Saved Messages" if chat.type == "saved_messages" else DELETED)
    return Room(key=key, title=title)


def _repaired(stream: TextIO) -> Callable[[int], str]:
    r"""Read a document in which control characters are written as `\x0B`, which is no JSON."""
    waiting = ""

    def read(wanted: int) -> str:
        nonlocal waiting
        while True:
            new = stream.read(wanted)
            text = waiting + new
            end = _open_escape(text) if new else len(text)
            text, waiting = text[:end], text[end:]
            if text or not new:
                return _ODD_ESCAPE.sub(_as_json, text) if "\\x" in text else text

    return read


def _open_escape(text: str) -> int:
    """Find where an escape begins that the next piece goes on with; the end where none does."""
    tail = _ESCAPE_START.search(text, max(0, len(text) - _TAIL_CHARACTERS))
    if tail is None:
        return len(text)
    before = text[: tail.start() + 1]
    is_escaped = (len(before) - len(before.rstrip("\\"))) % 2 == 0
    return len(text) if is_escaped else tail.start()


def _as_json(escape: re.Match[str]) -> str:
    return f"\\u00{escape[1]}" if escape[1] else escape[0]
