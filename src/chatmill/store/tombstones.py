"""Tombstones: what was forgotten and must not come back with a later import; none holds a name.

A tombstone is a hash under a key of the project's own, so that nobody reads a name out of it. Who
has the whole project can still test a guess against it.
"""

import hashlib
import hmac
import secrets
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from chatmill.store.database import Database
from chatmill.store.tables import tombstones
from chatmill.store.upsert import insert_into

KEY = "key"
ROOM = "room"
PERSON = "person"
MESSAGE = "message"
BEFORE = "before"
ROWS_AT_ONCE = 500
MARK_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody under one name."""

    name: str
    """As exported."""
    conversation_id: str = ""
    """Only in this one; in all when empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Burial:
    """What to leave tombstones for."""

    conversation_ids: frozenset[str] = frozenset()
    """Whole conversations."""
    people: frozenset[Person] = frozenset()
    message_ids: Mapping[str, frozenset[str]]
    """Conversation id → single messages of it."""
    before: str = ""
    """Date like `2026-01-31`: every older message."""


class Tombstones:
    """Says of what an import brings whether it was forgotten.

    Args:
        key: The project's own.
        marks: (kind, room, mark) of every tombstone.
    """

    def __init__(self, key: bytes, marks: Iterable[tuple[str, str, str]] = ()) -> None:
        self._key = key
        self._marks = frozenset(marks)
        self._rooms_of_messages = {room for kind, room, _ in self._marks if kind == MESSAGE}
        self.before = max((mark for kind, _, mark in self._marks if kind == BEFORE), default="")
        """Messages of earlier dates were forgotten; empty where no date was."""

    def __len__(self) -> int:
        """Count them."""
        return len(self._marks)

    def has_room(self, conversation_id: str) -> bool:
        """Say whether a conversation was forgotten."""
        return (ROOM, "", self._mark(ROOM, conversation_id)) in self._marks

    def has_person(self, conversation_id: str, speaker: str) -> bool:
        """Say whether who speaks in a conversation under this name was forgotten."""
        rooms = ("", self._mark(ROOM, conversation_id))
        return any(
            (PERSON, room, self._mark(PERSON, name)) in self._marks
            for name in names_of(speaker)
            for room in rooms
        )

    def has_messages_of(self, conversation_id: str) -> bool:
        """Say whether single messages of a conversation were forgotten."""
        return self._mark(ROOM, conversation_id) in self._rooms_of_messages

    def has_message(self, conversation_id: str, message_id: str) -> bool:
        """Say whether a message was forgotten."""
        room = self._mark(ROOM, conversation_id)
        return (MESSAGE, room, self._mark(MESSAGE, message_id)) in self._marks

    def rows(self, burial: Burial) -> list[dict[str, str]]:
        """Return the rows that mark what is to be forgotten."""
        marks = {(ROOM, "", self._mark(ROOM, each)) for each in burial.conversation_ids}
        marks |= {(BEFORE, "", burial.before)} if burial.before else set()
        for person in burial.people:
            room = self._mark(ROOM, person.conversation_id) if person.conversation_id else ""
            marks |= {(PERSON, room, self._mark(PERSON, each)) for each in names_of(person.name)}
        for conversation_id, message_ids in burial.message_ids.items():
            room = self._mark(ROOM, conversation_id)
            marks |= {(MESSAGE, room, self._mark(MESSAGE, each)) for each in message_ids}
        return [{"kind": kind, "room": room, "mark": mark} for kind, room, mark in sorted(marks)]

    def _mark(self, kind: str, text: str) -> str:
        said = f"{kind}\0{text}".encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, said, hashlib.sha256)[:MARK_BYTES].hex()


def names_of(speaker: str) -> frozenset[str]:
    """Return the spellings under which a speaker is known: composed, in small letters."""
    composed = " ".join(unicodedata.normalize("NFC", speaker).split()).casefold()
    return frozenset({composed}) - {""}


def read_tombstones(database: Database) -> Tombstones:
    """Return all tombstones of a project."""
    with database.read() as connection:
        return tombstones_on(connection)


def tombstones_on(connection: sa.Connection) -> Tombstones:
    """Return all tombstones inside a transaction."""
    key = b""
    marks: list[tuple[str, str, str]] = []
    columns = (tombstones.c.kind, tombstones.c.room, tombstones.c.mark)
    for kind, room, mark in connection.execute(sa.select(*columns)):
        if kind == KEY:
            key = bytes.fromhex(mark)
        else:
            marks.append((kind, room, mark))
    return Tombstones(key, marks)


def bury(connection: sa.Connection, burial: Burial) -> None:
    """Leave tombstones; saying it twice leaves the same ones."""
    if connection.execute(sa.select(tombstones.c.mark).where(tombstones.c.kind == KEY)).first():
        fresh = []
    else:
        fresh = [{"kind": KEY, "room": "", "mark": secrets.token_hex(32)}]
    insert = insert_into(connection, tombstones).on_conflict_do_nothing()
    if fresh:
        connection.execute(insert, fresh)
    rows = tombstones_on(connection).rows(burial)
    for start in range(0, len(rows), ROWS_AT_ONCE):
        connection.execute(insert, rows[start : start + ROWS_AT_ONCE])


def lift(database: Database, burial: Burial) -> int:
    """Take tombstones away, so that imports bring it again.

    Returns:
        How many there were.
    """
    n_lifted = 0
    with database.write() as connection:
        for row in tombstones_on(connection).rows(burial):
            query = sa.delete(tombstones).where(
                *(tombstones.c[name] == value for name, value in row.items())
            )
            n_lifted += connection.execute(query).rowcount
    return n_lifted
