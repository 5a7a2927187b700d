"""Writes one part, whole or not at all, and knows which messages were met before."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import numpy as np
import pyarrow.parquet as pq

from chatmill.errors import StorageError
from chatmill.frames.columns import SCHEMA, Row, table_of


class SeenMessages:
    """64-bit keys of all messages met so far: eight bytes a message, whatever their number.

    Args:
        keys: uint64, shape (n_messages,), in any order.
    """

    def __init__(self, keys: np.ndarray) -> None:
        self._runs = [np.sort(keys)]

    def take_new(self, rows: list[Row]) -> list[Row]:
        """Return the rows met for the first time, and remember them."""
        import daft

        names = [f"{conversation.id}\0{message.id}" for conversation, message in rows]
        keys = daft.Series.from_pylist(names).hash().to_arrow().to_numpy(zero_copy_only=False)
        is_new = np.zeros(len(rows), bool)
        is_new[np.unique(keys, return_index=True)[1]] = True
        for run in self._runs:
            if len(run):
                at = np.minimum(np.searchsorted(run, keys), len(run) - 1)
                is_new &= run[at] != keys
        self._remember(np.sort(keys[is_new]))
        return [row for row, new in zip(rows, is_new, strict=True) if new]

    def _remember(self, keys: np.ndarray) -> None:
        """Keep few sorted runs: two of similar length become one."""
        self._runs.append(keys)
        while len(self._runs) > 1 and len(self._runs[-2]) <= 2 * len(self._runs[-1]):
            last = self._runs.pop()
            self._runs[-1] = np.sort(np.concatenate([self._runs[-1], last]), kind="stable")


class PartFile:
    """Writes a part beside its place and renames it there once it is safely on disk."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self._partial = target.with_name(f".{target.name}.partial")
        self._writer: pq.ParquetWriter | None = None
        self._n_rows = 0

    def __enter__(self) -> Self:
        """Begin; nothing is written before the first row."""
        return self

    def __exit__(self, *_exc: object) -> None:
        """Throw away what was not published."""
        with storage_errors(self._target):
            try:
                if self._writer is not None:
                    self._writer.close()
            finally:
                self._partial.unlink(missing_ok=True)

    def append(self, rows: list[Row]) -> None:
        """Write one row group."""
        with storage_errors(self._target):
            if self._writer is None:
                self._writer = pq.ParquetWriter(self._partial, SCHEMA, compression="zstd")
            self._writer.write_table(table_of(rows, self._n_rows))
        self._n_rows += len(rows)

    def publish(self) -> None:
        """Put the part in its place; nothing happens where nothing was written."""
        if self._writer is None:
            return
        with storage_errors(self._target):
            self._writer.close()
            self._writer = None
            _sync(self._partial)
            self._partial.replace(self._target)
            _sync(self._target.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def storage_errors(place: Path) -> Iterator[None]:
    """Turn what the disk, Arrow or Daft refuse into one line.

    Raises:
        StorageError: Something could not be read or written.
    """
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"conversations cannot be read or written: {error.strerror or error}",
            where=str(place),
            fix="Check free disk space and permissions; nothing was half-written",
        ) from error
    except ValueError as error:  # what Daft's and Arrow's own errors are
        if not type(error).__module__.startswith(("daft", "pyarrow")):
            raise
        raise StorageError(
            f"a part cannot be read: {str(error).splitlines()[0]}",
            where=str(place),
            fix="Restore the file from a backup, or delete it and import its source again",
        ) from error
