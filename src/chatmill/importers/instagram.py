"""Meta's JSON of one conversation (Instagram, Messenger): newest first, letters mangled."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from chatmill.errors import UnreadableFileError
from chatmill.importers.admission import refusal
from chatmill.importers.assembly import RAW_CHARACTERS, identity_text, reject
from chatmill.importers.base import ExportFile, ExportTree, Item, Room
from chatmill.importers.identity import MessageIds
from chatmill.importers.json_fields import entries, fields, name_of, words
from chatmill.importers.json_reader import BrokenJsonError, JsonReader
from chatmill.importers.order import Waiting
from chatmill.importers.times import from_epoch
from chatmill.records import Kind, Message, Rejection

MEDIA: Mapping[str, Kind] = {
    "photos": "photo",
    "videos": "video",
    "gifs": "photo",
    "audio_files": "voice",
    "files": "file",
}
_SENDER = re.compile(r'"sender_name"\s*:\s*"')
_MOMENT = re.compile(r'"timestamp_ms"\s*:\s*\d')
_PART = re.compile(r"(?P<folder>(?:.*/)?)message_(?P<number>\d{1,9})\.json")
_PLACEHOLDER = re.compile(r"(?:.{1,200} sent an attachment|You sent an attachment)\.")


class InstagramImporter:
    """Reads `message_1.json` of Instagram's and Messenger's downloads."""

    name = "instagram"

    def score(self, file: ExportFile) -> float:
        """Look for senders and moments in milliseconds."""
        is_object = file.head.lstrip().startswith("{")
        return 0.95 if is_object and _SENDER.search(file.head) and _MOMENT.search(file.head) else 0

    def read(self, file: ExportFile) -> Iterator[Item]:
        """Stream the conversation, oldest message first."""
        return _read_parts([file])

    def claim(self, tree: ExportTree) -> Sequence[str]:
        """Take `message_1.json`, `message_2.json`, … of one folder together."""
        return [
            name for name in tree.names() if _PART.fullmatch(name) and self._is_ours(tree, name)
        ]

    def read_tree(self, tree: ExportTree, names: Sequence[str]) -> Iterator[Item]:
        """Stream folder by folder; the highest number holds the oldest messages."""
        folders: dict[str, list[tuple[int, str]]] = {}
        for name in names:
            found = _PART.fullmatch(name)
            if found:
                folders.setdefault(found["folder"], []).append((int(found["number"]), name))
        for parts in folders.values():
            yield from _read_parts([tree.file(name) for _, name in sorted(parts, reverse=True)])

    def _is_ours(self, tree: ExportTree, name: str) -> bool:
        try:
            return self.score(tree.file(name)) > 0
        except UnreadableFileError:
            return False


def repaired(text: str) -> str:
    """Undo Meta's mistake of writing each byte of UTF-8 as a letter; other texts stay."""
    if text.isascii():
        return text
    try:
        return text.encode("latin-1").decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return text


class _Part:
    """One file while it is read: what it is about stands below its messages."""

    def __init__(self, file: ExportFile) -> None:
        self.file = file
        self.path = ""
        self.title = ""
        self._first_moment: int | None = None
        self._last_moment = 0

    @property
    def is_newest_first(self) -> bool:
        """True where the first message read was sent after the last."""
        return self._first_moment is not None and self._first_moment > self._last_moment

    def entries(self) -> Iterator["_Said | Rejection"]:
        """Stream the entries of `messages` as they stand, and why the rest could not be read."""
        with self.file.open_text() as stream:
            reader = JsonReader(self.file, stream.read)
            try:
                if reader.next_sign() != "{":
                    yield reject(self.file, reader.line, "not a conversation of Meta", "")
                    return
                yield from self._walk(reader)
            except BrokenJsonError as broken:
                yield reject(self.file, broken.line, broken.reason, broken.raw)

    def room(self) -> Room:
        """Name the conversation; known once the entries were read."""
        return Room(
            key=self.path or self.title or self.file.room_key,
            title=self.title or self.file.room_key,
        )

    def _walk(self, reader: JsonReader) -> Iterator["_Said | Rejection"]:
        for key in reader.keys():  # noqa: SIM118 - it is no dict
            if key == "thread_path":
                self.path = words(reader.value())
            elif key == "title":
                self.title = repaired(words(reader.value()))
            elif key == "messages" and reader.next_sign() == "[":
                for _ in reader.elements():
                    line = reader.line
                    said = _read_entry(self.file, line, reader.value())
                    self._note_moment(said)
                    yield said

    def _note_moment(self, said: "_Said | Rejection") -> None:
        if isinstance(said, _Said):
            if self._first_moment is None:
                self._first_moment = said.moment
            self._last_moment = said.moment


