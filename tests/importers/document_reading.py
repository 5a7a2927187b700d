"""Writes documents and reads them with the importer of documents."""

from pathlib import Path

from chatmill.importers import detect_importer
from chatmill.importers.base import Item, Room
from chatmill.importers.decoding import look_at
from chatmill.importers.sources import LocalFile
from chatmill.records import Message, Rejection
from chatmill.settings import ImportSettings


def write_document(folder: Path, name: str, data: bytes) -> Path:
    """Write a file."""
    path = folder / name
    path.write_bytes(data)
    return path


def items_of(path: Path, settings: ImportSettings | None = None) -> list[Item]:
    """Read a file with the importer that recognises it, which must be that of documents."""
    file = look_at(LocalFile(path), path.name, room_key=path.name, settings=settings)
    importer = detect_importer(file)
    assert importer.name == "document"
    return list(importer.read(file))


def sections_of(path: Path) -> dict[str, list[str]]:
    """Return key of each section, without the file's name → its paragraphs."""
    found: dict[str, list[str]] = {}
    key = ""
    for item in items_of(path):
        if isinstance(item, Room):
            key = item.key.removeprefix(path.name).removeprefix("#")
            found[key] = []
        elif isinstance(item, Message):
            found[key].append(item.text)
    return {key: texts[1:] for key, texts in found.items()}


def left_out(path: Path) -> list[str]:
    """Return why things were left out."""
    return [each.reason for each in items_of(path) if isinstance(each, Rejection)]
