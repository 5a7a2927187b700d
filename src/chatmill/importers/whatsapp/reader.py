"""Reads WhatsApp's text exports line by line."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import pairwise
from pathlib import PurePath
from unicodedata import normalize

from chatmill.importers.assembly import OpenMessage, check_text, reject
from chatmill.importers.base import ExportFile, Item, Room
from chatmill.importers.decoding import is_damaged
from chatmill.importers.identity import MessageIds
from chatmill.importers.times import with_zone
from chatmill.importers.whatsapp.dates import decide_order, iso_clock, iso_date
from chatmill.importers.whatsapp.kinds import (
    MARKS,
    content_of,
    is_encryption_notice,
    is_system_text,
)
from chatmill.records import Message, Rejection

_GAP = "[ \u202f\u00a0]"
_HALF = rf"(?:{_GAP}?[AaPp]\.?{_GAP}?[Mm]\b\.?)"
_DATE = rf"\d{{1,4}}(?:[./-]|\.{_GAP}|년{_GAP})\d{{1,2}}(?:[./-]|\.{_GAP}|월{_GAP})\d{{1,4}}[.일]?"
_CLOCK = rf"(?:(?:오[전후]|午[前後]|[AP]M){_GAP}?)?\d{{1,2}}[:.]\d{{2}}(?:[:.]\d{{2}})?{_HALF}?"
_WHEN = rf"(?P<date>{_DATE}),?{_GAP}(?P<clock>{_CLOCK})"
_IOS = re.compile(rf"[{MARKS}]*\[(?:{_WHEN})\] (?P<rest>.*)")
_ANDROID = re.compile(rf"[{MARKS}]*{_WHEN} [-–] (?P<rest>.*)")

_FILE_NAMES = re.compile(
    r"WhatsApp Chat (?:with|mit|-|–) (?P<en>.+)|Chat de WhatsApp con (?P<es>.+)"
    r"|Discussion WhatsApp avec (?P<fr>.+)|Conversa do WhatsApp com (?P<pt>.+)"
    r"|Чат WhatsApp с (?:контактом )?(?P<ru>.+)"
    r"|(?P<ko>.+?)(?: ?님)?과?(?:의)? WhatsApp (?:대화|채팅)"
    r"|WhatsApp (?:대화|채팅)(?: ?[-–:] ?|_| )(?P<ko2>.+)"
)
_NOBODY = frozenset({"_chat", "chat", "_chat.txt"})
"""File names that say nothing about the room."""


def record_of(line: str) -> re.Match[str] | None:
    """Return a record's `date`, `clock` and `rest`; None where a line begins none."""
    return _IOS.fullmatch(line) or _ANDROID.fullmatch(line)


