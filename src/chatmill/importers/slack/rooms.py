"""Reads one room of a Slack workspace: its days in order, with edits applied."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from chatmill.errors import UnreadableFileError
from chatmill.importers.admission import TakenIds, is_keepable, refusal
from chatmill.importers.assembly import reject
from chatmill.importers.base import Item, Room
from chatmill.importers.json_fields import fields, words
from chatmill.importers.slack.days import Day, Entry
from chatmill.importers.slack.directory import Directory
from chatmill.importers.slack.messages import (
    Unusable,
    learn_profile,
    read_message,
    stamp_number,
)
from chatmill.records import Message, Rejection
from chatmill.settings import ImportSettings


class RoomReader:
    """Reads one room; exports of everything hold edits and deletions as entries of later days.

    Args:
        directory: Names of the workspace.
        settings: What counts as too long, the time zone.
    """

    def __init__(self, directory: Directory, settings: ImportSettings) -> None:
        self._directory = directory
        self._settings = settings
        self._taken = TakenIds()
        self._edits: dict[str, Mapping[str, Any] | None] = {}
        """Id → what the message was changed to; None for one that was deleted."""

    def read(self, room: Room, days: Sequence[Day]) -> Iterator[Item]:
        """Stream the room and its messages.

        Args:
            room: The room.
            days: Its files, in order.
        """
        yield room
        room_bytes = self._settings.max_json_characters
        for day in days:
            room_bytes -= day.keep(room_bytes)
            for value in day.edits():
                self._note_edit(fields(value))
            if not self._directory.users:  # only profiles beside messages tell the names
                for entry in day.entries():
                    if isinstance(entry, Entry):
                        learn_profile(entry.value, self._directory)
        for day in days:
            try:
                yield from self._read_day(day)
            except UnreadableFileError as error:
                yield Rejection(stage="import", source=error.where, reason=error.what)
            day.forget()

    def _note_edit(self, raw: Mapping[str, Any]) -> None:
        stamp = _changed_stamp(raw)
        if stamp:
            is_change = raw.get("subtype") == "message_changed"
            self._edits[stamp] = fields(raw.get("message")) if is_change else None

    def _read_day(self, day: Day) -> Iterator[Item]:
        for entry in day.entries():
            if isinstance(entry, Rejection):
                yield entry
                continue
            value = self._edited(entry.value) if self._edits else entry.value
            if value is None:
                continue
            message = read_message(value, self._directory, self._settings)
            if isinstance(message, Unusable):
                yield reject(day.file(), day.line(entry.index), message.reason, message.raw)
            else:
                yield self._admitted(day, entry, message)

    def _edited(self, value: Any) -> Any:  # noqa: ANN401 - whatever stands in the file
        """Return the last state of a message; None for an edit of one that was read already."""
        raw = fields(value)
        changed = _changed_stamp(raw)
        if changed and self._taken.has(changed, stamp_number(changed)):
            return None
        stamp = changed or words(raw.get("ts"))
        if stamp not in self._edits:
            return value
        before = fields(raw.get("previous_message") or raw.get("original")) if changed else raw
        after = self._edits[stamp]
        if after is not None:
            return {**before, **after}
        kept = {key: before[key] for key in ("user", "thread_ts") if key in before}
        return {"type": "message", "subtype": "tombstone", "ts": stamp, **kept}

    def _admitted(self, day: Day, entry: Entry, message: Message) -> Message | Rejection:
        if not is_keepable(message, self._settings.max_message_characters):
            refused = refusal(day.file(), day.line(entry.index), message)
            if refused is not None:
                return refused
        if self._taken.take(message.id, stamp_number(message.id)):
            return message
        reason = f"a second message {message.id!r}"
        return reject(day.file(), day.line(entry.index), reason, message.text)


def _changed_stamp(raw: Mapping[str, Any]) -> str:
    """Return the id of the message an entry changes or deletes; empty for a message."""
    if raw.get("subtype") == "message_changed":
        return words(fields(raw.get("message")).get("ts"))
    return words(raw.get("deleted_ts")) if raw.get("subtype") == "message_deleted" else ""
