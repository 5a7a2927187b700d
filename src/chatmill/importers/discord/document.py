"""Walks DiscordChatExporter's JSON: guild, channel, messages; oldest or newest first."""

import re
from collections.abc import Iterator
from itertools import chain, islice
from typing import Any

from chatmill.importers.admission import Admission
from chatmill.importers.assembly import reject
from chatmill.importers.base import ExportFile, Item, Room
from chatmill.importers.discord.messages import Channel, read_message
from chatmill.importers.json_fields import fields, name_of, words
from chatmill.importers.json_reader import JsonReader, read_json
from chatmill.importers.order import last_first
from chatmill.importers.people import People
from chatmill.records import Message

_GUILD = re.compile(r'\A\s*\{\s*"guild"\s*:\s*\{')
_CHANNEL = re.compile(r'"channel"\s*:\s*\{')


def is_document(head: str) -> bool:
    """Say whether a file begins like the exporter's JSON."""
    return bool(_GUILD.match(head) and _CHANNEL.search(head))


def read_document(file: ExportFile) -> Iterator[Item]:
    """Stream the channel and its messages, oldest first."""
    return read_json(file, lambda reader: _walk(file, reader))


def _walk(file: ExportFile, reader: JsonReader) -> Iterator[Item]:
    if reader.next_sign() != "{":
        yield reject(file, reader.line, "not an export of Discord", "")
        return
    channel = Channel(file=file, people=People())
    room = Room(key=file.room_key, title=file.room_key)
    for key in reader.keys():  # noqa: SIM118 - it is no dict
        if key == "channel":
            about = fields(reader.value())
            channel.id = name_of(about.get("id"))
            room = _room(about, room)
        elif key == "messages" and reader.next_sign() == "[":
            yield room
            yield from _messages(channel, reader)


def _room(about: Any, unnamed: Room) -> Room:  # noqa: ANN401 - a mapping of anything
    name = words(about.get("name"))
    if "Thread" in words(about.get("type")) and words(about.get("category")):
        name = f"{words(about.get('category'))} / {name}"
    return Room(key=name_of(about.get("id")) or name or unnamed.key, title=name or unnamed.title)


def _messages(channel: Channel, reader: JsonReader) -> Iterator[Item]:
    admission = Admission(channel.file)
    for line, value in _oldest_first(channel, reader):
        item = read_message(channel, line, value)
        yield admission.admit(line, item) if isinstance(item, Message) else item


def _oldest_first(channel: Channel, reader: JsonReader) -> Iterator[tuple[int, Any]]:
    entries = _entries(reader)
    first = list(islice(entries, 2))
    numbers = [name_of(fields(value).get("id")) for _, value in first]
    is_numbered = len(numbers) > 1 and all(map(str.isdecimal, numbers))
    is_reversed = is_numbered and _size(numbers[0]) > _size(numbers[1])
    whole = chain(first, entries)
    return last_first(whole, channel.file.settings.batch_messages) if is_reversed else whole


def _entries(reader: JsonReader) -> Iterator[tuple[int, Any]]:
    for _ in reader.elements():
        line = reader.line
        yield line, reader.value()


def _size(number: str) -> tuple[int, str]:
    """Compare whole numbers of any length as they are written."""
    return len(number), number
