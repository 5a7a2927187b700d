"""Reads one conversation after the other by where it lies, and keeps what lies around it in memory.

A person who reviews goes through conversations in the order they were imported. One row group
holds thousands of them, so that most are there already when they are asked for.
"""

from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from chatmill.frames.columns import SCHEMA

BYTES_IN_MEMORY = 64_000_000
"""Of row groups that were read; the latest one is kept, however large."""
_POSITION = SCHEMA.get_field_index("position")


@dataclass(frozen=True, slots=True)
class _Part:
    """A file and what its row groups hold."""

    stamp: tuple[int, int]
    """Changes when the file is replaced."""
    ranges: tuple[tuple[int, int], ...]
    """First and last position of each row group."""


class NearbyRows:
    """Row groups of parts on this machine, read when first asked for."""

    def __init__(self) -> None:
        self._parts: dict[Path, _Part] = {}
        self._groups: OrderedDict[tuple[Path, tuple[int, int], int], pa.Table] = OrderedDict()

    def rows(self, path: Path, conversation_id: str, first: int, n_rows: int) -> pa.Table | None:
        """Return a conversation's rows of one part, in order.

        Args:
            path: The part.
            conversation_id: Whose rows.
            first: Position of the first.
            n_rows: How many there are.

        Returns:
            A table of the store's schema; None where they do not lie side by side.
        """
        part = self._part(path)
        pieces = []
        for number, (low, high) in enumerate(part.ranges):
            if low <= first + n_rows - 1 and high >= first:
                group = self._group(path, part, number)
                positions = group.column("position").to_numpy()
                start, end = np.searchsorted(positions, [first, first + n_rows])
                pieces.append(group.slice(start, end - start))
        if not pieces:
            return None
        found = pa.concat_tables(pieces)
        is_whole = (
            len(found) == n_rows
            and pc.all(pc.equal(found.column("conversation_id"), conversation_id)).as_py()
        )
        return found if is_whole else None

    def _part(self, path: Path) -> _Part:
        status = path.stat()
        stamp = (status.st_mtime_ns, status.st_size)
        known = self._parts.get(path)
        if known is None or known.stamp != stamp:
            known = _Part(stamp, _ranges(pq.read_metadata(path)))
            self._parts[path] = known
        return known

    def _group(self, path: Path, part: _Part, number: int) -> pa.Table:
        key = (path, part.stamp, number)
        found = self._groups.get(key)
        if found is None:
            with pq.ParquetFile(path) as file:
                found = file.read_row_group(number, use_threads=False)
            self._groups[key] = found
            while (
                len(self._groups) > 1
                and sum(each.nbytes for each in self._groups.values()) > BYTES_IN_MEMORY
            ):
                self._groups.popitem(last=False)
        self._groups.move_to_end(key)
        return found


def _ranges(metadata: pq.FileMetaData) -> tuple[tuple[int, int], ...]:
    columns = (
        metadata.row_group(number).column(_POSITION) for number in range(metadata.num_row_groups)
    )
    return tuple((each.statistics.min, each.statistics.max) for each in columns)
