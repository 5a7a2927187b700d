"""Writes one part, whole or not at all, and knows which messages were met before."""

import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Protocol, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from chatmill.errors import StorageError
from chatmill.frames.columns import SCHEMA, placed
from chatmill.frames.places import (
    daft_io_config,
    delete_object,
    list_objects,
    local_path,
    open_object,
    put_object,
)

_GLOB_SIGNS = re.compile(r"[\[\]*?{}!\\]")


LONGEST_RUN = 4_000_000
"""Keys that are sorted together: merging them takes as much memory again, for a moment."""


class SeenMessages:
    """64-bit keys of all messages met so far: eight bytes a message, whatever their number.

    Args:
        keys: uint64, shape (n_messages,), in any order.
    """

    def __init__(self, keys: np.ndarray) -> None:
        self._runs = [np.sort(keys)]

    def take_new(self, rows: pa.Table) -> pa.Table:
        """Return the rows met for the first time, and remember them."""
        keys, first = np.unique(message_keys(rows), return_index=True)
        is_unseen = np.ones(len(keys), bool)
        for run in self._runs:
            if len(run):
                at = np.minimum(np.searchsorted(run, keys), len(run) - 1)
                is_unseen &= run[at] != keys
        is_new = np.zeros(len(rows), bool)
        is_new[first[is_unseen]] = True
        self._remember(keys[is_unseen])
        return rows if is_new.all() else rows.filter(pa.array(is_new))

    def _remember(self, keys: np.ndarray) -> None:
        """Keep few sorted runs: two of similar length become one, unless both are long."""
        self._runs.append(keys)
        while len(self._runs) > 1 and len(self._runs[-2]) <= 2 * len(self._runs[-1]):
            if len(self._runs[-2]) + len(self._runs[-1]) > LONGEST_RUN:
                break
            last = self._runs.pop()
            self._runs[-1] = np.concatenate([self._runs[-1], last])
            self._runs[-1].sort(kind="stable")


def message_keys(rows: pa.Table) -> np.ndarray:
    """Return a 64-bit key of each message's conversation and id.

    Returns:
        uint64, shape (n_rows,).
    """
    import daft

    names = pc.binary_join_element_wise(
        rows.column("conversation_id"), rows.column("message_id"), "\0"
    )
    hashes = daft.Series.from_arrow(names.combine_chunks()).hash().to_arrow()
    keys: np.ndarray = hashes.to_numpy(zero_copy_only=False)
    return keys


class PartFolder(Protocol):
    """Where the parts of a store lie."""

    address: str
    """What to call it."""

    def prepare(self) -> None:
        """Make it ready to be written: made, and swept of what killed writes left."""
        ...

    def names(self) -> list[str]:
        """List the files in it, sorted."""
        ...

    def state(self) -> str:
        """Return what changes whenever a part comes."""
        ...

    def partial(self, name: str) -> Path:
        """Return a file on this machine to write a part to before it is published."""
        ...

    def publish(self, partial: Path, name: str) -> None:
        """Put a part in its place, whole; one that stands there is replaced."""
        ...

    def addresses(self, names: Sequence[str]) -> list[str]:
        """Return where Daft finds these files."""
        ...

    def open(self, name: str) -> BinaryIO:
        """Open a part for reading."""
        ...

    def remove(self, name: str) -> None:
        """Delete a part."""
        ...

    def io_config(self) -> Any:  # noqa: ANN401 - a daft.io.IOConfig
        """What Daft must know to get there; None where nothing."""
        ...


