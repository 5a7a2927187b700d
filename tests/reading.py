"""Writes small exports and reads them back with a real importer."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from chatmill.importers import detect_importer, importer_names, load_importer
from chatmill.importers.archives import ArchiveTree, open_archive
from chatmill.importers.base import ExportTree, Room, TreeImporter
from chatmill.importers.decoding import look_at
from chatmill.importers.sources import LocalFile
from chatmill.importers.trees import FolderTree
from chatmill.records import Message, Rejection
from chatmill.settings import ImportSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadExport:
    """Everything an importer said of a file."""

    importer: str
    encoding: str
    rooms: tuple[Room, ...]
    messages: tuple[Message, ...]
    rejections: tuple[Rejection, ...]

    @property
    def texts(self) -> list[str]:
        """The messages' texts."""
        return [message.text for message in self.messages]

    @property
    def lines(self) -> list[tuple[str, str, str, str]]:
        """Time, speaker, kind and text of every message."""
        return [(each.sent_at, each.speaker, each.kind, each.text) for each in self.messages]


def read_export(
    path: Path, *, importer: str | None = None, settings: ImportSettings | None = None
) -> ReadExport:
    """Read a file with the importer that recognises it, or the one named."""
    file = look_at(LocalFile(path), path.name, room_key=path.name, settings=settings)
    chosen = load_importer(importer) if importer else detect_importer(file)
    items = list(chosen.read(file))
    return ReadExport(
        importer=chosen.name,
        encoding=file.encoding,
        rooms=tuple(item for item in items if isinstance(item, Room)),
        messages=tuple(item for item in items if isinstance(item, Message)),
        rejections=tuple(item for item in items if isinstance(item, Rejection)),
    )


def write_export(folder: Path, name: str, text: str, *, encoding: str = "utf-8") -> Path:
    """Write a file with its line ends exactly as given."""
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def read_tree_export(
    path: Path, *, importer: str | None = None, settings: ImportSettings | None = None
) -> ReadExport:
    """Read a folder or an archive with the first importer that claims files of it.

    What the archive itself refuses is among the rejections; files nobody claims are not read.
    """
    with ExitStack() as stack:
        tree = stack.enter_context(_tree(path, settings or ImportSettings()))
        names = [importer] if importer else importer_names()
        loaded = [each for name in names if hasattr(each := load_importer(name), "claim")]
        chosen, claimed = next(
            (each, files)
            for each in cast("list[TreeImporter]", loaded)
            if (files := each.claim(tree))
        )
        items = list(chosen.read_tree(tree, claimed))
        refused = tuple(tree.rejections) if isinstance(tree, ArchiveTree) else ()
    return ReadExport(
        importer=chosen.name,
        encoding="",
        rooms=tuple(item for item in items if isinstance(item, Room)),
        messages=tuple(item for item in items if isinstance(item, Message)),
        rejections=refused + tuple(item for item in items if isinstance(item, Rejection)),
    )


@contextmanager
def _tree(path: Path, settings: ImportSettings) -> Iterator[ExportTree]:
    if path.is_dir():
        yield FolderTree(path, path.name, settings)
        return
    with open_archive(LocalFile(path), path.name, settings) as tree:
        yield tree