class ChatReader:
    """One pass over one export, after a look at its dates.

    iPhones end a record with CRLF and break lines inside a message with LF alone; where a file
    still has both, a pasted log line stays in its message.
    """

    def __init__(self, file: ExportFile) -> None:
        lines = file.head.splitlines(keepends=True)
        n_ios = sum(1 for line in lines if _IOS.fullmatch(line.rstrip("\r\n")))
        n_android = sum(1 for line in lines if _ANDROID.fullmatch(line.rstrip("\r\n")))
        self._file = file
        self._is_ios = n_ios >= n_android
        self._record = (_IOS if self._is_ios else _ANDROID).fullmatch
        self._needs_crlf = self._records_follow_crlf(lines)
        self._order = decide_order(self._dates())
        self._ids = MessageIds()

    def read(self) -> Iterator[Item]:
        """Stream the room, its messages and what could not be used."""
        message: OpenMessage | None = None
        after_crlf, has_room = True, False
        for number, line in enumerate(self._file.lines(), 1):
            text = line.rstrip("\r\n")
            can_begin = (
                not self._needs_crlf
                or after_crlf
                or message is None
                or message.role == "system"  # an iPhone ends notices in LF
            )
            found = self._record(text) if can_begin else None
            if found and (sent_at := self._time_of(found)):
                if message is not None:
                    yield self._close(message)
                elif not has_room:
                    has_room = True
                    yield self._room(found["rest"])
                message = self._begin(number, found["rest"], sent_at)
            elif message is not None:
                message.add(text)
            elif text.strip(MARKS).strip():
                yield reject(self._file, number, "stands before the first message", text)
            after_crlf = line.endswith("\r\n")
        if message is not None:
            yield self._close(message)

    def _dates(self) -> Iterator[tuple[str, str]]:
        for line in self._file.lines():
            if found := self._record(line.rstrip("\r\n")):
                yield found["date"], found["clock"]

    def _room(self, first: str) -> Room:
        """Name the room after the file, or after the notice an iPhone writes in its name."""
        title = room_title(self._file)
        if not title and self._is_ios:
            speaker, _, words = first.partition(": ")
            title = _clean(speaker) if is_encryption_notice(words) else ""
        title = title or str(PurePath(self._file.room_key).with_suffix(""))
        return Room(key=title, title=title)

    def _time_of(self, found: re.Match[str]) -> str | None:
        day = iso_date(found["date"], self._order)
        clock = iso_clock(found["clock"])
        if day is None or clock is None:
            return None
        return with_zone(f"{day} {clock}", self._file.settings)

    def _begin(self, number: int, rest: str, sent_at: str) -> OpenMessage:
        speaker, has_words, words = rest.partition(": ")
        if not has_words and rest.endswith(":"):
            speaker, has_words = rest[:-1], ":"
        if not has_words or self._is_system(rest, speaker, words):
            text = (words if has_words and self._is_ios else rest).strip(MARKS)
            return OpenMessage(
                self._file, number, speaker="", sent_at=sent_at, text=text, role="system"
            )
        return OpenMessage(self._file, number, speaker=_clean(speaker), sent_at=sent_at, text=words)

    def _is_system(self, rest: str, speaker: str, words: str) -> bool:
        """Say whether WhatsApp speaks, though there is a colon in its words."""
        if self._is_ios:
            has_mark = words.startswith("\u200e")
            return (has_mark and is_system_text(words)) or is_encryption_notice(words)
        return '"' in speaker and is_system_text(rest)

    def _close(self, message: OpenMessage) -> Message | Rejection:
        """Make the message; what stands for a picture has the same id on every phone."""
        text = message.text()
        refused = check_text(self._file, message.line, text)
        if refused is not None:
            return refused
        if is_damaged(message.speaker):
            reason = f"bytes that are not {self._file.encoding}"
            return reject(self._file, message.line, reason, message.speaker)
        if message.role == "system":
            return Message(
                id=self._ids.next_daily_id(message.sent_at, text),
                speaker="",
                role="system",
                kind="system",
                sent_at=message.sent_at,
                text=text,
            )
        content = content_of(text)
        is_text = content.kind in ("text", "notice")
        named = content.text if is_text else _IDENTITIES.get(content.kind, "media")
        return Message(
            id=self._ids.next_id(message.sent_at, named),
            speaker=message.speaker,
            kind=content.kind,
            sent_at=message.sent_at,
            text=content.text,
            attachments=content.attachments,
        )

    def _records_follow_crlf(self, lines: Iterable[str]) -> bool:
        """Say whether what looks like a record mostly stands after CRLF."""
        every = list(lines)
        after_crlf = [
            previous.endswith("\r\n")
            for previous, line in pairwise(every)
            if self._record(line.rstrip("\r\n"))
        ]
        return bool(after_crlf) and 2 * sum(after_crlf) >= len(after_crlf)


_IDENTITIES = {"deleted": "deleted", "call": "call"}
"""What names a message that is no text; all pictures, sounds and files are `media`."""


def room_title(file: ExportFile) -> str:
    """Return the room that a file's name, or the name of the archive it lies in, tells."""
    inside = PurePath(file.name.replace("!", "/"))
    for part in (PurePath(file.room_key).name, *reversed(inside.parts)):
        stem = re.sub(r"\.(?:txt|zip)$", "", part, flags=re.IGNORECASE)
        found = _FILE_NAMES.fullmatch(stem)
        if found:
            names = [name for name in found.groups() if name]
            return normalize("NFC", names[0])
        if stem.lower() not in _NOBODY:
            break
    return ""


@lru_cache(maxsize=1024)
def _clean(speaker: str) -> str:
    """Take direction marks and the tilde of an unknown contact off a name."""
    bare = speaker.strip(MARKS + " ")
    return re.sub("^~[ \u202f\u00a0]", "", bare).strip(MARKS)
