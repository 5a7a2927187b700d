"""Reads DiscordChatExporter's CSV, which has neither ids nor replies."""

import csv
from collections.abc import Iterator
from pathlib import PurePath

from chatmill.importers.admission import refusal
from chatmill.importers.assembly import identity_text, reject
from chatmill.importers.base import ExportFile, Item, Room
from chatmill.importers.discord.moments import Moments, moments_of
from chatmill.importers.identity import MessageIds
from chatmill.importers.media import kind_of_files
from chatmill.importers.people import People
from chatmill.records import Kind, Message, Rejection

COLUMNS = ("AuthorID", "Author", "Date", "Content", "Attachments", "Reactions")


def is_sheet(head: str) -> bool:
    """Say whether a file begins with the exporter's columns."""
    first = head.split("\n", 1)[0].strip()
    return tuple(part.strip('"') for part in first.split(",")) == COLUMNS


def read_sheet(file: ExportFile) -> Iterator[Item]:
    """Stream the channel, which only the file's name tells, and its rows."""
    title = PurePath(file.room_key).stem
    yield Room(key=title, title=title)
    moments = moments_of(row[2] for _, row in _rows(file) if isinstance(row, list) and len(row) > 2)  # noqa: PLR2004 - the third column
    reader = _SheetReader(file, moments)
    for line, row in _rows(file):
        yield row if isinstance(row, Rejection) else reader.read(line, row)


def _rows(file: ExportFile) -> Iterator[tuple[int, list[str] | Rejection]]:
    """Stream the rows below the heading with the lines they begin at."""
    csv.field_size_limit(file.settings.max_line_characters)
    rows = csv.reader(file.lines())
    line = 1
    while True:
        try:
            row = next(rows, None)
        except csv.Error as error:
            yield line, reject(file, line, f"not a row of CSV: {error}", "")
            line = rows.line_num + 1
            continue
        if row is None:
            return
        if line > 1 and row:
            yield line, row
        line = rows.line_num + 1


class _SheetReader:
    def __init__(self, file: ExportFile, moments: Moments) -> None:
        self._file = file
        self._moments = moments
        self._ids = MessageIds()
        self._people = People()

    def read(self, line: int, row: list[str]) -> Message | Rejection:
        if len(row) != len(COLUMNS):
            reason = f"{len(row)} columns in place of {len(COLUMNS)}"
            return reject(self._file, line, reason, ",".join(row))
        author_id, author, date, text, attached, _ = row
        sent_at = self._moments.iso(date, self._file.settings)
        if not sent_at:
            return reject(self._file, line, "the date is no time", ",".join(row))
        text = text.replace("\r\n", "\n")
        attachments = tuple(filter(None, attached.split(",")))
        kind: Kind = "text"
        if not text.strip():
            if not attachments:
                reason = "a message without words or files"
                return reject(self._file, line, reason, ",".join(row))
            kind, text = kind_of_files(attachments), ""
        message = Message(
            id=self._ids.next_id(sent_at, identity_text(kind, text, attachments)),
            speaker=self._people.name(author_id, author),
            kind=kind,
            sent_at=sent_at,
            text=text,
            attachments=attachments,
        )
        return refusal(self._file, line, message) or message
