"""Reads the CSV that KakaoTalk writes on a Mac."""

import csv
import re
from collections.abc import Iterator
from pathlib import PurePath

from chatmill.importers.assembly import OpenMessage, reject
from chatmill.importers.base import ExportFile, Item, Room
from chatmill.importers.identity import MessageIds
from chatmill.importers.kakaotalk.kinds import (
    classify,
    is_system_line,
    names_nobody,
    role_of,
)
from chatmill.importers.times import with_zone
from chatmill.records import Message, Rejection

COLUMNS = ("Date", "User", "Message")
_DATE = re.compile(r"^\d{4}-\d{2}-\d{2} \d{2}:\d{2}(?::\d{2})?$")
_FILE_NAME = re.compile(r"^KakaoTalk_Chat_(?P<room>.+?)_\d{4}-\d{2}-\d{2}-\d{2}-\d{2}-\d{2}$")


def is_mac_csv(head: str) -> bool:
    """Say whether a file begins with the three columns of a Mac export."""
    first = head.split("\n", 1)[0].strip()
    return tuple(part.strip('"') for part in first.split(",")) == COLUMNS


def read_mac_csv(file: ExportFile) -> Iterator[Item]:
    """Stream the room, which only the file's name tells, and its rows."""
    stem = PurePath(file.room_key).stem
    named = _FILE_NAME.match(stem)
    title = named["room"] if named else stem
    yield Room(key=title, title=title)
    csv.field_size_limit(file.settings.max_line_characters)
    ids = MessageIds()
    rows = csv.reader(file.lines())
    line = 1
    while True:
        try:
            row = next(rows, None)
        except csv.Error as error:
            yield reject(file, rows.line_num, f"not a row of CSV: {error}", "")
            continue
        if row is None:
            return
        if line > 1 and row:
            yield _read_row(file, line, row, ids)
        line = rows.line_num + 1


def _read_row(file: ExportFile, line: int, row: list[str], ids: MessageIds) -> Message | Rejection:
    raw = ",".join(row)
    if len(row) != len(COLUMNS):
        return reject(file, line, f"{len(row)} columns in place of {len(COLUMNS)}", raw)
    sent_at, speaker, text = row
    if sent_at and not _DATE.match(sent_at):
        return reject(file, line, "the first column is no time", raw)
    text = text.replace("\r\n", "\n")
    is_system = is_system_line(text) and (not speaker or speaker in text or names_nobody(text))
    return OpenMessage(
        file,
        line,
        speaker="" if is_system else speaker,
        sent_at=with_zone(sent_at, file.settings),
        text=text,
        role="system" if is_system else role_of(speaker),
    ).close(ids, classify)
