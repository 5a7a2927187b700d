"""Streams out of archives: counted while they are read, whatever the archive says of itself."""

import io
import lzma
import threading
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import BinaryIO, cast

from chatmill.errors import LimitError, UnreadableFileError
from chatmill.settings import ImportSettings

BUFFER_BYTES = 1 << 18
"""Unpacked at once."""
FREE_BYTES = 1 << 20
"""A file may grow to this whatever it was packed to: short files of one letter do."""


class Budget:
    """Counts what an archive unpacks to, and stops it at the limits.

    Args:
        name: What to call the archive.
        packed_bytes: Its own length.
        settings: How much it may unpack to, and how many times its length.
    """

    def __init__(self, name: str, packed_bytes: int, settings: ImportSettings) -> None:
        self._name = name
        self._packed_bytes = packed_bytes
        self._settings = settings
        self._unpacked_bytes = 0

    def spend(self, n_bytes: int) -> None:
        """Count further bytes.

        Raises:
            LimitError: The archive unpacks to more than it may.
        """
        self._unpacked_bytes += n_bytes
        most = self._settings.max_archive_bytes
        if self._unpacked_bytes > most:
            raise LimitError(
                f"unpacks to more than {most:,} bytes",
                where=self._name,
                fix="Split it, or raise [import] max_archive_bytes",
            )
        self.require_ratio(self._name, self._unpacked_bytes, self._packed_bytes)

    def require_ratio(self, name: str, unpacked_bytes: int, packed_bytes: int) -> None:
        """Refuse what grows too much.

        Raises:
            LimitError: It does.
        """
        most = self._settings.max_compression_ratio
        if unpacked_bytes > max(FREE_BYTES, most * min(packed_bytes, self._packed_bytes)):
            raise LimitError(
                f"unpacks to more than {most:g} times its length",
                where=name,
                fix="If you trust it, raise [import] max_compression_ratio",
            )


@dataclass(slots=True)
class MemberFile:
    """A file in an archive; what it unpacks to counts once, however often it is read."""

    name: str
    """With the archive's name in front."""
    declared_bytes: int | None
    """Length the archive tells; None where it tells none."""
    packed_bytes: int
    opener: Callable[[], BinaryIO]
    budget: Budget | None = None
    """None where the archive was counted as a whole."""
    _furthest: int = field(default=0, init=False)

    @property
    def size(self) -> int:
        """Length in bytes.

        Raises:
            UnreadableFileError: It is damaged.
            LimitError: It unpacks to more than it may.
        """
        if self.declared_bytes is None:
            with self.open() as stream:
                self.declared_bytes = stream.seek(0, io.SEEK_END)
        return self.declared_bytes

    def open(self) -> BinaryIO:
        """Open it from its first byte.

        Raises:
            UnreadableFileError: It is damaged, or packed in a way nobody here knows.
        """
        with reading_archive(self.name):
            inner = self.opener()
        return io.BufferedReader(_Counted(inner, self), BUFFER_BYTES)

    def reach(self, position: int) -> None:
        """Count what was never read before.

        Raises:
            LimitError: The file, or its archive, unpacks to more than it may.
        """
        if self.budget is None or position <= self._furthest:
            return
        n_bytes, self._furthest = position - self._furthest, position
        self.budget.require_ratio(self.name, position, self.packed_bytes)
        self.budget.spend(n_bytes)


class _Counted(io.RawIOBase):
    """Tells a member how far it was read; what is broken inside becomes one clear line."""

    def __init__(self, inner: BinaryIO, member: MemberFile) -> None:
        self._inner = inner
        self._member = member
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(cast("bytearray", buffer))
        with reading_archive(self._member.name):
            data = self._inner.read(len(view))
        view[: len(data)] = data
        self._at += len(data)
        self._member.reach(self._at)
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence == io.SEEK_END:
            while self.read(BUFFER_BYTES):
                pass
        start = 0 if whence == io.SEEK_SET else self._at
        target = max(0, start + offset)
        if target > self._at:
            while self._at < target and self.read(min(BUFFER_BYTES, target - self._at)):
                pass
        elif target < self._at:
            with reading_archive(self._member.name):
                self._at = self._inner.seek(target)
        return self._at

    def close(self) -> None:
        if not self.closed:
            self._inner.close()
        super().close()


