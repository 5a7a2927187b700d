"""JSON lines with one message a line."""

import json
from collections.abc import Iterator
from typing import Any

from chatmill.importers.assembly import reject
from chatmill.importers.base import ExportFile, Item
from chatmill.importers.tables.cells import Times
from chatmill.importers.tables.columns import LATE, Columns, find_columns, no_columns, settle_ids
from chatmill.importers.tables.delimited import BATCH_ROWS
from chatmill.importers.tables.rows import Rows, TableReader

SAMPLE_LINES = 50
"""Looked at to find the columns."""
_NESTED = frozenset({"messages", "conversations", "comments", "conversation_parts", "post_stream"})
"""Keys under which other formats keep their messages."""


def find_json_columns(file: ExportFile) -> tuple[list[str], Columns | None, int]:
    """Tell the columns of objects that stand one a line.

    Returns:
        Names of the columns, what they hold (None where they are not known), and how many objects
        were looked at.
    """
    records = _first_records(file.head)
    names = list(dict.fromkeys(name for record in records for name in _names(record)))
    objects = {name.partition(".")[0] for name in names if "." in name}
    names = [name for name in names if name not in objects]
    if not records or not _NESTED.isdisjoint(names):
        return names, None, 0
    columns = find_columns(file, with_late := _with_late(file, names))
    if columns is None or columns.is_named:
        names = with_late
    else:  # a mapping that does not fit adds no names of its own
        columns = find_columns(file, names)
    if columns is not None and "id" in columns.places:
        rooms, ids = (
            [_cell(_value(record, names[columns.places[role]])) or "" for record in records]
            if role in columns.places
            else []
            for role in ("room", "id")
        )
        columns = settle_ids(columns, rooms, ids)
    return names, columns, len(records)


def read_json_rows(file: ExportFile) -> Iterator[Item]:
    """Stream the rooms and messages of objects that stand one a line.

    Raises:
        InputError: They have no keys that can be read; says which there are.
    """
    names, columns, _ = find_json_columns(file)
    if columns is None:
        raise no_columns(file, names)
    chosen = {role: names[at] for role, at in columns.places.items()}
    sample = [_cell(_value(record, chosen.get("time", ""))) for record in _first_records(file.head)]
    times = Times(file.settings, [cell for cell in sample if cell])
    reader = TableReader(file, columns, times, room=file.room_key)
    numbers: list[int] = []
    rows: list[list[str]] = []
    refused = []
    for number, line in enumerate(file.lines(), 1):
        row = _row(line, chosen) if line.strip() else None
        if isinstance(row, str):
            refused.append(reject(file, number, row, line))
        elif row is not None:
            numbers.append(number)
            rows.append(row)
        if len(rows) >= BATCH_ROWS or len(refused) >= BATCH_ROWS:
            yield from _batch(reader, numbers, rows, list(chosen))
            yield from refused
            numbers, rows, refused = [], [], []
    yield from _batch(reader, numbers, rows, list(chosen))
    yield from refused


def _batch(
    reader: TableReader, numbers: list[int], rows: list[list[str]], roles: list[str]
) -> Iterator[Item]:
    if rows:
        yield from reader.read(
            Rows(lines=numbers, cells=dict(zip(roles, zip(*rows, strict=True), strict=True)))
        )


def _row(line: str, chosen: dict[str, str]) -> list[str] | str:
    """Read one line into cells, or say why that is not possible."""
    try:
        record = json.loads(line)
    except json.JSONDecodeError as error:
        return f"not JSON: {error.msg.removesuffix(' at')} at column {error.colno}"
    except RecursionError:
        return "not JSON: nested too deep"
    except ValueError:
        return "not JSON: a number nobody can read"
    if not isinstance(record, dict):
        return "not an object"
    row = []
    for role, name in chosen.items():
        cell = _cell(_value(record, name))
        if cell is None:
            return f"{name!r} holds no {role} but more objects"
        row.append(cell)
    return row


def _first_records(head: str) -> list[dict[str, Any]]:
    records = []
    for line in head.splitlines()[:SAMPLE_LINES]:
        if not line.lstrip().startswith("{"):
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(record, dict):
            records.append(record)
    return records


def _with_late(file: ExportFile, names: list[str]) -> list[str]:
    """Add the mapped names that later objects may have."""
    late = [name for role, name in file.settings.columns.items() if role in LATE]
    return list(dict.fromkeys([*names, *late]))


def _names(record: dict[str, Any]) -> Iterator[str]:
    """Name the keys of an object; those of an object inside it with a dot between."""
    for name, value in record.items():
        if isinstance(value, dict):
            yield from (f"{name}.{inner}" for inner in value)
        else:
            yield name


def _value(record: dict[str, Any], name: str) -> Any:  # noqa: ANN401 - whatever stands in the file
    if name in record or "." not in name:
        return record.get(name)
    outer, _, inner = name.partition(".")
    found = record.get(outer)
    return found.get(inner) if isinstance(found, dict) else None


def _cell(value: Any) -> str | None:  # noqa: ANN401 - whatever stands in the file
    """Write a value as a cell; None where it is more than one value."""
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return json.dumps(value, ensure_ascii=False)
    return None
