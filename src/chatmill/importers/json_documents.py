"""Reads files that hold one JSON document, an array of them, or one a line."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from chatmill.importers.assembly import CUT_OFF, reject
from chatmill.importers.base import ExportFile, Item
from chatmill.importers.json_reader import JsonReader, read_json

DocumentReader = Callable[[int, Any], Iterator[Item]]
"""Given the line a document begins at and the document, streams what is in it."""


def read_documents(file: ExportFile, read: DocumentReader) -> Iterator[Item]:
    """Stream what `read` makes of each document; a broken one is a rejection.

    A broken line costs itself, a broken array what follows the break. Memory holds one document,
    at most `[import] max_json_characters` long.
    """
    if _is_lines(file):
        for number, line in enumerate(file.lines(), 1):
            if line.strip():
                yield from _read_line(file, number, line, read)
    else:
        yield from read_json(file, partial(_walk, read=read))


def starts_like_json(file: ExportFile) -> bool:
    """Say whether a file begins as an object or array does."""
    return file.head.lstrip("\ufeff \t\r\n")[:1] in ("{", "[")


def _is_lines(file: ExportFile) -> bool:
    """Say whether the first line is a document of its own and others follow."""
    with file.open_text() as stream:
        first = stream.readline(file.settings.max_json_characters)
        while first and not first.strip():
            first = stream.readline(file.settings.max_json_characters)
        if not first.startswith("{") or not stream.read(1):
            return False
    try:
        json.loads(first)
    except (ValueError, RecursionError):
        return False
    return True


def _read_line(file: ExportFile, number: int, line: str, read: DocumentReader) -> Iterator[Item]:
    try:
        document = json.loads(line)
    except json.JSONDecodeError as error:
        is_open = not line.endswith(("\n", "\r"))
        reason = f"not JSON: {error.msg.removesuffix(' at')} at column {error.colno}"
        yield reject(file, number, CUT_OFF if is_open else reason, line)
    except RecursionError:
        yield reject(file, number, "not JSON: nested too deep", line)
    except ValueError:  # a number of thousands of digits
        yield reject(file, number, "not JSON: a number nobody can read", line)
    else:
        yield from read(number, document)


def _walk(reader: JsonReader, read: DocumentReader) -> Iterator[Item]:
    while sign := reader.next_sign():
        if sign == "[":
            for _ in reader.elements():
                line = reader.line
                yield from read(line, reader.value())
        else:
            line = reader.line
            yield from read(line, reader.value())