class LocalFolder:
    """Parts in a folder on this machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.address = str(folder)

    def prepare(self) -> None:
        """Make the folder, and sweep what a killed write left beside the parts."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for path in self.folder.glob(".*.partial"):
            path.unlink()

    def names(self) -> list[str]:
        """List the files in it, sorted."""
        return sorted(each.name for each in self.folder.iterdir()) if self.folder.is_dir() else []

    def state(self) -> str:
        """Return when the folder changed last."""
        return str(self.folder.stat().st_mtime_ns) if self.folder.is_dir() else ""

    def partial(self, name: str) -> Path:
        """Return a hidden file beside the part's place."""
        return self.folder / f".{name}.partial"

    def publish(self, partial: Path, name: str) -> None:
        """Rename a part into its place once it is safely on disk."""
        _sync(partial)
        partial.replace(self.folder / name)
        _sync(self.folder)

    def addresses(self, names: Sequence[str]) -> list[str]:
        """Return paths whose own glob signs are no globs."""
        return [_GLOB_SIGNS.sub(r"\\\g<0>", str(self.folder / name)) for name in names]

    def open(self, name: str) -> BinaryIO:
        """Open a part for reading."""
        return (self.folder / name).open("rb")

    def remove(self, name: str) -> None:
        """Delete a part; the disk has it before this returns."""
        (self.folder / name).unlink(missing_ok=True)
        _sync(self.folder)

    def io_config(self) -> None:
        """Nothing to know."""


class Bucket:
    """Parts on an object store: each is one object, put there when it is whole.

    Args:
        url: Like `s3://bucket/chats`.
    """

    def __init__(self, url: str) -> None:
        self.address = url.rstrip("/")

    def prepare(self) -> None:
        """Nothing to make: an object store has no folders."""

    def names(self) -> list[str]:
        """List the objects in it, sorted."""
        return [name for name in list_objects(self.address) if "/" not in name]

    def state(self) -> str:
        """Return the names of all parts."""
        with storage_errors(self.address):
            return "\n".join(self.names())

    def partial(self, name: str) -> Path:
        """Return a temporary file on this machine."""
        descriptor, path = tempfile.mkstemp(suffix=f"-{name}")
        os.close(descriptor)
        return Path(path)

    def publish(self, partial: Path, name: str) -> None:
        """Put a part on the store."""
        put_object(partial, f"{self.address}/{name}")

    def addresses(self, names: Sequence[str]) -> list[str]:
        """Return the objects' URLs."""
        return [f"{self.address}/{name}" for name in names]

    def open(self, name: str) -> BinaryIO:
        """Open a part for reading."""
        return open_object(f"{self.address}/{name}")

    def remove(self, name: str) -> None:
        """Delete a part."""
        delete_object(f"{self.address}/{name}")

    def io_config(self) -> Any:  # noqa: ANN401 - a daft.io.IOConfig
        """Where the S3 server is, if it is not Amazon's."""
        return daft_io_config()


def folder_of(location: Path | str) -> PartFolder:
    """Open a place for parts: a folder, or a URL of an object store."""
    if isinstance(location, str):
        path = local_path(location)
        if path is None:
            return Bucket(location)
        location = path
    return LocalFolder(location)


class PartFile:
    """Writes a part aside, and publishes it once it is whole.

    Args:
        folder: Where parts lie.
        name: Of the part's file.
    """

    def __init__(self, folder: PartFolder, name: str) -> None:
        self._folder = folder
        self._name = name
        self._partial: Path | None = None
        self._writer: pq.ParquetWriter | None = None
        self._n_rows = 0

    def __enter__(self) -> Self:
        """Begin; nothing is written before the first row."""
        return self

    def __exit__(self, *_exc: object) -> None:
        """Throw away what was not published."""
        with storage_errors(self._folder.address):
            try:
                if self._writer is not None:
                    self._writer.close()
            finally:
                if self._partial is not None:
                    self._partial.unlink(missing_ok=True)

    def append(self, rows: pa.Table) -> None:
        """Write one row group."""
        with storage_errors(self._folder.address):
            if self._writer is None:
                self._partial = self._folder.partial(self._name)
                self._writer = pq.ParquetWriter(self._partial, SCHEMA, compression="zstd")
            self._writer.write_table(placed(rows, self._n_rows))
        self._n_rows += len(rows)

    def publish(self) -> None:
        """Put the part in its place; nothing happens where nothing was written."""
        if self._writer is None or self._partial is None:
            return
        with storage_errors(self._folder.address):
            self._writer.close()
            self._writer = None
            self._folder.publish(self._partial, self._name)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def storage_errors(place: Path | str) -> Iterator[None]:
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
