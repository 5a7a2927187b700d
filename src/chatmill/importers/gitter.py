"""Gitter room logs: `[2017-01-03 13:29:31] <nick> text`, texts over several lines."""

import re
from collections.abc import Iterator

from chatmill.importers.assembly import OpenMessage, reject
from chatmill.importers.base import ExportFile, Item, Room
from chatmill.importers.identity import MessageIds
from chatmill.importers.times import from_iso, with_zone

_RECORD = re.compile(
    r"(?P<number>\d{1,9} )?\[(?P<date>\d{4}-\d\d-\d\d)(?P<sign>[ T])(?P<clock>\d\d:\d\d:\d\d)"
    r"(?:\.\d{1,9})?(?P<zone>Z|[+-]\d\d:?\d\d)?\] "
    r"<(?P<nick>[^<>\s](?:[^<>]{0,62}[^<>\s])?)>(?: (?P<text>.*))?$"
)
_IRC_EVENT = re.compile(
    r"^(?:\[[^\]]{5,30}\] )?(?:=== |-!- |\*\*\* |\* \S+ )|^--- (?:Log|Day) ", re.MULTILINE
)


class GitterImporter:
    """Reads logs of Gitter rooms; a line that begins no message goes on with the one before."""

    name = "gitter"

    def score(self, file: ExportFile) -> float:
        """Look for a day, a time with seconds and a name in angle brackets."""
        found = [match for line in file.head.splitlines() if (match := _RECORD.match(line))]
        if not found:
            return 0.0
        if any(match["number"] for match in found):
            return 0.97
        return 0.6 if _IRC_EVENT.search(file.head) else 0.95

    def read(self, file: ExportFile) -> Iterator[Item]:
        """Stream the room, which only the file's name tells, and its messages."""
        is_numbered = any(
            (match := _RECORD.match(line)) and match["number"] for line in file.head.splitlines()
        )
        yield Room(key=file.room_key, title=file.room_key)
        ids = MessageIds()
        message: OpenMessage | None = None
        for number, line in enumerate(file.lines(), 1):
            text = line.rstrip("\r\n")
            found = _RECORD.match(text)
            if found is not None and bool(found["number"]) == is_numbered:
                if message is not None:
                    yield message.close(ids)
                message = _open(file, number, found)
            elif message is not None:
                message.add(text)
            elif text.strip():
                yield reject(file, number, "stands before the first message", text)
        if message is not None:
            yield message.close(ids)


def _open(file: ExportFile, number: int, found: re.Match[str]) -> OpenMessage:
    wall_time = f"{found['date']} {found['clock']}"
    return OpenMessage(
        file,
        number,
        speaker=found["nick"],
        sent_at=from_iso(wall_time + found["zone"], file.settings)
        if found["zone"]
        else with_zone(wall_time, file.settings),
        text=found["text"] or "",
    )
