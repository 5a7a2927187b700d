"""XLSX workbooks, read row by row: values as last calculated, every sheet with a fitting header."""

import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import ParseError

from chatmill.errors import UnreadableFileError
from chatmill.importers.assembly import reject
from chatmill.importers.base import ExportFile, Item
from chatmill.importers.decoding import printable
from chatmill.importers.tables.cells import Times
from chatmill.importers.tables.columns import Columns, find_columns, no_columns, settle_ids
from chatmill.importers.tables.delimited import BATCH_ROWS, HEADER_ROWS
from chatmill.importers.tables.rows import Rows, TableReader
from chatmill.importers.zipped_parts import require_modest_parts

if TYPE_CHECKING:
    from chatmill.records import Rejection

ZIP_MAGIC = b"PK\x03\x04"
MOST_ROWS = 1_048_576
"""Rows a sheet may have."""
SAMPLE_ROWS = 100
"""Rows below the header looked at to tell what a column called id holds."""
HEADER_CELLS = 256
"""Columns in which names are looked for."""
_REFUSALS = (
    *(zipfile.BadZipFile, zlib.error, ParseError, OSError, EOFError, NotImplementedError),
    *(ValueError, TypeError, LookupError, AttributeError, OverflowError, RuntimeError),
    AssertionError,
)
"""What openpyxl answers to a workbook that is none: it checks little by itself."""


def is_workbook(start: bytes) -> bool:
    """Say whether a file begins as an Excel workbook does."""
    return start.startswith(ZIP_MAGIC) and b"xl/" in start


@dataclass(frozen=True, slots=True, kw_only=True)
class _Top:
    """What stands at the top of a sheet."""

    columns: Columns | None
    header_row: int
    """Row of the header, from 1."""
    first: list[str]
    """Its first row that is not blank."""


def read_workbook(file: ExportFile) -> Iterator[Item]:
    """Stream the rooms and messages of all sheets that have a header; name the others.

    Raises:
        InputError: No sheet has columns that can be read; says which there are.
        UnreadableFileError: It is no workbook, or damaged.
        LimitError: It unpacks to more than the limits of archives allow.
    """
    with file.open_bytes() as stream:
        _require_limits(file, stream)
        book = _opened(file, stream)
        try:
            sheets = [sheet for sheet in book.worksheets if hasattr(sheet, "iter_rows")]
            found = [(sheet, _look_at(file, sheet)) for sheet in sheets]
            if not any(top.columns for _, top in found):
                raise no_columns(file, found[0][1].first if found else [])
            for sheet, top in found:
                if top.columns is None:
                    reason = f"sheet {_name(sheet)!r} has no columns that hold who wrote what"
                    yield reject(file, 1, reason, ", ".join(top.first))
                else:
                    yield from _Sheet(file, sheet, top.columns, top.header_row).read()
        finally:
            book.close()


def _require_limits(file: ExportFile, stream: Any) -> None:  # noqa: ANN401 - a binary stream
    """Refuse a workbook that unpacks to too much.

    Raises:
        LimitError: It does.
        UnreadableFileError: It is no ZIP archive.
    """
    try:
        parts = zipfile.ZipFile(stream).infolist()
    except _REFUSALS as error:
        raise _damaged(file, error) from error
    require_modest_parts(
        file,
        parts,
        max_bytes=file.settings.max_archive_bytes,
        size_fix="Save it as CSV, or raise [import] max_archive_bytes",
        ratio_fix="Save it as CSV, or raise [import] max_compression_ratio",
    )


def _opened(file: ExportFile, stream: Any) -> Any:  # noqa: ANN401 - an openpyxl workbook
    import openpyxl

    try:
        return openpyxl.load_workbook(stream, read_only=True, data_only=True, keep_links=False)
    except _REFUSALS as error:
        raise _damaged(file, error) from error


def _damaged(file: ExportFile, error: BaseException) -> UnreadableFileError:
    lines = printable(str(error)).splitlines() or [type(error).__name__]
    return UnreadableFileError(
        f"no Excel workbook that can be read: {lines[0]}",
        where=file.name,
        fix="Open it in a spreadsheet program and save it again, or save it as CSV",
    )


