"""Folders and archives as importers see them: names of files, and the bytes behind each."""

import os
import unicodedata
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path, PurePosixPath

from chatmill.errors import UnreadableFileError
from chatmill.importers.base import ByteSource, ExportFile, ExportTree
from chatmill.importers.decoding import is_damaged, look_at, printable
from chatmill.importers.sources import LocalFile, RemoteFile
from chatmill.settings import ImportSettings

PASSED_OVER = frozenset({"__MACOSX", "Thumbs.db", "desktop.ini"})
"""What systems put beside files; passed over like hidden files."""
INSIDE = "!"
"""Between an archive's name and the name of a file in it."""


class FolderTree:
    """A folder on disk; hidden files are passed over, links to folders are not followed.

    Args:
        path: The folder.
        name: What rejections call it.
        settings: What counts as too large.
        without: Absolute paths that are no part of it, however the folder is reached.
    """

    def __init__(
        self,
        path: Path,
        name: str,
        settings: ImportSettings | None = None,
        without: Collection[Path] = (),
    ) -> None:
        self.path = path
        self._without = resolved(without)
        self._root = path.resolve() if self._without else path
        self.name = name
        self.room_key = room_key_of(path.absolute().name)
        self.settings = settings or ImportSettings()
        self._names: list[str] | None = None

    def names(self) -> Sequence[str]:
        """List its files, sorted folder by folder, with `/` between folders.

        Raises:
            UnreadableFileError: A folder cannot be listed.
        """
        if self._names is None:
            self._names = sorted(self._walk(), key=in_order)
        return self._names

    def source(self, name: str) -> ByteSource:
        """Return the bytes of one file, undecoded."""
        return LocalFile(self.path / name)

    def file(self, name: str) -> ExportFile:
        """Look at one file.

        Raises:
            UnreadableFileError: It is missing, empty or cannot be read.
            LimitError: It is larger than a limit allows.
        """
        return look_at(
            self.source(name),
            shown(f"{self.name}/{name}"),
            room_key=room_key_of(name),
            settings=self.settings,
        )

    def _walk(self) -> Iterator[str]:
        for folder, folders, files in os.walk(self.path, onerror=_refuse):
            here = Path(folder)
            folders[:] = [name for name in folders if self._is_part(here, name)]
            for name in files:
                if self._is_part(here, name) and (here / name).is_file():
                    yield (here.relative_to(self.path) / name).as_posix()

    def _is_part(self, folder: Path, name: str) -> bool:
        if is_passed_over(name):
            return False
        if not self._without:
            return True
        return self._root / folder.relative_to(self.path) / name not in self._without


class RemoteTree:
    """All objects below a prefix of an object store; hidden ones are passed over.

    Args:
        url: The prefix, which is its name too.
        settings: What counts as too large.
    """

    def __init__(self, url: str, settings: ImportSettings | None = None) -> None:
        self.name = url.rstrip("/")
        self.room_key = room_key_of(self.name)
        self.settings = settings or ImportSettings()
        self._names: list[str] | None = None

    def names(self) -> Sequence[str]:
        """List its objects, sorted as a folder's files are.

        Raises:
            UnreadableFileError: The store does not answer.
        """
        from chatmill.frames.places import list_objects

        if self._names is None:
            try:
                found = list_objects(self.name)
            except OSError as error:
                raise UnreadableFileError(
                    f"cannot be listed: {error}", where=self.name, fix="Check address and keys"
                ) from error
            shown = [name for name in found if not any(map(is_passed_over, name.split("/")))]
            self._names = sorted(shown, key=in_order)
        return self._names

    def source(self, name: str) -> ByteSource:
        """Return the bytes of one object, undecoded."""
        return RemoteFile(f"{self.name}/{name}")

    def file(self, name: str) -> ExportFile:
        """Look at one object.

        Raises:
            UnreadableFileError: It is missing, empty or cannot be read.
            LimitError: It is larger than a limit allows.
        """
        return look_at(
            self.source(name),
            f"{self.name}/{name}",
            room_key=room_key_of(name),
            settings=self.settings,
        )


class Subtree:
    """Some of a tree's files, as a tree of their own.

    Args:
        tree: The whole.
        names: What is left of it.
    """

    def __init__(self, tree: ExportTree, names: Sequence[str]) -> None:
        self.name: str = tree.name
        self.room_key: str = tree.room_key
        self.settings: ImportSettings = tree.settings
        self.source: Callable[[str], ByteSource] = tree.source
        self.file: Callable[[str], ExportFile] = tree.file
        self._names = names

    def names(self) -> Sequence[str]:
        """List the files that are left."""
        return self._names


def is_passed_over(name: str) -> bool:
    """Say whether a file or folder of this name is hidden or of no use to anybody."""
    return name.startswith(".") or name in PASSED_OVER


def resolved(paths: Collection[Path]) -> frozenset[Path]:
    """Return where paths really lie; a link counts under its own name too."""
    own = (path.parent.resolve() / path.name for path in paths)
    return frozenset([*own, *(path.resolve() for path in paths)])


def in_order(name: str) -> list[str]:
    """Sort key of a file in a tree: folder by folder."""
    return name.split("/")


def room_key_of(name: str) -> str:
    """Return the key of the room a file is named after: its own name, composed as most write it.

    A Mac keeps 한 as three signs; the same file from another phone keeps it as one.
    """
    return unicodedata.normalize("NFC", PurePosixPath(shown(name)).name)


def shown(name: str) -> str:
    """Return a name that can be written down: one that is no UTF-8 is an old Korean one, or marked.

    Args:
        name: As the system gives it, with lone surrogates for bytes that are no UTF-8.
    """
    if not is_damaged(name):
        return name
    try:
        return os.fsencode(name).decode("cp949")
    except UnicodeError:
        return printable(name)


def _refuse(error: OSError) -> None:
    raise UnreadableFileError(
        f"cannot be listed: {error.strerror}", where=str(error.filename), fix="Check its rights"
    ) from error
