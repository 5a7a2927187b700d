"""Reads DiscordChatExporter's plain text, which has neither ids nor replies."""

import re
from collections.abc import Iterator

from chatmill.importers.admission import refusal
from chatmill.importers.assembly import identity_text, reject
from chatmill.importers.base import ExportFile, Item, Room
from chatmill.importers.discord.moments import Moments, moments_of
from chatmill.importers.identity import MessageIds
from chatmill.importers.media import kind_of_files
from chatmill.records import Kind, Message, Rejection

RULE = "=" * 62
"""Above and below the heading and the last lines."""
_HEADING = re.compile(r"\A={62}\r?\nGuild: .*\r?\nChannel: ")
_START = re.compile(r"\[(?P<date>[^\]]{8,40})\] (?P<speaker>.+?)(?: \(pinned\))?$")
_SECTION = re.compile(r"\{(?:Attachments|Embed|Stickers|Reactions)\}$")
_EXPORTED = re.compile(r"Exported [\d.,\u00a0\u202f ]+ message\(s\)$")


def is_plain_text(head: str) -> bool:
    """Say whether a file begins like the exporter's plain text."""
    return bool(_HEADING.match(head))


def read_plain_text(file: ExportFile) -> Iterator[Item]:
    """Stream the channel and its messages."""
    heading = dict(_heading(file))
    names = [heading[key] for key in ("Guild", "Channel") if heading.get(key)]
    yield Room(
        key=" / ".join(names) or file.room_key, title=heading.get("Channel") or file.room_key
    )
    yield from _PlainReader(file, moments_of(_dates(file))).read()


def _heading(file: ExportFile) -> Iterator[tuple[str, str]]:
    for line in file.head.splitlines()[1:]:
        if line == RULE:
            return
        key, _, value = line.partition(": ")
        yield key, value.strip()


def _dates(file: ExportFile) -> Iterator[str]:
    for line in file.lines():
        found = _START.match(line.rstrip("\r\n"))
        if found:
            yield found["date"]


class _PlainReader:
    """Puts messages together; a new one begins after a blank line, with a date and a name."""

    def __init__(self, file: ExportFile, moments: Moments) -> None:
        self._file = file
        self._moments = moments
        self._ids = MessageIds()
        self._line = 0
        self._speaker = ""
        self._sent_at = ""
        self._sections: dict[str, list[str]] = {}
        self._section = ""
        self._length = 0

    def read(self) -> Iterator[Item]:
        is_heading, is_after_blank = True, False
        for number, whole in enumerate(self._file.lines(), 1):
            line = whole.rstrip("\r\n")
            if is_heading:
                is_heading = number == 1 or line != RULE
                continue
            sent_at = self._begin(line) if is_after_blank or not self._line else ""
            is_after_blank = not line.strip() or line == RULE
            if sent_at:
                yield from self._close()
                self._open(number, sent_at, line)
            elif self._line:
                self._add(line)
            elif line.strip() and line != RULE and not _EXPORTED.match(line):
                yield reject(self._file, number, "no message begins here", line)
        yield from self._close()

    def _begin(self, line: str) -> str:
        found = _START.match(line)
        return self._moments.iso(found["date"], self._file.settings) if found else ""

    def _open(self, number: int, sent_at: str, line: str) -> None:
        found = _START.match(line)
        self._line, self._sent_at = number, sent_at
        self._speaker = found["speaker"] if found else ""
        self._section, self._sections, self._length = "", {"": []}, 0

    def _add(self, line: str) -> None:
        before = self._sections[self._section][-1:]
        section = _SECTION.match(line) if not any(before) else None
        if section:
            self._section = section[0]
            self._sections.setdefault(section[0], [])
        elif self._length <= self._file.settings.max_message_characters:
            self._length += len(line) + 1
            self._sections[self._section].append(line)

    def _close(self) -> Iterator[Message | Rejection]:
        if not self._line:
            return
        _cut_last_lines(self._sections[self._section])
        message = self._message()
        if message is None:
            reason = "a message without words or files"
            yield reject(self._file, self._line, reason, self._speaker)
        else:
            yield refusal(self._file, self._line, message) or message
        self._line = 0

    def _message(self) -> Message | None:
        parts = {name: "\n".join(lines).strip("\n") for name, lines in self._sections.items()}
        attachments = tuple(filter(None, parts.get("{Attachments}", "").splitlines()))
        kind: Kind = "text"
        text = parts[""] if parts[""].strip() else ""
        if not text and attachments:
            kind = kind_of_files(attachments)
        elif not text and "{Stickers}" in parts:
            kind, text = "emoticon", parts["{Stickers}"]
        elif not text:
            text = parts.get("{Embed}", "")
            if not text.strip():
                return None
        return Message(
            id=self._ids.next_id(self._sent_at, identity_text(kind, text, attachments)),
            speaker=self._speaker,
            kind=kind,
            sent_at=self._sent_at,
            text=text,
            attachments=attachments,
        )


def _cut_last_lines(lines: list[str]) -> None:
    """Take the exporter's last lines, and blank ones, off the last message."""
    while lines and not lines[-1].strip():
        lines.pop()
    if lines[-1:] == [RULE] and lines[-3:-2] == [RULE] and _EXPORTED.match(lines[-2]):
        del lines[-3:]
