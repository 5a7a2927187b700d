"""Parquet files, read a batch of rows at a time, only the columns wanted."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from chatmill.errors import InputError, UnreadableFileError
from chatmill.importers.base import ExportFile, Item
from chatmill.importers.decoding import printable
from chatmill.importers.tables.cells import Times
from chatmill.importers.tables.columns import (
    EXAMPLE,
    Columns,
    find_columns,
    no_columns,
    settle_ids,
)
from chatmill.importers.tables.rows import Rows, TableReader
from chatmill.importers.times import from_epoch

MAGIC = b"PAR1"
BATCH_ROWS = 10_000
SAMPLE_ROWS = 100
"""Looked at to tell what a column called id holds."""


def read_parquet(file: ExportFile) -> Iterator[Item]:
    """Stream the rooms and messages of a Parquet file.

    Raises:
        InputError: It has no columns that can be read; says which there are.
        UnreadableFileError: It is damaged.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    refusals = (pa.ArrowException, OSError, ValueError, MemoryError, OverflowError)
    with file.open_bytes() as stream:
        try:
            parquet = pq.ParquetFile(stream)
            there = _by_name(parquet.schema_arrow)
        except refusals as error:
            raise _damaged(file, error) from error
        names = list(there)
        columns = find_columns(file, names)
        if columns is None:
            raise no_columns(file, names)
        _require_single(file, {role: there[names[at]] for role, at in columns.places.items()})
        wanted = sorted({names[at] for at in columns.places.values()})
        batches = parquet.iter_batches(BATCH_ROWS, columns=wanted)
        n_rows, reader, chosen = 0, None, dict[str, _Leaf]()
        while True:
            try:
                batch = next(batches, None)
                if batch is None:
                    return
                if reader is None:
                    leaves = list(there.values())
                    columns = _settled(file, columns, leaves, batch)
                    chosen = {role: leaves[at] for role, at in columns.places.items()}
                    reader = TableReader(file, columns, Times(file.settings), room=file.room_key)
                cells = {role: _cells(file, leaf.of(batch)) for role, leaf in chosen.items()}
            except refusals as error:
                raise _damaged(file, error, f" after row {n_rows}") from error
            lines = range(n_rows + 1, n_rows + batch.num_rows + 1)
            n_rows += batch.num_rows
            yield from reader.read(Rows(lines=lines, cells=cells))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Leaf:
    """A column, or a field inside one; `author.name` names it from the outside in."""

    path: tuple[str, ...]
    kind: Any
    """Its Arrow type."""

    @property
    def name(self) -> str:
        """Its name, a dot before each field."""
        return ".".join(self.path)

    def of(self, batch: Any) -> Any:  # noqa: ANN401 - an Arrow batch and array
        """Take it from a batch; what lies in an absent object is absent."""
        import pyarrow.compute as pc

        column = batch.column(batch.schema.get_all_field_indices(self.path[0])[0])
        return pc.struct_field(column, list(self.path[1:])) if self.path[1:] else column


def _by_name(schema: Any) -> dict[str, _Leaf]:  # noqa: ANN401 - an Arrow schema
    """List the columns; of two with one name the first."""
    there: dict[str, _Leaf] = {}
    for leaf in _leaves(schema):
        there.setdefault(leaf.name, leaf)
    return there


def _leaves(fields: Any, above: tuple[str, ...] = ()) -> Iterator[_Leaf]:  # noqa: ANN401 - an Arrow schema or type
    """List the columns; in place of an object its fields."""
    import pyarrow as pa

    for field in fields:
        path = (*above, field.name)
        if pa.types.is_struct(field.type):
            yield from _leaves(field.type, path)
        else:
            yield _Leaf(path=path, kind=field.type)


def _require_single(file: ExportFile, chosen: dict[str, _Leaf]) -> None:
    """Refuse columns whose cells hold more than a value, or a list of values.

    Raises:
        InputError: One does.
    """
    import pyarrow as pa

    for role, leaf in chosen.items():
        kind = leaf.kind
        if pa.types.is_list(kind) or pa.types.is_large_list(kind):
            kind = kind.value_type
        if pa.types.is_nested(kind):
            raise InputError(
                f"column {leaf.name!r} holds no {role} but more objects",
                where=file.name,
                fix=f"Name the columns to read, like {EXAMPLE}",
            )


def _settled(file: ExportFile, columns: Columns, leaves: Sequence[_Leaf], batch: Any) -> Columns:  # noqa: ANN401 - an Arrow batch
    if "id" not in columns.places:
        return columns
    rooms, ids = (
        _cells(file, leaves[columns.places[role]].of(batch).slice(0, SAMPLE_ROWS))
        if role in columns.places
        else []
        for role in ("room", "id")
    )
    return settle_ids(columns, rooms, ids)


def _damaged(file: ExportFile, error: BaseException, place: str = "") -> UnreadableFileError:
    lines = str(error).splitlines()
    return UnreadableFileError(
        f"a damaged Parquet file{place}: {printable(lines[0]) if lines else type(error).__name__}",
        where=file.name,
        fix="Export it again; rows before the damage are imported",
    )


def _cells(file: ExportFile, column: Any) -> Sequence[str]:  # noqa: ANN401 - an Arrow array
    """Write a column as text, empty where it holds nothing."""
    import pyarrow as pa

    kind = column.type
    if pa.types.is_dictionary(kind):
        words = _cells(file, column.dictionary)
        return ["" if at is None else words[at] for at in column.indices.to_pylist()]
    if pa.types.is_timestamp(kind) and kind.tz:
        return _moments(file, column)
    if pa.types.is_timestamp(kind):
        column = column.cast(pa.timestamp("s"), safe=False)
        return ["" if each is None else each.isoformat(" ") for each in column.to_pylist()]
    if pa.types.is_boolean(kind):
        return [""] * len(column)
    return [_cell(value) for value in column.to_pylist()]


def _moments(file: ExportFile, column: Any) -> list[str]:  # noqa: ANN401 - an Arrow array
    """Write moments as wall time where the settings or else the column place them."""
    import pyarrow as pa

    settings = file.settings
    if not settings.timezone and _is_zone(column.type.tz):
        from dataclasses import replace

        settings = replace(settings, timezone=column.type.tz)
    seconds = column.cast(pa.timestamp("s", column.type.tz), safe=False).cast(pa.int64())
    return ["" if each is None else from_epoch(each, settings) for each in seconds.to_pylist()]


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _cell(value: Any) -> str:  # noqa: ANN401 - whatever stands in the file
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    if isinstance(value, list):
        return json.dumps([_cell(each) for each in value], ensure_ascii=False)
    return str(value)
