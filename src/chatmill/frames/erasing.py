"""Takes messages out of parts: the one place where a part that stands is written anew."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from chatmill.frames.columns import PART_NAME, SCHEMA
from chatmill.frames.parts import PartFile, PartFolder, folder_of, storage_errors

_DATE = "^[0-9]{4}-[0-9]{2}-[0-9]{2}"
_DATE_CHARACTERS = 10
_WORDS = ("source", "title", "speaker", "text", "original")
ROWS_AT_ONCE = 20_000


@dataclass(frozen=True, slots=True, order=True)
class SpeakerRule:
    """Somebody's messages."""

    speaker: str
    """As exported."""
    conversation_id: str = ""
    """In this one; in all when empty."""
    part: str = ""
    """Of the part of this name; of all when empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowRule:
    """Which messages go."""

    conversation_ids: frozenset[str] = frozenset()
    """All of these conversations."""
    speakers: tuple[SpeakerRule, ...] = ()
    before: str = ""
    """All of earlier dates than this one, `2026-01-31`; what has no date stays."""

    def chosen(self, rows: pa.Table, part: str) -> pa.Array:
        """Say of each row whether it goes.

        Args:
            rows: With columns `conversation_id`, `speaker` and `sent_at`.
            part: Name of the part they lie in.

        Returns:
            Boolean, one a row.
        """
        rooms, people = rows.column("conversation_id"), rows.column("speaker")
        chosen = pc.is_in(rooms, pa.array(sorted(self.conversation_ids), pa.string()))
        for rule in self.speakers:
            if rule.part not in ("", part):
                continue
            found = pc.equal(people, rule.speaker)
            if rule.conversation_id:
                found = pc.and_(found, pc.equal(rooms, rule.conversation_id))
            chosen = pc.or_(chosen, found)
        if self.before:
            chosen = pc.or_(chosen, is_older(rows.column("sent_at"), self.before))
        return chosen


class StoredRow(NamedTuple):
    """What a scan looks at."""

    conversation_id: str
    message_id: str
    speaker: str
    title: str
    text: str
    is_dated: bool
    is_chosen: bool
    """It goes."""


def is_older(times: pa.ChunkedArray, date: str) -> pa.ChunkedArray:
    """Say of each time whether it lies before a date; a time without a date does not."""
    is_dated = pc.match_substring_regex(times, _DATE)
    return pc.and_(is_dated, pc.less(pc.utf8_slice_codeunits(times, 0, _DATE_CHARACTERS), date))


def scan_rows(address: str, rule: RowRule) -> Iterator[StoredRow]:
    """Stream every message with whether it goes.

    Args:
        address: Where the parts lie.
        rule: Which go.

    Raises:
        StorageError: A part cannot be read.
    """
    columns = ["conversation_id", "message_id", "speaker", "title", "text", "original", "sent_at"]
    folder = folder_of(address)
    for name in _parts(folder):
        for rows in _row_groups(folder, name, columns):
            chosen = rule.chosen(rows, _source(name)).to_pylist()
            dated = pc.match_substring_regex(rows.column("sent_at"), _DATE).to_pylist()
            lists = [rows.column(each).to_pylist() for each in columns[:-1]]
            for room, key, speaker, title, text, original, is_dated, goes in zip(
                *lists, dated, chosen, strict=True
            ):
                words = f"{text}\n{original}"
                yield StoredRow(room, key, speaker, title, words, is_dated, goes)


def count_older(address: str, date: str) -> int:
    """Count the messages of earlier dates, without reading a word.

    Raises:
        StorageError: A part cannot be read.
    """
    folder = folder_of(address)
    groups = (rows for name in _parts(folder) for rows in _row_groups(folder, name, ["sent_at"]))
    return sum(pc.sum(is_older(rows.column(0), date)).as_py() or 0 for rows in groups)


def erase_rows(
    address: str,
    rule: RowRule,
    cover: Callable[[str], str],
    on_part: Callable[[int, int], None] = lambda _done, _total: None,
) -> None:
    """Take messages out of every part, and cover names in those that stay.

    Each part is replaced whole or not at all, so a killed run is simply run again.

    Args:
        address: Where the parts lie.
        rule: Which messages go.
        cover: Of a text; as long as it was.
        on_part: Told how many parts are done, of how many.

    Raises:
        StorageError: A part cannot be read or written.
    """
    folder = folder_of(address)
    with storage_errors(address):
        folder.prepare()
    parts = _parts(folder)
    for done, name in enumerate(parts):
        on_part(done, len(parts))
        if not _is_touched(folder, name, rule, cover):
            continue
        with PartFile(folder, name) as fresh:
            n_rows = 0
            for rows in _row_groups(folder, name, None):
                kept = rows.filter(pc.invert(rule.chosen(rows, _source(name))))
                if len(kept):
                    fresh.append(_covered(kept, cover).drop_columns(["position"]))
                    n_rows += len(kept)
            if n_rows:
                fresh.publish()
            else:
                with storage_errors(address):
                    folder.remove(name)
    on_part(len(parts), len(parts))


def _is_touched(folder: PartFolder, name: str, rule: RowRule, cover: Callable[[str], str]) -> bool:
    for rows in _row_groups(folder, name, None):
        if pc.any(rule.chosen(rows, _source(name))).as_py() or _covered(rows, cover) is not rows:
            return True
    return False


def _covered(rows: pa.Table, cover: Callable[[str], str]) -> pa.Table:
    """Return the rows with names covered; the very same table where there are none."""
    for name in _WORDS:
        before = rows.column(name).to_pylist()
        after = list(map(cover, before))
        if after != before:
            rows = _with_column(rows, name, after)
    attached = rows.column("attachments").to_pylist()
    hidden = [[cover(each) for each in files] for files in attached]
    return rows if hidden == attached else _with_column(rows, "attachments", hidden)


def _with_column(rows: pa.Table, name: str, values: Sequence[object]) -> pa.Table:
    field = SCHEMA.field(name)
    at = rows.schema.get_field_index(name)
    return rows.set_column(at, field, pa.array(values, field.type))


def _parts(folder: PartFolder) -> list[str]:
    with storage_errors(folder.address):
        return [name for name in folder.names() if PART_NAME.match(name)]


def _source(name: str) -> str:
    found = PART_NAME.match(name)
    return found[2] if found else ""


def _row_groups(folder: PartFolder, name: str, columns: list[str] | None) -> Iterator[pa.Table]:
    with storage_errors(f"{folder.address}/{name}"), folder.open(name) as stream:
        for batch in pq.ParquetFile(stream).iter_batches(ROWS_AT_ONCE, columns=columns):
            yield pa.Table.from_batches([batch])
