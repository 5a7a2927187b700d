"""What is in some messages, at a glance: rooms, people, dates, first lines."""

from collections import Counter
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

MOST_NAMES = 10_000
"""Rooms and people counted by name."""
FIRST_MESSAGES = 3
FIRST_CHARACTERS = 80
_DATE = "^[0-9]{4}-[0-9]{2}-[0-9]{2}"
_DATE_CHARACTERS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomOverview:
    """A conversation in a file."""

    id: str
    title: str
    """What people call it; empty where nobody said."""
    n_messages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What is in a file."""

    rooms: tuple[RoomOverview, ...]
    """Most messages first."""
    people: tuple[tuple[str, int], ...]
    """Names and their messages, most first."""
    first_date: str
    """Like `2024-03-11`; empty where no message has a date."""
    last_date: str
    first_lines: tuple[str, ...]
    """Time, name and words of the first messages."""


class OverviewMaker:
    """Looks at tables of messages while they pass."""

    def __init__(self) -> None:
        self._rooms: Counter[str] = Counter()
        self._titles: dict[str, str] = {}
        self._people: Counter[str] = Counter()
        self._first_date = ""
        self._last_date = ""
        self._first_lines: list[str] = []

    def add(self, rows: pa.Table) -> None:
        """Look at some more messages."""
        _count(self._rooms, rows.column("conversation_id"))
        for room in self._rooms.keys() - self._titles.keys():
            at = pc.index(rows.column("conversation_id"), room).as_py()
            self._titles[room] = rows.column("title")[at].as_py()
        _count(self._people, rows.column("speaker"))
        times = rows.column("sent_at")
        dates = pc.utf8_slice_codeunits(
            times.filter(pc.match_substring_regex(times, _DATE)), 0, _DATE_CHARACTERS
        )
        found = pc.min_max(dates).as_py()
        if found["min"]:
            self._first_date = min(self._first_date or found["min"], found["min"])
            self._last_date = max(self._last_date, found["max"])
        wanted = FIRST_MESSAGES - len(self._first_lines)
        for row in rows.slice(0, wanted).to_pylist():
            words = " ".join(row["text"].split())[:FIRST_CHARACTERS]
            said = f"{row['speaker']}: {words}" if row["speaker"] else words
            self._first_lines.append(f"{row['sent_at']}  {said}".strip())

    def overview(self) -> Overview:
        """Say what was seen so far."""
        self._people.pop("", None)  # lines of the messenger itself
        return Overview(
            rooms=tuple(
                RoomOverview(id=room, title=self._titles[room], n_messages=n_messages)
                for room, n_messages in self._rooms.most_common()
            ),
            people=tuple(self._people.most_common()),
            first_date=self._first_date,
            last_date=self._last_date,
            first_lines=tuple(self._first_lines),
        )


def _count(names: Counter[str], column: pa.ChunkedArray) -> None:
    for each in pc.value_counts(column).to_pylist():
        if each["values"] in names or len(names) < MOST_NAMES:
            names[each["values"]] += each["counts"]
