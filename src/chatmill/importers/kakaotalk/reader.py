"""Reads KakaoTalk's text exports line by line, whatever the variant."""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import PurePath

from chatmill.importers.assembly import OpenMessage, reject
from chatmill.importers.base import ExportFile, Item, Room
from chatmill.importers.identity import MessageIds
from chatmill.importers.kakaotalk.grammar import (
    GRAMMARS,
    SAVED,
    WINDOWS,
    Grammar,
    choose_grammar,
    clock_of,
    date_of,
    room_title,
)
from chatmill.importers.kakaotalk.kinds import classify, is_system_line, role_of
from chatmill.records import Message, Rejection


class TextReader:
    """One pass over one export.

    Phones end a record with CRLF and break lines inside a message with LF alone. Where a file still
    has both, only a line after CRLF can begin a record, so a pasted log line stays in its message.
    """

    def __init__(self, file: ExportFile) -> None:
        lines = file.head.splitlines(keepends=True)
        chosen = choose_grammar([line.rstrip("\r\n") for line in lines])
        self._file = file
        self._grammar = chosen.grammar if chosen else GRAMMARS[0]
        self._needs_crlf = _records_follow_crlf(lines, self._grammar)
        self._is_windows = self._grammar is WINDOWS
        self._ids = MessageIds()
        self._open: OpenMessage | None = None
        self._date = ""
        self._moment = ""
        self._has_room = False

    def read(self) -> Iterator[Item]:
        """Stream the room, its messages and what could not be used."""
        after_crlf, after_blank = True, True
        for number, line in enumerate(self._file.lines(), 1):
            text = line.rstrip("\r\n")
            if not self._has_room and self._is_heading(text):
                if title := room_title(text, self._grammar):
                    yield self._room(title)
            elif self._needs_crlf and not after_crlf and self._open is not None:
                self._open.add(text)
            else:
                yield from self._take(number, text, can_open_day=self._needs_crlf or after_blank)
            after_crlf = line.endswith("\r\n")
            after_blank = not text.strip()
        yield from self._close()

    def _take(self, number: int, text: str, *, can_open_day: bool) -> Iterator[Item]:
        record = self._grammar.record.match(text)
        if record and (sent_at := self._time_of(record)):
            yield from self._close()
            if not self._has_room:
                yield self._room(PurePath(self._file.room_key).stem)
            self._moment = sent_at
            self._begin(number, record, sent_at)
            return
        day = self._grammar.day.match(text) if can_open_day or self._is_windows else None
        if day and (date := date_of(day)):
            yield from self._close()
            self._date = self._moment = date
        elif self._is_windows and self._date and (self._open is None or is_system_line(text)):
            if text.strip():
                yield from self._close()
                yield self._system_without_time(number, text)
        elif self._open is not None:
            self._open.add(text)
        elif text.strip() and not SAVED.match(text):
            yield reject(self._file, number, "stands before the first message", text)

    def _is_heading(self, text: str) -> bool:
        return room_title(text, self._grammar) is not None and self._open is None

    def _room(self, title: str) -> Room:
        self._has_room = True
        return Room(key=title, title=title)

    def _time_of(self, record: re.Match[str]) -> str | None:
        clock = clock_of(record)
        date = date_of(record) if "y" in record.groupdict() else self._date
        if clock is None or date is None:
            return None
        return f"{date} {clock}" if date else clock

    def _begin(self, number: int, record: re.Match[str], sent_at: str) -> None:
        rest = record["rest"] or ""
        if self._is_windows:
            speaker, text = record["name"], rest
        elif record["sep"] == ": ":
            speaker, text = "", rest
        else:
            speaker, has_text, text = rest.partition(" : ")
            if not has_text and rest.endswith(" :"):
                speaker = rest[:-2]
            elif not has_text:
                speaker, text = "", rest
        self._open = OpenMessage(
            self._file,
            number,
            speaker=speaker,
            sent_at=sent_at,
            text=text,
            role=role_of(speaker) if speaker else "system",
        )

    def _system_without_time(self, number: int, text: str) -> Message | Rejection:
        """Make a Windows system line: it has no time, so the last one before it names it."""
        line = OpenMessage(
            self._file, number, speaker="", sent_at=self._moment, text=text, role="system"
        ).close(self._ids)
        if isinstance(line, Message):
            return replace(line, sent_at="")
        return line

    def _close(self) -> Iterator[Message | Rejection]:
        if self._open is not None:
            yield self._open.close(self._ids, classify)
            self._open = None


def _records_follow_crlf(lines: list[str], grammar: Grammar) -> bool:
    """Say whether what looks like a record mostly stands after CRLF, as the first one must."""
    after_crlf = [
        previous.endswith("\r\n")
        for previous, line in pairwise([*lines[:1], *lines])
        if grammar.record.match(line.rstrip("\r\n"))
    ]
    return bool(after_crlf) and after_crlf[0] and 2 * sum(after_crlf) >= len(after_crlf)
