"""CSV and its kin: the delimiter told by the header it makes, bad rows given back by line."""

import csv
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from chatmill.importers.assembly import CUT_OFF, reject
from chatmill.importers.base import ExportFile, Item
from chatmill.importers.tables.cells import Times
from chatmill.importers.tables.columns import Columns, find_columns, no_columns, settle_ids
from chatmill.importers.tables.rows import Rows, TableReader
from chatmill.records import Rejection

DELIMITERS = (",", "\t", ";", "|")
HEADER_ROWS = 10
"""The header is one of the first so many rows; a title may stand above it."""
LEAST_ROWS = 2
"""Below a header of unknown names."""
LONGEST_HEADING = 40
"""Characters of a column's name."""
SENTENCE_ENDS = (".", "!", "?", "。", ":", ";")
BATCH_ROWS = 2000
MORE_LINES = 10_000
"""Lines read again beyond two for each line of the file, after quotes that never close."""
UNCLOSED = "a quote is opened and never closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delimited:
    """How a file is cut into cells."""

    delimiter: str
    n_above: int
    """Rows above the header."""
    columns: Columns
    sample: tuple[list[str], ...]
    """Whole rows below the header, as many as were looked at."""


def find_delimited(file: ExportFile) -> Delimited | None:
    """Tell the delimiter by the header it gives; None where there is none."""
    found = [table for sign in DELIMITERS if (table := _cut(file, sign)) is not None]
    return max(
        found,
        key=lambda table: (table.columns.is_named, len(table.columns.places)),
        default=None,
    )


def header_of(file: ExportFile) -> list[str]:
    """Return the first row of what seems a table without known columns; empty for other text.

    A table's names differ and are short, and its rows, two at least, are as long as its header.
    """
    for sign in DELIMITERS:
        rows = [row for row in _first_rows(file.head, sign) if row]
        if _goes_on(file):
            del rows[-1:]
        names = [name.strip() for name in rows[0]] if len(rows) > LEAST_ROWS else []
        if (
            len(names) > 1
            and all(map(_is_name, names))
            and len(set(names)) == len(names)
            and all(len(row) == len(names) for row in rows)
        ):
            return names
    return []


def _first_line(head: str) -> list[str]:
    """Cut the first line of what is no table of its own accord, but was called one."""
    lines = [line for line in head.splitlines()[:HEADER_ROWS] if line.strip()]
    signs = [sign for sign in DELIMITERS if lines and sign in lines[0]]
    return next(csv.reader(lines[:1], delimiter=signs[0])) if signs else lines[:1]


def _is_name(cell: str) -> bool:
    return 0 < len(cell) <= LONGEST_HEADING and not cell.endswith(SENTENCE_ENDS)


def _goes_on(file: ExportFile) -> bool:
    """Say whether a file is longer than its head, whose last row may then be a part of one."""
    return len(file.head) >= file.settings.sniff_characters


def read_delimited(file: ExportFile) -> Iterator[Item]:
    """Stream the rooms and messages of a table.

    Raises:
        InputError: It has no columns that can be read; says which there are.
    """
    table = find_delimited(file)
    if table is None:
        raise no_columns(file, header_of(file) or _first_line(file.head))
    at = table.columns.places.get("time")
    sample = [] if at is None else [row[at] for row in table.sample]
    reader = TableReader(file, table.columns, Times(file.settings, sample), room=file.room_key)
    for rows, refused in _RowReader(file, table).batches():
        if rows is not None:
            yield from reader.read(rows)
        yield from refused


def _cut(file: ExportFile, delimiter: str) -> Delimited | None:
    rows = _first_rows(file.head, delimiter)
    for at, row in enumerate(islice(rows, HEADER_ROWS)):
        columns = find_columns(file, row) if len(row) > 1 else None
        if columns is not None:
            return _sampled(file, delimiter, at, columns, list(rows))
    return None


def _sampled(
    file: ExportFile, delimiter: str, n_above: int, columns: Columns, below: list[list[str]]
) -> Delimited | None:
    """Look at the rows below a header; None where most of them are not as long as it is."""
    if below and (_goes_on(file) or not file.head.endswith(("\n", "\r"))):
        below.pop()  # may go on beyond the head
    below = [each for each in below if each]
    whole = tuple(each for each in below if len(each) == columns.width)
    if len(whole) * 2 < len(below):
        return None
    if "id" in columns.places:
        room, name = (columns.places.get(role) for role in ("room", "id"))
        columns = settle_ids(
            columns,
            [] if room is None else [each[room] for each in whole],
            [] if name is None else [each[name] for each in whole],
        )
    return Delimited(delimiter=delimiter, n_above=n_above, columns=columns, sample=whole)


