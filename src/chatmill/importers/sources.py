"""Files on a disk or an object store, as importers read them."""

from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import BinaryIO


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file on disk."""

    path: Path

    @property
    def size(self) -> int:
        """Length in bytes.

        Raises:
            OSError: It is missing, or is no file.
        """
        if self.path.exists() and not self.path.is_file():
            raise OSError("is no file")
        return self.path.stat().st_size

    def open(self) -> BinaryIO:
        """Open it from its first byte."""
        return self.path.open("rb")


@dataclass(slots=True)
class RemoteFile:
    """An object on an object store; a large one is fetched piece by piece, never whole."""

    url: str
    _size: int | None = field(default=None, init=False)
    _held: bytes | None = field(default=None, init=False)
    """All of a small object, which is looked at several times."""

    @property
    def size(self) -> int:
        """Length in bytes.

        Raises:
            OSError: It is missing, or the store does not answer.
        """
        from chatmill.frames.places import object_size

        if self._size is None:
            self._size = object_size(self.url)
        return self._size

    def open(self) -> BinaryIO:
        """Open it from its first byte.

        Raises:
            OSError: It is missing, or the store does not answer.
        """
        from chatmill.frames.places import OBJECT_BUFFER_BYTES, open_object

        if self._held is None and self.size <= OBJECT_BUFFER_BYTES:
            with open_object(self.url) as stream:
                self._held = stream.read()
        return open_object(self.url) if self._held is None else BytesIO(self._held)
