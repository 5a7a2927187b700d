"""Text exports with pictures and sounds beside them, in a folder or archive of their own."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePosixPath

from chatmill.errors import InputError
from chatmill.importers.base import ExportFile, ExportTree, Item
from chatmill.importers.media import kind_of_file

_TEXT = ".txt"
_DOCUMENTS = frozenset({".pdf", ".vcf", ".webp", ".apk", ".ttf", ".psd", ".ai", ".dwg"})
"""Endings of files that people send each other and no importer reads."""


def claim_with_media(tree: ExportTree, is_export: Callable[[ExportFile], bool]) -> Sequence[str]:
    """Name the exports that have media beside them, and the media.

    Args:
        tree: A folder or an archive.
        is_export: Says whether a text is an export of the format.

    Returns:
        Nothing where there are no media: such an export is read alone.
    """
    folders: dict[PurePosixPath, tuple[list[str], list[str]]] = {}
    for name in tree.names():
        path = PurePosixPath(name)
        texts, media = folders.setdefault(path.parent, ([], []))
        if path.suffix.lower() == _TEXT:
            texts.append(name)
        elif kind_of_file(name) != "file" or path.suffix.lower() in _DOCUMENTS:
            media.append(name)
    claimed: list[str] = []
    for texts, media in folders.values():
        exports = [name for name in texts if media and _is_export(tree, name, is_export)]
        if exports:
            claimed += [*exports, *media]
    return claimed


def read_texts(
    tree: ExportTree, names: Sequence[str], read: Callable[[ExportFile], Iterator[Item]]
) -> Iterator[Item]:
    """Stream the exports among claimed files; the media are named by their messages."""
    for name in names:
        if PurePosixPath(name).suffix.lower() == _TEXT:
            yield from read(tree.file(name))


def _is_export(tree: ExportTree, name: str, is_export: Callable[[ExportFile], bool]) -> bool:
    try:
        return is_export(tree.file(name))
    except InputError:
        return False
