"""Tombstones: what was forgotten is known again, and no name can be read from them."""

from pathlib import Path

import sqlalchemy as sa

from chatmill.store.database import Database, sqlite_url
from chatmill.store.tables import tombstones
from chatmill.store.tombstones import Burial, Person, bury, lift, read_tombstones

BURIAL = Burial(
    conversation_ids=frozenset({"방 1"}),
    people=frozenset({Person(name="김민수"), Person(name="이도현", conversation_id="방 2")}),
    message_ids={"방 3": frozenset({"m1"})},
    before="2026-01-31",
)


def test_rooms_people_messages_and_dates_are_known_again(tmp_path: Path) -> None:
    """Each for what it says: a person of one room is nobody in another."""
    database = Database.open(sqlite_url(tmp_path / "chatmill.db"))
    with database.write() as connection:
        bury(connection, BURIAL)
        bury(connection, BURIAL)
    found = read_tombstones(database)
    assert len(found) == 5
    assert found.has_room("방 1")
    assert not found.has_room("방 2")
    assert found.has_person("방 9", "김민수 ")
    assert found.has_person("방 2", "이도현")
    assert not found.has_person("방 9", "이도현")
    assert found.has_message("방 3", "m1")
    assert not found.has_message("방 2", "m1")
    assert found.before == "2026-01-31"
    with database.read() as connection:
        rows = str(connection.execute(sa.select(tombstones)).all())
    assert not any(word in rows for word in ("김민수", "이도현", "방", "m1"))
    assert lift(database, BURIAL) == 5
    assert not read_tombstones(database)


def test_another_project_has_another_key(tmp_path: Path) -> None:
    """The same name leaves another mark elsewhere, so no list of names fits all."""
    marks = []
    for name in ("a.db", "b.db"):
        database = Database.open(sqlite_url(tmp_path / name))
        with database.write() as connection:
            bury(connection, BURIAL)
        with database.read() as connection:
            query = sa.select(tombstones.c.mark).where(tombstones.c.kind == "person")
            marks.append(set(connection.execute(query).scalars()))
    assert not marks[0] & marks[1]
