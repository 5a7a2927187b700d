"""What an importer is: it recognises a file by its content and streams what is in it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from chatmill.records import Message, Rejection
from chatmill.settings import ImportSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Opens a conversation in an importer's stream; the messages that follow belong to it."""

    key: str
    """The room's own key on its platform: title, ticket number, file name. Never its content."""
    title: str = ""
    """What a person would call it."""
    language: str = ""
    """BCP 47 tag where the export says it."""
    native_id: bool = False
    """True where `key` is a chatmill conversation id already and stands as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFile:
    """A text file, decoded once, for importers to look at and to read."""

    path: Path
    """Where it lies."""
    name: str
    """What rejections call it: the name as the person gave it."""
    room_key: str
    """Key of the conversation where the content names none: the file's own name."""
    encoding: str
    """Python codec that decodes it."""
    head: str
    """Its first characters (`[import] sniff_characters`), line ends as they came."""
    limits: ImportSettings = field(default_factory=ImportSettings)
    """What counts as too long."""

    def lines(self) -> Iterator[str]:
        """Stream the lines with their own line ends (CRLF and LF kept apart), BOM removed.

        Bytes that are not of the file's encoding come as lone surrogates (`decoding.is_damaged`).

        Raises:
            LimitError: A line is longer than `[import] max_line_characters`.
            UnreadableFileError: The file went away.
        """
        from chatmill.importers.decoding import decoded_lines

        return decoded_lines(self)


class Importer(Protocol):
    """One export format.

    `read` never raises for a bad line: it yields a `Rejection` with the line number and goes on.
    Memory does not grow with the file.
    """

    name: str
    """Platform name, as in `chatmill.importers` entry points; part of conversation ids."""

    def score(self, file: TextFile) -> float:
        """Say how sure the importer is that the content is its own, from 0 (not) to 1 (certain)."""
        ...

    def read(self, file: TextFile) -> Iterator[Room | Message | Rejection]:
        """Stream rooms, their messages in order, and the lines that could not be used."""
        ...
