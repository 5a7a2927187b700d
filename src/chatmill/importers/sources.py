"""Files on a disk or an object store, as importers read them."""

from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """An object on an object store; it is fetched piece by piece, never whole."""

    url: str

    @property
    def size(self) -> int:
        """Length in bytes.

        Raises:
            OSError: It is missing, or the store does not answer.
        """
        from chatmill.frames.places import object_size

        return object_size(self.url)

    def open(self) -> BinaryIO:
        """Open it from its first byte."""
        from chatmill.frames.places import open_object

        return open_object(self.url)