class _Said(NamedTuple):
    """A message that waits for those before it; small, because many wait."""

    line: int
    moment: int
    """Milliseconds since 1970."""
    speaker: str
    kind: Kind
    text: str
    attachments: tuple[str, ...]


def _read_parts(files: Sequence[ExportFile]) -> Iterator[Item]:
    """Stream one conversation.

    Args:
        files: Its files, the one with the oldest messages first.
    """
    ids = MessageIds()
    is_open = False
    for file in files:
        part = _Part(file)
        with Waiting[_Said | Rejection](file.settings.batch_messages) as waiting:
            for said in part.entries():
                waiting.add(said)
            if not is_open:
                yield part.room()
                is_open = True
            for said in waiting.last_first() if part.is_newest_first else waiting.first_first():
                yield said if isinstance(said, Rejection) else _message(file, said, ids)


def _read_entry(file: ExportFile, line: int, entry: Any) -> _Said | Rejection:  # noqa: ANN401 - whatever stands in the file
    raw = fields(entry)
    moment = raw.get("timestamp_ms")
    kind, text, attachments = _content(raw)
    if isinstance(moment, int) and (text or kind != "text"):
        speaker = repaired(words(raw.get("sender_name")))
        return _Said(line, moment, speaker, kind, text, attachments)
    reason = "a message without words or files" if isinstance(moment, int) else "no message of Meta"
    return reject(file, line, reason, json.dumps(entry, ensure_ascii=False)[:RAW_CHARACTERS])


def _message(file: ExportFile, said: _Said, ids: MessageIds) -> Message | Rejection:
    try:
        sent_at = from_epoch(said.moment / 1000, file.settings)
    except OverflowError:
        sent_at = ""
    named_by = identity_text(said.kind, said.text, said.attachments)
    message = Message(
        id=ids.next_id(name_of(said.moment), named_by),
        speaker=said.speaker,
        kind=said.kind,
        sent_at=sent_at,
        text=said.text,
        attachments=said.attachments,
    )
    return refusal(file, said.line, message) or message


def _content(raw: Mapping[str, Any]) -> tuple[Kind, str, tuple[str, ...]]:
    """Return the kind, the words and the addresses of files and shared links."""
    text = repaired(words(raw.get("content")))
    if raw.get("is_unsent") is True:
        return "deleted", text, ()
    if "call_duration" in raw:
        return "call", text, ()
    kinds, attachments = _media(raw, text)
    if text.strip() and not (_PLACEHOLDER.fullmatch(text) and attachments):
        return "text", text, attachments
    shared = repaired(words(fields(raw.get("share")).get("share_text")))
    if shared.strip() or not kinds:
        return "text", shared, attachments
    return kinds.pop() if len(kinds) == 1 else "file", "", attachments


def _media(raw: Mapping[str, Any], text: str) -> tuple[set[Kind], tuple[str, ...]]:
    """Return what is attached, and the addresses of it."""
    found: list[tuple[Kind, str]] = [
        (kind, words(file.get("uri")))
        for key, kind in MEDIA.items()
        for file in map(fields, entries(raw.get(key)))
    ]
    if "sticker" in raw:
        found.append(("emoticon", words(fields(raw["sticker"]).get("uri"))))
    link = words(fields(raw.get("share")).get("link"))
    if link and repaired(link) not in text:
        found.append(("file", link))
    names = (repaired(name) for _, name in found)
    return {kind for kind, _ in found}, tuple(filter(None, names))
