"""Reads KakaoTalk's text exports line by line, whatever the variant."""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, pairwise
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
    date_of_day,
    iso_clock,
    iso_date,
    room_title,
)
from chatmill.importers.kakaotalk.kinds import classify, is_system_line, role_of
from chatmill.importers.kakaotalk.names import NameCutter
from chatmill.importers.times import with_zone
from chatmill.records import Message, Rejection

_Line = tuple[int, str]
"""Number, counted from 1, and text with its line end."""


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
        self._record = self._grammar.record.fullmatch
        self._needs_crlf = _records_follow_crlf(lines, self._grammar)
        self._is_windows = self._grammar is WINDOWS
        self._has_dates = "date" in self._grammar.record.groupindex
        self._has_zone = bool(file.settings.timezone)
        self._ids = MessageIds()
        self._names = NameCutter()
        self._open: OpenMessage | None = None
        self._date = ""
        self._moment = ""

    def read(self) -> Iterator[Item]:
        """Stream the room, its messages and what could not be used."""
        lines = enumerate(self._file.lines(), 1)
        title = ""
        for number, line in lines:
            text = line.rstrip("\r\n")
            if not title and (found := room_title(text, self._grammar)):
                title = found
            elif self._begins_messages(text):
                yield self._room(title)
                yield from self._messages(chain([(number, line)], lines))
                return
            elif date := date_of_day(text, self._grammar):
                self._date = self._moment = date
            elif text.strip() and not SAVED.match(text):
                yield reject(self._file, number, "stands before the first message", text)
        if title:
            yield self._room(title)

    def _begins_messages(self, text: str) -> bool:
        record = self._record(text)
        if record is not None and self._time_of(record):
            return True
        is_day = date_of_day(text, self._grammar) is not None
        return self._is_windows and bool(self._date and text.strip()) and not is_day

    def _room(self, title: str) -> Room:
        title = title or str(PurePath(self._file.room_key).with_suffix(""))
        return Room(key=title, title=title)

    def _messages(self, lines: Iterator[_Line]) -> Iterator[Item]:
        """Read from the first message to the end of the file: the hot loop of an import."""
        ids, needs_crlf = self._ids, self._needs_crlf
        after_crlf, after_blank = True, True
        for number, line in lines:
            text = line.rstrip("\r\n")
            if needs_crlf and not after_crlf and self._open is not None:
                self._open.add(text)
            else:
                record = self._record(text)
                if record and (sent_at := self._time_of(record)):
                    if self._open is not None:
                        yield self._open.close(ids, classify)
                    self._moment = sent_at
                    self._open = self._begin(number, record, sent_at)
                else:
                    yield from self._other_line(
                        number, text, can_open_day=needs_crlf or after_blank
                    )
            after_crlf = line.endswith("\r\n")
            after_blank = not text.strip()
        if self._open is not None:
            yield self._open.close(ids, classify)

    def _other_line(self, number: int, text: str, *, can_open_day: bool) -> Iterator[Item]:
        """Take a line that begins no record."""
        can_open_day = can_open_day or self._is_windows
        date = date_of_day(text, self._grammar) if can_open_day else None
        if date:
            yield from self._close()
            self._date = self._moment = date
        elif self._is_windows and self._date and (self._open is None or is_system_line(text)):
            if text.strip():
                yield from self._close()
                yield self._system_without_time(number, text)
        elif self._open is not None:
            self._open.add(text)
        elif text.strip():
            yield reject(self._file, number, "belongs to no message", text)

    def _time_of(self, record: re.Match[str]) -> str | None:
        clock = iso_clock(record["clock"])
        date = iso_date(record["date"]) if self._has_dates else self._date
        if clock is None or date is None:
            return None
        if not date:
            return clock
        sent_at = f"{date} {clock}"
        return with_zone(sent_at, self._file.settings) if self._has_zone else sent_at

    def _begin(self, number: int, record: re.Match[str], sent_at: str) -> OpenMessage:
        rest = record["rest"] or ""
        if self._is_windows:
            speaker, text = record["name"], rest
        elif record["sep"] == ": ":
            speaker, text = "", rest
            self._names.learn(rest)
        else:
            speaker, text = self._names.cut(rest)
        return OpenMessage(
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
        if grammar.record.fullmatch(line.rstrip("\r\n"))
    ]
    return bool(after_crlf) and after_crlf[0] and 2 * sum(after_crlf) >= len(after_crlf)
