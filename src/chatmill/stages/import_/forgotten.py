"""Leaves out of an import what was forgotten."""

from collections.abc import Iterable, Iterator

import pyarrow as pa
import pyarrow.compute as pc

from chatmill.frames import Table
from chatmill.frames.erasing import is_older
from chatmill.store.tombstones import Tombstones


class ForgottenFilter:
    """Passes tables of messages on without those that have a tombstone.

    Args:
        tombstones: The project's.
    """

    def __init__(self, tombstones: Tombstones) -> None:
        self.n_left_out = 0
        self._tombstones = tombstones
        self._rooms: dict[str, bool] = {}
        self._people: dict[tuple[str, str], bool] = {}

    def rest(self, tables: Iterable[Table]) -> Iterator[Table]:
        """Yield what may come in; a table of which nothing may is left out."""
        for table in tables:
            kept = (
                table.filter(pc.invert(self._forgotten(table))) if len(self._tombstones) else table
            )
            self.n_left_out += len(table) - len(kept)
            if len(kept):
                yield kept

    def _forgotten(self, rows: Table) -> pa.Array:
        lists = (rows.column(each).to_pylist() for each in ("conversation_id", "speaker"))
        ids = rows.column("message_id")
        found = [
            self._has(room, speaker, ids, at)
            for at, (room, speaker) in enumerate(zip(*lists, strict=True))
        ]
        chosen = pa.array(found, pa.bool_())
        if self._tombstones.before:
            chosen = pc.or_(chosen, is_older(rows.column("sent_at"), self._tombstones.before))
        return chosen

    def _has(self, room: str, speaker: str, message_ids: pa.ChunkedArray, at: int) -> bool:
        if room not in self._rooms:
            self._rooms[room] = self._tombstones.has_room(room)
        if self._rooms[room]:
            return True
        key = (room, speaker)
        if key not in self._people:
            self._people[key] = bool(speaker) and self._tombstones.has_person(room, speaker)
        if self._people[key]:
            return True
        return self._tombstones.has_messages_of(room) and self._tombstones.has_message(
            room, message_ids[at].as_py()
        )
