"""Reads a Slack export: its lists of users and channels, then room by room, day by day."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from chatmill.errors import UnreadableFileError
from chatmill.importers.base import ExportFile, ExportTree, Item, Room
from chatmill.importers.json_reader import read_json
from chatmill.importers.slack.days import Day
from chatmill.importers.slack.directory import ROOM_FILES, USER_FILES, Directory
from chatmill.importers.slack.rooms import RoomReader
from chatmill.records import Rejection

SIDE_FILES = frozenset(
    {
        "canvases.json", "content_flags.json", "file_conversations.json", "huddle_transcripts.json",
        "integration_logs.json", "lists.json",
    }
)  # fmt: skip
"""What an export holds beside messages; nothing to read in them."""
UPLOADS = "__uploads"
"""Where some tools put the files of an export."""
DAYS_TRIED = 8
"""Day files looked into before a folder counts as no export."""
_DAY = re.compile(r"(?:(?P<export>.*)/)?(?P<room>[^/]+)/\d{4}-\d{2}-\d{2}\.json")
_BARE_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\.json")
_STAMPED = re.compile(r'"ts"\s*:\s*"\d{10}\.\d{1,6}"')
_TYPED = re.compile(r'"type"\s*:\s*"message"')


@dataclass(slots=True)
class _Export:
    """Where the files of one export lie."""

    folder: str
    """With `/` at its end; empty for the tree itself."""
    rooms: dict[str, list[str]] = field(default_factory=dict)
    """Folder of a room → names of its day files, in order; the tree itself has no folder."""

    def has(self, inside: str) -> bool:
        """Say whether a file belongs to the export: a list, a day, a canvas, an upload.

        Args:
            inside: Its name below the export's folder.
        """
        first, _, last = inside.partition("/")
        if not last:
            is_day = "" in self.rooms and _BARE_DAY.fullmatch(first) is not None
            return is_day or first in SIDE_FILES or first in USER_FILES or first in ROOM_FILES
        return first == UPLOADS or (first in self.rooms and last.endswith(".json"))


class SlackImporter:
    """Reads the export a workspace's owner downloads, packed or unpacked, or one day of it."""

    name = "slack"

    def score(self, file: ExportFile) -> float:
        """Look for a list of messages with Slack's time stamps."""
        is_list = file.head.lstrip().startswith("[")
        return 0.97 if is_list and _STAMPED.search(file.head) and _TYPED.search(file.head) else 0.0

    def read(self, file: ExportFile) -> Iterator[Item]:
        """Stream a lone day file; only profiles beside messages tell who its users are."""
        day = Day(file.source, file.name, file.settings.max_json_characters, lambda: file)
        room = Room(key=file.room_key, title=file.room_key)
        yield from RoomReader(Directory(), file.settings).read(room, [day])

    def claim(self, tree: ExportTree) -> Sequence[str]:
        """Take every export in a folder or archive."""
        names = tree.names()
        exports = {
            export.folder: export for export in _find_exports(names) if self._is_slack(tree, export)
        }
        return [
            name
            for name in names
            if any(
                folder in exports and exports[folder].has(name[len(folder) :])
                for folder in _folders_of(name)
            )
        ]

    def read_tree(self, tree: ExportTree, names: Sequence[str]) -> Iterator[Item]:
        """Stream the rooms of every export, in the order of their folders."""
        present = set(names)
        for export in _find_exports(names):
            directory = Directory()
            for each in (*USER_FILES, *ROOM_FILES):
                if export.folder + each in present:
                    yield from _read_list(tree, export.folder + each, directory)
            for folder, days in export.rooms.items():
                room = directory.room(folder) if folder else Room(
                    key=tree.room_key, title=tree.room_key
                )  # fmt: skip
                yield from RoomReader(directory, tree.settings).read(
                    room, [_day(tree, each) for each in days]
                )

    def _is_slack(self, tree: ExportTree, export: _Export) -> bool:
        days = [day for room in export.rooms.values() for day in room[:2]]
        for day in days[:DAYS_TRIED]:
            try:
                if self.score(tree.file(day)) > 0:
                    return True
            except UnreadableFileError:
                continue
        return False


def _folders_of(name: str) -> Iterator[str]:
    """Stream the folders a file lies in, with `/` at their end, from the tree itself on."""
    yield ""
    for slash in re.finditer("/", name):
        yield name[: slash.end()]


def _find_exports(names: Sequence[str]) -> list[_Export]:
    """Group day files by room and export; each list is in the order of its dates."""
    exports: dict[str, _Export] = {}
    for name in sorted(names, key=lambda each: each.split("/")):
        found = _DAY.fullmatch(name)
        if found is None and not _BARE_DAY.fullmatch(name):
            continue
        folder = f"{found['export']}/" if found and found["export"] else ""
        room = found["room"] if found else ""
        exports.setdefault(folder, _Export(folder)).rooms.setdefault(room, []).append(name)
    return list(exports.values())


def _day(tree: ExportTree, name: str) -> Day:
    limit = tree.settings.max_json_characters
    return Day(tree.source(name), f"{tree.name}/{name}", limit, lambda: tree.file(name))


def _read_list(tree: ExportTree, name: str, directory: Directory) -> Iterator[Item]:
    """Learn a list; one that cannot be read costs names and titles, no message."""
    learn = directory.read_users if name.endswith(USER_FILES) else directory.read_rooms
    try:
        file = tree.file(name)
        yield from read_json(file, lambda reader: learn(file, reader))
    except UnreadableFileError as error:
        yield Rejection(stage="import", source=error.where, reason=error.what)
