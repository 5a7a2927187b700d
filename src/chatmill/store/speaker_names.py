"""Which names of a room are one person; an overlay, what was exported stays as it is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from chatmill.store.database import Database
from chatmill.store.tables import speaker_names

PLACEHOLDERS = frozenset({"회원님", "you"})
"""What exports call the person who made them, in small letters."""
SpeakerOverlay = Mapping[str, Mapping[tuple[str, str], str]]
"""Conversation id → (source, name as exported) → name to show; source is empty for any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """Somebody as an export names them."""

    source: str
    """Part whose exporter a placeholder stands for; empty for a name, which is one everywhere."""
    name: str
    """As exported."""

    @property
    def is_placeholder(self) -> bool:
        """Whether the name is no name but stands for the exporter."""
        return is_placeholder(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class SameSpeaker:
    """Two names of one person in one conversation."""

    conversation_id: str
    speaker: Speaker
    """The one that is replaced."""
    same_as: Speaker
    """The one that is kept, unless it is replaced itself."""


def is_placeholder(name: str) -> bool:
    """Say whether an export writes this in place of its exporter's name."""
    return name.casefold() in PLACEHOLDERS


def speaker_of(source: str, name: str) -> Speaker:
    """Say whom a name means: a placeholder another person in every source."""
    return Speaker(source=source if is_placeholder(name) else "", name=name)


class SpeakerNames:
    """Who is whom in one conversation: each speaker points to the one whose name is kept."""

    def __init__(self, conversation_id: str, pairs: Iterable[SameSpeaker] = ()) -> None:
        self.conversation_id = conversation_id
        self._same_as = {pair.speaker: pair.same_as for pair in pairs}

    def kept(self, speaker: Speaker) -> Speaker:
        """Return the speaker whose name is shown."""
        met = {speaker}
        while (same := self._same_as.get(speaker)) is not None and same not in met:
            speaker = same
            met.add(same)
        return speaker

    def join(self, new: Speaker, old: Speaker) -> SameSpeaker | None:
        """Make two speakers one; the older name is kept, a placeholder never where there is a name.

        Returns:
            What to record; None where they are one already.
        """
        new, old = self.kept(new), self.kept(old)
        if new == old:
            return None
        replaced, kept = (old, new) if old.is_placeholder and not new.is_placeholder else (new, old)
        self._same_as[replaced] = kept
        return SameSpeaker(conversation_id=self.conversation_id, speaker=replaced, same_as=kept)

    def overlay(self) -> dict[tuple[str, str], str]:
        """Return (source, name) → name to show, for all that are replaced."""
        return {
            (speaker.source, speaker.name): self.kept(speaker).name for speaker in self._same_as
        }


def read_speaker_names(
    database: Database, conversation_ids: Iterable[str] | None = None
) -> dict[str, SpeakerNames]:
    """Return conversation id → who is whom, where anything is known.

    Args:
        database: The project's.
        conversation_ids: Only these; all when None.
    """
    wanted = None if conversation_ids is None else set(conversation_ids)
    pairs: dict[str, list[SameSpeaker]] = {}
    with database.read() as connection:
        for row in connection.execute(sa.select(speaker_names)):
            if wanted is None or row.conversation_id in wanted:
                pair = SameSpeaker(
                    conversation_id=row.conversation_id,
                    speaker=Speaker(source=row.source, name=row.name),
                    same_as=Speaker(source=row.same_source, name=row.same_as),
                )
                pairs.setdefault(row.conversation_id, []).append(pair)
    return {key: SpeakerNames(key, found) for key, found in pairs.items()}


def read_overlay(database: Database) -> SpeakerOverlay:
    """Return what conversations are read with."""
    return {key: names.overlay() for key, names in read_speaker_names(database).items()}


def record_same_speakers(database: Database, pairs: Iterable[SameSpeaker]) -> None:
    """Store pairs in one transaction; what was known of the replaced speaker goes."""
    with database.write() as connection:
        for pair in pairs:
            key = (
                speaker_names.c.conversation_id == pair.conversation_id,
                speaker_names.c.source == pair.speaker.source,
                speaker_names.c.name == pair.speaker.name,
            )
            connection.execute(sa.delete(speaker_names).where(*key))
            connection.execute(
                sa.insert(speaker_names).values(
                    conversation_id=pair.conversation_id,
                    source=pair.speaker.source,
                    name=pair.speaker.name,
                    same_source=pair.same_as.source,
                    same_as=pair.same_as.name,
                )
            )
