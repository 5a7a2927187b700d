"""Tables: CSV and its kin, Excel workbooks, Parquet, and JSON lines with one message each."""

from collections.abc import Iterator

from chatmill.importers.base import ExportFile, Item
from chatmill.importers.decoding import require_text
from chatmill.importers.tables.columns import Columns, require_known_roles
from chatmill.importers.tables.delimited import find_delimited, header_of, read_delimited
from chatmill.importers.tables.json_rows import find_json_columns, read_json_rows
from chatmill.importers.tables.parquet import MAGIC, read_parquet
from chatmill.importers.tables.sheets import is_workbook, read_workbook

__all__ = ["TableImporter"]

NAMED = 0.96
"""Sure where the person named the columns, and they are there."""
USUAL = 0.85
ENOUGH_COLUMNS = 3
UNKNOWN = 0.35
"""A table whose columns are not known: reading it says which there are."""
LAST = 0.3
"""Of lines that are only cut alike: where nobody else reads them."""


class TableImporter:
    """Reads tables; `[import] columns` says what their columns hold, or their names do."""

    name = "table"

    def score(self, file: ExportFile) -> float:
        """Look for a header that says who wrote what."""
        if file.start.startswith(MAGIC) or is_workbook(file.start):
            return 0.9
        if file.binary_kind:
            return 0.0
        names, columns, n_records = find_json_columns(file)
        if names:
            return _sureness(columns) if columns else UNKNOWN * min(1, n_records)
        table = find_delimited(file)
        if table is not None:
            return _sureness(table.columns)
        return LAST if header_of(file) else 0.0

    def read(self, file: ExportFile) -> Iterator[Item]:
        """Stream the rooms, as they take turns, and their messages.

        Raises:
            InputError: There are no columns that can be read; says which there are.
            SettingsError: `[import] columns` names a role there is none of.
        """
        require_known_roles(file.settings.columns)
        if file.start.startswith(MAGIC):
            return read_parquet(file)
        if is_workbook(file.start):
            return read_workbook(file)
        require_text(file)
        is_json = file.head.lstrip().startswith("{")
        return read_json_rows(file) if is_json else read_delimited(file)


def _sureness(columns: Columns) -> float:
    if columns.is_named:
        return NAMED
    return USUAL if len(columns.places) >= ENOUGH_COLUMNS or columns.is_questions else USUAL - 0.2