def _look_at(file: ExportFile, sheet: Any) -> _Top:  # noqa: ANN401 - an openpyxl sheet
    """Look at the first rows of a sheet."""
    first: list[str] = []
    columns: Columns | None = None
    rooms: list[str] = []
    ids: list[str] = []
    header_row = 0
    last = HEADER_ROWS + SAMPLE_ROWS
    try:
        sheet.reset_dimensions()  # what a file says of its size is not always true
        rows = sheet.iter_rows(max_row=last, max_col=HEADER_CELLS, values_only=True)
        for number, row in enumerate(rows, 1):
            names = [_cell(value) for value in row]
            first = first or [name for name in names if name]
            if columns is not None and "id" in columns.places:
                ids.append(names[columns.places["id"]])
                rooms.append(names[columns.places["room"]] if "room" in columns.places else "")
            elif columns is None and number <= HEADER_ROWS:
                columns = find_columns(file, names)
                header_row = number
    except _REFUSALS:
        return _Top(columns=None, header_row=0, first=first or ["(damaged)"])
    if columns is not None and ids:
        columns = settle_ids(columns, rooms, ids)
    return _Top(columns=columns, header_row=header_row, first=first)


class _Sheet:
    """One sheet with a header."""

    def __init__(
        self,
        file: ExportFile,
        sheet: Any,  # noqa: ANN401 - an openpyxl sheet
        columns: Columns,
        header_row: int,
    ) -> None:
        self._header_row = header_row
        self._file = file
        self._sheet = sheet
        self._columns = columns
        self._refused: list[Rejection] = []

    def read(self) -> Iterator[Item]:
        """Stream its rooms and messages."""
        reader: TableReader | None = None
        for rows in self._batches():
            if reader is None:
                times = Times(self._file.settings, rows.cells.get("time", ()))
                room = f"{self._file.room_key}#{_name(self._sheet)}"
                reader = TableReader(self._file, self._columns, times, room=room, fill_down=True)
            yield from reader.read(rows)
        yield from self._refused

    def _batches(self) -> Iterator[Rows]:
        places = self._columns.places
        numbers: list[int] = []
        rows: list[list[str]] = []
        for number, row in self._rows():
            numbers.append(number)
            rows.append([_cell(row[at]) if at < len(row) else "" for at in places.values()])
            if len(rows) >= BATCH_ROWS:
                yield self._by_column(numbers, rows)
                numbers, rows = [], []
        if rows:
            yield self._by_column(numbers, rows)

    def _rows(self) -> Iterator[tuple[int, Sequence[Any]]]:
        """Stream the rows below the header with their numbers."""
        width = max(self._columns.places.values()) + 1
        number = 0
        try:
            for row in self._sheet.iter_rows(max_col=width, values_only=True):
                number += 1
                if number > MOST_ROWS:
                    self._refuse(number, f"a sheet of more than {MOST_ROWS:,} rows", "")
                    return
                if not any(value is not None for value in row):
                    continue
                if number > self._header_row:
                    yield number, row
                elif number < self._header_row:
                    raw = ", ".join(_cell(value) for value in row if value is not None)
                    self._refuse(number, "stands above the header", raw)
        except _REFUSALS as error:
            self._refuse(number + 1, f"cannot be read on: {str(error)[:100]}", "")

    def _refuse(self, number: int, reason: str, raw: str) -> None:
        reason = f"sheet {_name(self._sheet)!r}: {printable(reason)}"
        self._refused.append(reject(self._file, number, reason, raw))

    def _by_column(self, numbers: list[int], rows: list[list[str]]) -> Rows:
        columns = zip(*rows, strict=True)
        return Rows(lines=numbers, cells=dict(zip(self._columns.places, columns, strict=True)))


def _name(sheet: Any) -> str:  # noqa: ANN401 - an openpyxl sheet
    return printable(str(sheet.title)[:100])


def _cell(value: Any) -> str:  # noqa: ANN401 - whatever stands in a cell
    """Write a cell as text; whole numbers without a fraction, midnight as a date."""
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.replace(microsecond=0).isoformat(" ")
    if isinstance(value, (date, time)):
        return value.isoformat()
    return str(value)
