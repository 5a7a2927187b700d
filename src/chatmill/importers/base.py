"""What an importer is: it recognises an export by its content and streams what is in it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, Protocol, TextIO

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


class ByteSource(Protocol):
    """Where a file's bytes come from: a disk, an archive, an object store."""

    @property
    def size(self) -> int:
        """Length in bytes."""
        ...

    def open(self) -> BinaryIO:
        """Open it from its first byte; the stream can seek.

        Raises:
            OSError: It cannot be read.
            LimitError: It turns out larger than a limit allows.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportFile:
    """One file, looked at once, for importers to recognise and to read."""

    source: ByteSource
    """Where its bytes come from."""
    name: str
    """What rejections call it: the name as the person gave it; `chats.zip!room.txt` in archives."""
    room_key: str
    """Key of the conversation where the content names none: the file's own name."""
    encoding: str
    """Python codec that decodes it; empty for a binary file."""
    head: str
    """Its first characters (`[import] sniff_characters`), line ends as they came; empty for a
    binary file."""
    start: bytes = b""
    """Its first bytes, for importers of binary files."""
    binary_kind: str = ""
    """What a file seems to be that is no text ("a picture"); empty for text."""
    settings: ImportSettings = field(default_factory=ImportSettings)
    """What counts as too long, the time zone, the columns of a table."""

    def lines(self) -> Iterator[str]:
        """Stream the lines with their own line ends (CRLF and LF kept apart), BOM removed.

        Bytes that are not of the file's encoding come as lone surrogates (`decoding.is_damaged`).

        Raises:
            LimitError: A line is longer than `[import] max_line_characters`.
            UnreadableFileError: The file went away.
        """
        from chatmill.importers.decoding import decoded_lines

        return decoded_lines(self)

    def open_text(self) -> TextIO:
        """Open it as text, bad bytes marked as in `lines`; the caller closes it.

        Raises:
            UnreadableFileError: It cannot be read.
        """
        from chatmill.importers.decoding import decoded_stream

        return decoded_stream(self)

    def open_bytes(self) -> BinaryIO:
        """Open it as bytes; the caller closes it.

        Raises:
            UnreadableFileError: It cannot be read.
        """
        from chatmill.importers.decoding import byte_stream

        return byte_stream(self)


class ExportTree(Protocol):
    """A folder or an archive, whose files may belong together."""

    name: str
    """What rejections call it."""
    room_key: str
    """Its own name."""
    settings: ImportSettings

    def names(self) -> Sequence[str]:
        """List its files, sorted, with `/` between folders."""
        ...

    def source(self, name: str) -> ByteSource:
        """Return the bytes of one file, undecoded."""
        ...

    def file(self, name: str) -> ExportFile:
        """Look at one file; its `name` holds the tree's too.

        Raises:
            UnreadableFileError: It is missing, empty or cannot be read.
            LimitError: It is larger than a limit allows.
        """
        ...


Item = Room | Message | Rejection
"""What an importer's stream is made of."""


class Importer(Protocol):
    """One export format.

    `read` never raises for a bad line: it yields a `Rejection` with the line number and goes on.
    Memory does not grow with the file.
    """

    name: str
    """Platform name, as in `chatmill.importers` entry points; part of conversation ids."""

    def score(self, file: ExportFile) -> float:
        """Say how sure the importer is that the content is its own, from 0 (not) to 1 (certain)."""
        ...

    def read(self, file: ExportFile) -> Iterator[Item]:
        """Stream rooms, their messages in order, and the lines that could not be used."""
        ...


class TreeImporter(Importer, Protocol):
    """A format whose export is several files that must be read together."""

    def claim(self, tree: ExportTree) -> Sequence[str]:
        """Name the files of a folder or archive that are one export of this format.

        What nobody claims is read file by file.
        """
        ...

    def read_tree(self, tree: ExportTree, names: Sequence[str]) -> Iterator[Item]:
        """Stream what is in the files claimed."""
        ...
