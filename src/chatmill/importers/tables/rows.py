"""Rows of a table → rooms and messages, whatever order the rows come in."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from chatmill.importers.assembly import check_text, identity_text, reject
from chatmill.importers.base import ExportFile, Item, Room
from chatmill.importers.decoding import is_damaged
from chatmill.importers.qa import SPEAKERS
from chatmill.importers.tables.cells import Times, attachments_of, has_day, kind_of, role_of
from chatmill.importers.tables.columns import Columns
from chatmill.importers.tables.ids import ScatteredIds
from chatmill.records import Message, Rejection, Role

REMEMBERED_THREADS = 100_000
"""Threads whose first message is known: the last so many met, up to twice that."""
LONGEST_NAME = 1000
"""Characters of an id or a speaker's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Some rows that follow each other, by column."""

    lines: Sequence[int]
    """Line (of a sheet: row) each one begins at, from 1."""
    cells: dict[str, Sequence[str]]
    """Role → cell of every row, empty where there is nothing."""


class _Row(NamedTuple):
    """The cells of one row."""

    line: int
    room: str
    title: str
    text: str
    speaker: str
    sent_at: str
    id: str
    thread: str
    reply_to: str
    role: str
    kind: str
    attachments: str


_MESSAGE_CELLS = _Row._fields[1:]
_QUESTION_CELLS = ("question", "answer", "sent_at", "room", "title", "id", "customer", "agent")


