"""Who and where ids of a Slack workspace are: users, bots and channels."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from chatmill.importers.assembly import reject
from chatmill.importers.base import ExportFile, Item, Room
from chatmill.importers.json_fields import entries, fields, words
from chatmill.importers.json_reader import JsonReader
from chatmill.importers.people import People
from chatmill.records import Role

SLACKBOT = "USLACKBOT"
USER_FILES = ("users.json", "org_users.json", "external_users.json")
ROOM_FILES = ("channels.json", "groups.json", "mpims.json", "dms.json")


@dataclass(slots=True)
class Directory:
    """Names and roles by id, and rooms by the name of their folder."""

    people: People = field(default_factory=People)
    bots: set[str] = field(default_factory=lambda: {SLACKBOT})
    users: set[str] = field(default_factory=set)
    channels: dict[str, str] = field(default_factory=dict)
    """Id → name."""
    rooms: dict[str, Room] = field(default_factory=dict)
    """Folder → room."""

    def role(self, user_id: str) -> Role:
        """Return what Slack says a user is."""
        return "bot" if user_id in self.bots else "unknown"

    def name_user(self, user_id: str, user: Mapping[str, Any]) -> str:
        """Return a user's name; told by their profile when they are new."""
        known = self.people.known(user_id)
        if known:
            return known
        profile = fields(user.get("profile"))
        handle = words(user.get("name"))
        names = (
            profile.get("real_name"), user.get("real_name"),
            profile.get("display_name"), user.get("display_name"),
        )  # fmt: skip
        name = next((each.strip() for each in map(words, names) if each.strip()), handle)
        return self.people.name(user_id, name, handle)

    def read_users(self, file: ExportFile, reader: JsonReader) -> Iterator[Item]:
        """Learn the users of `users.json`."""
        for user, line in _objects(reader):
            user_id = words(user.get("id"))
            if not user_id:
                yield reject(file, line, "a user without an id", "")
                continue
            self.users.add(user_id)
            self.name_user(user_id, user)
            if user.get("is_bot") is True or user.get("is_workflow_bot") is True:
                self.bots.add(user_id)

    def read_rooms(self, file: ExportFile, reader: JsonReader) -> Iterator[Item]:
        """Learn the rooms of `channels.json`, `groups.json`, `mpims.json` or `dms.json`."""
        for room, line in _objects(reader):
            room_id, name = words(room.get("id")), words(room.get("name"))
            if not room_id:
                yield reject(file, line, "a channel without an id", "")
                continue
            is_named = name and not name.startswith("mpdm-")
            people = [self.people.known(each) for each in map(words, entries(room.get("members")))]
            title = name if is_named else ", ".join(filter(None, people)) or name or room_id
            self.channels[room_id] = title
            self.rooms[name or room_id] = Room(key=room_id, title=title)
            self.rooms.setdefault(room_id, Room(key=room_id, title=title))

    def room(self, folder: str) -> Room:
        """Return the room of a folder; named after the folder where no list has it."""
        return self.rooms.get(folder) or Room(key=folder, title=folder)


def _objects(reader: JsonReader) -> Iterator[tuple[Mapping[str, Any], int]]:
    if reader.next_sign() == "[":
        for _ in reader.elements():
            line = reader.line
            yield fields(reader.value()), line
