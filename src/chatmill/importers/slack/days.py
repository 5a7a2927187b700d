"""Day files of a Slack export: small ones at once, large and broken ones piece by piece."""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from chatmill.errors import UnreadableFileError
from chatmill.importers.assembly import reject
from chatmill.importers.base import ByteSource, ExportFile
from chatmill.importers.decoding import printable
from chatmill.importers.json_reader import BrokenJsonError, JsonReader
from chatmill.records import Rejection

EDIT_MARKS = (b"message_changed", b"message_deleted")
"""Stand in every day file that says what became of earlier messages."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a day file, whatever it is."""

    index: int
    value: Any


class Day:
    """The messages of one room on one day.

    Args:
        source: The file's bytes.
        name: What rejections call it where it cannot be looked at.
        limit: Bytes up to which it is read at once.
        look: Looks at the file; asked only where it is large, broken or has odd entries.
    """

    def __init__(
        self, source: ByteSource, name: str, limit: int, look: Callable[[], ExportFile]
    ) -> None:
        self._source = source
        self._name = name
        self._limit = limit
        self._look = look
        self._file: ExportFile | None = None
        self._data: bytes | None = None
        self._lines: list[int] = []
        self._line = 0

    def file(self) -> ExportFile:
        """Look at the file, once.

        Raises:
            UnreadableFileError: It is empty or cannot be read.
        """
        if self._file is None:
            self._file = self._look()
        return self._file

    def line(self, index: int) -> int:
        """Return the line of an entry that was streamed, from 1.

        Raises:
            UnreadableFileError: The file went away.
        """
        if self._line:
            return self._line
        if not self._lines:
            self._lines = list(_entry_lines(self.file()))
        return self._lines[index] if index < len(self._lines) else 1

    def entries(self) -> Iterator[Entry | Rejection]:
        """Stream what the file's list holds, and why it could not be read to its end."""
        try:
            whole = self._whole()
            if isinstance(whole, list):
                yield from map(Entry, range(len(whole)), whole)
            else:
                yield from self._streamed()
        except (UnreadableFileError, OSError) as error:
            reason = error.what if isinstance(error, UnreadableFileError) else "cannot be read"
            yield Rejection(stage="import", source=printable(self._name), reason=reason)

    def edits(self) -> Iterator[Any]:
        """Stream the entries of a file that may say what became of earlier messages."""
        data = self._bytes()
        if data is None or any(mark in data for mark in EDIT_MARKS):
            yield from (each.value for each in self.entries() if isinstance(each, Entry))

    def keep(self, room_bytes: int) -> int:
        """Keep a small file in memory until it is read; return how many bytes that takes.

        Args:
            room_bytes: Most that may be kept.
        """
        data = self._bytes()
        if data is None or len(data) > room_bytes:
            return 0
        self._data = data
        return len(data)

    def forget(self) -> None:
        """Let go of what was kept."""
        self._data = None

    def _bytes(self) -> bytes | None:
        """Read a small file; None for a large one, and one that cannot be read."""
        if self._data is not None:
            return self._data
        with suppress(OSError, UnreadableFileError):  # said once it is streamed
            if self._source.size <= self._limit:
                with self._source.open() as stream:
                    return stream.read()
        return None

    def _whole(self) -> Any:  # noqa: ANN401 - whatever stands in the file
        data = self._bytes()
        with suppress(ValueError, RecursionError):  # read piece by piece, which tells the line
            return json.loads(data) if data else None
        return None

    def _streamed(self) -> Iterator[Entry | Rejection]:
        file = self.file()
        with file.open_text() as stream:
            reader = JsonReader(file, stream.read)
            try:
                if reader.next_sign() != "[":
                    yield reject(file, reader.line, "not a list of messages", "")
                    return
                for index in reader.elements():
                    self._line = reader.line
                    yield Entry(index, reader.value())
            except BrokenJsonError as broken:
                yield reject(file, broken.line, broken.reason, broken.raw)


def _entry_lines(file: ExportFile) -> Iterator[int]:
    with file.open_text() as stream:
        reader = JsonReader(file, stream.read)
        with suppress(BrokenJsonError):
            for _ in reader.elements():
                yield reader.line