class Shared:
    """One open file that several streams read from."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def read_at(self, position: int, n_bytes: int) -> bytes:
        """Read from a place."""
        with self._lock:
            self._stream.seek(position)
            return self._stream.read(n_bytes)


class Slice(io.RawIOBase):
    """A stretch of a shared file, as a file of its own."""

    def __init__(self, shared: Shared, start: int, length: int) -> None:
        self._shared = shared
        self._start = start
        self._length = length
        self._at = 0

    def readable(self) -> bool:
        """It can be read."""
        return True

    def seekable(self) -> bool:
        """It can be read from any place."""
        return True

    def readinto(self, buffer: object) -> int:
        """Read on.

        Raises:
            EOFError: The file ends before the stretch does.
        """
        view = memoryview(cast("bytearray", buffer))
        wanted = min(len(view), self._length - self._at)
        data = self._shared.read_at(self._start + self._at, wanted) if wanted > 0 else b""
        if len(data) < wanted:
            raise EOFError("the archive ends in the middle of it")
        view[: len(data)] = data
        self._at += len(data)
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._length}[whence]
        self._at = max(0, base + offset)
        return self._at


class ShortReads:
    """A file for readers of directories, which take as much at once as an archive tells them to.

    Args:
        stream: The archive.
        name: What to call it.
        most_bytes: Most bytes of one read.
        mark: What stands in front of every entry of a directory; empty where nothing does.
        most_marks: Most entries.
    """

    def __init__(
        self,
        stream: BinaryIO,
        name: str,
        *,
        most_bytes: int,
        mark: bytes = b"",
        most_marks: int = 0,
    ) -> None:
        self._stream = stream
        self._name = name
        self._most_bytes = most_bytes
        self._mark = mark
        self._most_marks = most_marks
        self.ran_out = False
        """Whether the file ended before a read did."""
        self.seek = stream.seek
        self.tell = stream.tell
        self.seekable = stream.seekable

    def read(self, n_bytes: int = -1) -> bytes:
        """Read on.

        Raises:
            LimitError: The archive tells of more files, or of longer names, than it may.
        """
        if n_bytes > self._most_bytes:
            raise too_many_files(self._name, self._most_marks)
        data = self._stream.read(n_bytes)
        self.ran_out |= len(data) < n_bytes
        if self._mark and data.count(self._mark) > self._most_marks:
            raise too_many_files(self._name, self._most_marks)
        return data

    def end_of_directory(self) -> None:
        """From here on only files are read."""
        self._mark = b""

    def close(self) -> None:
        """Leave the stream to who opened it."""


def too_many_files(name: str, most: int) -> LimitError:
    """Say that an archive holds too many files, or tells too much of them."""
    held = f"holds more than {most:,} files" if most else "holds more than a directory may"
    return LimitError(
        held, where=name, fix="If you trust it, raise [import] max_archive_files, or unpack it"
    )


@contextmanager
def reading_archive(name: str) -> Iterator[None]:
    """Turn what broken archives raise into one line.

    Raises:
        UnreadableFileError: It is damaged, or packed in a way nobody here knows.
    """
    try:
        yield
    except NotImplementedError as error:
        raise UnreadableFileError(
            "packed in a way that cannot be read", where=name, fix="Unpack it and import the files"
        ) from error
    except (
        *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError),
        ValueError,  # a place before the archive's first byte
    ) as error:
        raise UnreadableFileError(
            f"damaged: {error}", where=name, fix="Download or export it again"
        ) from error