def _first_rows(head: str, delimiter: str) -> Iterator[list[str]]:
    """Cut the head into rows, up to where that is not possible."""
    try:
        yield from csv.reader(head.splitlines(keepends=True), delimiter=delimiter)
    except csv.Error:
        return


class _Lines:
    """Feeds lines to a CSV reader, and takes back those of a row that is none."""

    def __init__(self, file: ExportFile) -> None:
        self._lines = file.lines()
        self._again: deque[str] = deque()
        self._longest = max(file.settings.max_message_characters * 4, 1 << 16)
        self._n_characters = 0
        self._n_again = 0
        self.n_read = 0
        """Lines of the file that were fed."""
        self.row: list[str] = []
        """Those of the row being read."""

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        """Feed a line; a row that grows without end is ended, and read on after it."""
        if len(self.row) > 1 and self._n_characters > self._longest:
            raise StopIteration
        line = self._again.popleft() if self._again else next(self._lines)
        self.n_read += 1
        self.row.append(line)
        self._n_characters += len(line)
        return line

    def begin(self) -> None:
        """Begin a row."""
        self.row.clear()
        self._n_characters = 0

    def take_back(self) -> bool:
        """Take back all lines of the row but its first; False where that was done too often."""
        n_lines = len(self.row) - 1
        self._n_again += n_lines
        if self._n_again > 2 * self.n_read + MORE_LINES:
            return False
        self._again.extendleft(reversed(self.row[1:]))
        self.n_read -= n_lines
        del self.row[1:]
        return True


class _RowReader:
    """Reads rows in batches; what is no row is rejected with its line."""

    def __init__(self, file: ExportFile, table: Delimited) -> None:
        csv.field_size_limit(file.settings.max_line_characters)
        self._file = file
        self._table = table
        self._width = table.columns.width
        self._lines = _Lines(file)
        self._reader = csv.reader(self._lines, delimiter=table.delimiter, strict=True)
        self._refused: list[Rejection] = []

    def batches(self) -> Iterator[tuple[Rows | None, list[Rejection]]]:
        """Stream some rows at once, and what was refused among them."""
        for _ in range(self._table.n_above + 1):
            self._pass_over()
        is_over = False
        while not is_over:
            numbers, rows, is_over = self._next_rows()
            refused, self._refused = self._refused, []
            yield (self._by_column(numbers, rows) if rows else None), refused

    def _next_rows(self) -> tuple[list[int], list[list[str]], bool]:
        numbers: list[int] = []
        rows: list[list[str]] = []
        lines, reader, width = self._lines, self._reader, self._width
        for _ in range(BATCH_ROWS):
            lines.begin()
            first = lines.n_read + 1
            try:
                row = next(reader)
            except StopIteration:
                return numbers, rows, True
            except csv.Error as error:
                self._refuse(first, str(error))
                continue
            if len(row) != width and (len(row) < width or any(row[width:])):
                if row:
                    self._refuse(first, f"{len(row)} columns in place of {width}")
                continue
            numbers.append(first)
            rows.append(row)
        return numbers, rows, False

    def _refuse(self, first: int, reason: str) -> None:
        """Reject a row; of several lines only the first, the others may be rows of their own."""
        lines = self._lines
        if "unexpected end" in reason:
            is_last = len(lines.row) == 1 and not lines.row[0].endswith(("\n", "\r"))
            reason = CUT_OFF if is_last else UNCLOSED
        elif len(lines.row) > 1:
            reason = UNCLOSED
        elif "expected after" in reason:
            reason = "a quote stands inside a quoted cell"
        last = lines.n_read
        if len(lines.row) > 1 and not lines.take_back():
            reason = f"{reason} (lines {first} to {last})"
        self._refused.append(reject(self._file, first, reason, "".join(lines.row)))

    def _pass_over(self) -> None:
        """Pass over the header, and name what stands above it."""
        self._lines.begin()
        first = self._lines.n_read + 1
        try:
            row = next(self._reader, [])
        except csv.Error as error:
            self._refuse(first, str(error))
            return
        columns = find_columns(self._file, row)
        raw = "".join(self._lines.row)
        if columns is None and raw.strip() and not raw.startswith("sep="):
            self._refused.append(reject(self._file, first, "stands above the header", raw))

    def _by_column(self, numbers: list[int], rows: list[list[str]]) -> Rows:
        columns: Sequence[Sequence[str]] = list(zip(*rows, strict=False))
        places = self._table.columns.places
        return Rows(lines=numbers, cells={role: columns[at] for role, at in places.items()})