class TableReader:
    """Turns rows into items; memory holds no rooms, only what repeats nearby.

    Args:
        file: The table.
        columns: What its columns hold.
        times: Reads its times.
        room: Key of the conversation where no column names rooms.
        fill_down: Whether an empty cell of room, title and date means the one above, as in merged
            cells.
    """

    def __init__(
        self,
        file: ExportFile,
        columns: Columns,
        times: Times,
        *,
        room: str,
        fill_down: bool = False,
    ) -> None:
        self._file = file
        self._places = columns.places
        self._has_ids = "id" in columns.places
        self._times = times
        self._room = room
        self._fill_down = fill_down
        self._above: dict[str, str] = {}
        self._now: tuple[str, ...] = ("", "")
        self._ids = ScatteredIds()
        self._threads = _FirstMessages()
        self._n_rows = 0
        self.read: Callable[[Rows], Iterator[Item]] = (
            self._read_questions if columns.is_questions else self._read_messages
        )
        """Streams what is in some further rows."""

    def _read_messages(self, rows: Rows) -> Iterator[Item]:
        cells = self._prepared(rows)
        longest = self._file.settings.max_message_characters
        is_clean = not any(
            _is_odd(column, longest if name == "text" else LONGEST_NAME)
            for name, column in cells.items()
        )
        is_clean &= all(map(str.strip, cells["text"])) and all(cells["room"])
        now = self._now
        columns = [cells[name] for name in _MESSAGE_CELLS]
        for row in zip(rows.lines, *columns, strict=True):
            if not is_clean and (refused := self._refusal(_Row._make(row))) is not None:
                if refused.reason:
                    yield refused
                continue
            if row[1] != now[0] or row[2] != now[1]:
                now = self._now = row[1:3]
                yield Room(key=row[1], title=row[2] or row[1])
            yield self._message(*row)

    def _message(  # noqa: PLR0913, PLR0917 - the cells of a row
        self,
        line: int,
        room: str,
        _title: str,
        text: str,
        speaker: str,
        sent_at: str,
        name: str,
        thread: str,
        reply_to: str,
        role_word: str,
        kind_word: str,
        files: str,
    ) -> Message | Rejection:
        role: Role = role_of(role_word or speaker)
        kind = kind_of(kind_word) if kind_word else "text"
        attachments = attachments_of(files) if files else ()
        if attachments and not text.strip() and kind == "text":
            kind = "file"
        if "\r" in text:
            text = text.replace("\r\n", "\n")
        if role == "system" or kind == "system":
            role = kind = "system"
            speaker = role_word = ""
        if not name:
            named = text if kind == "text" else identity_text(kind, text, attachments)
            name = self._ids.next_id(room, sent_at, named)
        elif not self._ids.is_first(room, name):
            return reject(self._file, line, f"a second message {name!r}", text)
        first = self._threads.first(room, thread, name) if thread else None
        return Message(
            id=name,
            speaker=speaker or role_word,
            role=role,
            kind=kind,
            sent_at=sent_at,
            text=text,
            reply_to=reply_to if reply_to and self._has_ids else first,
            attachments=attachments,
        )

    def _read_questions(self, rows: Rows) -> Iterator[Item]:
        cells = self._prepared(rows)
        columns = [cells[name] for name in _QUESTION_CELLS]
        for line, question, answer, sent_at, room, title, name, asker, answerer in zip(
            rows.lines, *columns, strict=True
        ):
            if not (question.strip() or answer.strip()):
                continue
            self._n_rows += 1
            others = sent_at, room, title, name, asker, answerer
            refused = self._question_refusal(line, question, answer, others)
            if refused is not None:
                yield refused
                continue
            key = room if "room" in self._places else name or f"{self._room}#{self._n_rows}"
            if (key, title) != self._now:
                self._now = key, title
                yield Room(key=key, title=title or key)
            asked = self._said(key, sent_at, question, "customer", asker)
            yield asked
            if answer.strip():
                yield self._said(key, sent_at, answer, "agent", answerer, reply_to=asked.id)

    def _said(  # noqa: PLR0913 - the cells of a row
        self,
        room: str,
        sent_at: str,
        text: str,
        role: Role,
        speaker: str,
        *,
        reply_to: str | None = None,
    ) -> Message:
        text = text.replace("\r\n", "\n")
        return Message(
            id=self._ids.next_id(room, sent_at, text),
            speaker=speaker.strip() or SPEAKERS[role],
            role=role,
            sent_at=sent_at,
            text=text,
            reply_to=reply_to,
        )

    def _prepared(self, rows: Rows) -> dict[str, Sequence[str]]:
        """Read times, put days before clocks, fill down, and give every role a column."""
        blank = [""] * len(rows.lines)
        cells: dict[str, Sequence[str]] = dict.fromkeys(
            (*_MESSAGE_CELLS, *_QUESTION_CELLS, "date", "time"), blank
        )
        cells.update(rows.cells)
        if "customer" in self._places and "text" in self._places:
            named = zip(cells["role"], cells["customer"], cells["agent"], strict=True)
            cells["speaker"] = [_writer(*each) for each in named]
        if "room" not in self._places:
            cells["room"] = [self._room] * len(blank)
        if self._fill_down:
            for role in {"room", "title", "date"} & self._places.keys():
                cells[role] = self._filled(role, cells[role])
        moments = cells.pop("time")
        dates = cells.pop("date")
        if "date" in self._places:
            moments = [
                clock if has_day(clock) else f"{day[:10]} {clock}".strip()
                for day, clock in zip(dates, moments, strict=True)
            ]
        cells["sent_at"] = list(map(self._times.read, moments)) if "time" in self._places else blank
        return cells

    def _filled(self, role: str, column: Sequence[str]) -> list[str]:
        filled = []
        for cell in column:
            self._above[role] = cell or self._above.get(role, "")
            filled.append(self._above[role])
        return filled

    def _refusal(self, row: _Row) -> Rejection | None:
        """Say why a row cannot be used; without a reason where it is blank."""
        file, line = self._file, row.line
        if not row.text.strip() and not row.attachments and kind_of(row.kind) == "text":
            is_blank = not (row.speaker or row.sent_at or row.id)
            raw = " ".join(filter(None, (row.room, row.id, row.sent_at, row.speaker)))
            return reject(file, line, "" if is_blank else "no text", raw)
        if not row.room:
            return reject(file, line, "names no room", row.text)
        return self._odd_cell(line, row.text, row[1:])

    def _question_refusal(
        self, line: int, question: str, answer: str, others: Sequence[str]
    ) -> Rejection | None:
        if not question.strip():
            return reject(self._file, line, "an answer without a question", answer)
        if "room" in self._places and not others[1]:
            return reject(self._file, line, "names no room", question)
        return self._odd_cell(line, question, others) or check_text(self._file, line, answer)

    def _odd_cell(self, line: int, text: str, cells: Sequence[str]) -> Rejection | None:
        refused = check_text(self._file, line, text)
        if refused is not None:
            return refused
        if any(map(is_damaged, cells)):
            where = self._file.encoding or "text"
            return reject(self._file, line, f"bytes that are not {where}", " ".join(cells))
        if any(len(cell) > LONGEST_NAME for cell in cells if cell is not text):
            return reject(
                self._file, line, f"a name or time over {LONGEST_NAME:,} characters", text
            )
        return None


class _FirstMessages:
    """The first message of each thread met lately."""

    def __init__(self) -> None:
        self._recent: dict[int, str] = {}
        self._older: dict[int, str] = {}

    def first(self, room: str, thread: str, name: str) -> str | None:
        """Return the id of a thread's first message; None where it is this one."""
        key = hash((room, thread))
        found = self._recent.get(key) or self._older.get(key)
        self._recent[key] = found or name
        if len(self._recent) >= REMEMBERED_THREADS:
            self._older, self._recent = self._recent, {}
        return found


def _writer(role_word: str, customer: str, agent: str) -> str:
    """Tell from a row's role which of the people it names wrote it; empty for others."""
    return {"customer": customer, "agent": agent}.get(role_of(role_word), "")


def _is_odd(column: Sequence[str], longest: int) -> bool:
    """Say whether some cell of a column needs a closer look."""
    return max(map(len, column), default=0) > longest or is_damaged("\n".join(column))
