"""`Q) … A) …` text: pairs as people write them by hand; a blank line between conversations."""

import re
from collections.abc import Iterator

from chatmill.importers.assembly import OpenMessage, reject
from chatmill.importers.base import ExportFile, Item, Room
from chatmill.importers.identity import MessageIds
from chatmill.records import Message, Rejection, Role

_MARK = re.compile(
    r"^[ \t]*(?:(?P<q>Q|문|질문)|(?P<a>A|답|답변)|(?P<s>S)) ?\d{0,4} ?"
    r"(?:\)|[:.](?=\s|$)|：)[ \t]?(?P<text>.*)$"
)
_INLINE_ANSWER = re.compile(r"[ \t]+(?:A|답|답변) ?\d{0,4}\)[ \t]?")

SPEAKERS: dict[Role, str] = {"customer": "Q", "agent": "A", "system": ""}
"""Names given to who has none in such a text; `S)` is the system line of its block."""


class QaImporter:
    """Reads `Q)`, `A)` and `S)` lines; the marks are no part of the text, everything else is."""

    name = "qa"

    def score(self, file: ExportFile) -> float:
        """Look for lines that begin with a question mark and with an answer mark."""
        marks = [found for line in file.head.splitlines() if (found := _MARK.match(line))]
        has_question = any(found["q"] for found in marks)
        has_answer = any(found["a"] for found in marks)
        if has_question and has_answer:
            return 0.9
        if has_question and any(_INLINE_ANSWER.search(found["text"]) for found in marks):
            return 0.8
        return 0.3 if has_question else 0.0

    def read(self, file: ExportFile) -> Iterator[Item]:
        """Stream the conversations, numbered `NAME#1`, `NAME#2` …."""
        return _Reader(file).read()


class _Reader:
    def __init__(self, file: ExportFile) -> None:
        self._file = file
        self._ids = MessageIds()
        self._open: OpenMessage | None = None
        self._n_rooms = 0
        self._after_blank = True

    def read(self) -> Iterator[Item]:
        for number, line in enumerate(self._file.lines(), 1):
            text = line.rstrip("\r\n")
            mark = _MARK.match(text)
            if mark:
                yield from self._begin(number, mark)
            elif self._open is not None:
                self._open.add(text)
            elif text.strip():
                yield reject(self._file, number, "stands before the first Q)", text)
            self._after_blank = not text.strip()
        yield from self._close()

    def _begin(self, number: int, mark: re.Match[str]) -> Iterator[Item]:
        yield from self._close()
        is_answer = mark["a"] is not None
        if is_answer and self._n_rooms == 0:
            yield reject(self._file, number, "an answer before the first Q)", mark[0])
            return
        if not is_answer and (self._after_blank or self._n_rooms == 0):
            self._n_rooms += 1
            self._ids = MessageIds()
            name = f"{self._file.room_key}#{self._n_rooms}"
            yield Room(key=name, title=name)
        text, role = mark["text"], _role(mark)
        answer = _INLINE_ANSWER.search(text) if role == "customer" else None
        if answer:
            self._open = _open(self._file, number, text[: answer.start()], role)
            yield from self._close()
            text, role = text[answer.end() :], "agent"
        self._open = _open(self._file, number, text, role)

    def _close(self) -> Iterator[Message | Rejection]:
        if self._open is not None:
            yield self._open.close(self._ids)
            self._open = None


def _role(mark: re.Match[str]) -> Role:
    if mark["s"] is not None:
        return "system"
    return "customer" if mark["q"] is not None else "agent"


def _open(file: ExportFile, number: int, text: str, role: Role) -> OpenMessage:
    return OpenMessage(file, number, speaker=SPEAKERS[role], sent_at="", text=text, role=role)
