"""Learns that two names of a room are one person, from messages two exports have in common."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatmill.project import Project
from chatmill.store.speaker_names import (
    SameSpeaker,
    Speaker,
    SpeakerNames,
    is_placeholder,
    read_speaker_names,
    record_same_speakers,
    speaker_of,
)

if TYPE_CHECKING:
    import pyarrow as pa

    from chatmill.frames.speakers import StoredSpeaker

SAMPLE_MESSAGES = 32
"""Messages remembered of each speaker of a source: between so many and twice as many."""
MAX_SAMPLED = 200_000
"""Messages remembered of a source in all; speakers that come later are not looked at."""
LEAST_SHARED = 3
"""Messages two names must have in common; one is enough where one of them is a placeholder."""
LEAST_SHARE = 0.8
"""Share of a name's common messages that must go to the other, and back."""


class SpeakerSample:
    """Some messages of every speaker of a source, spread over all of it."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], _Spread] = {}

    def add(self, table: "pa.Table") -> None:
        """Take the next messages; a system line has no speaker and is passed over.

        Args:
            table: With columns `conversation_id`, `message_id`, `speaker`.
        """
        import numpy as np

        if not len(table):
            return
        rooms = table.column("conversation_id").combine_chunks().dictionary_encode()
        people = table.column("speaker").combine_chunks().dictionary_encode()
        n_people = len(people.dictionary)
        groups = rooms.indices.to_numpy().astype(np.int64) * n_people + people.indices.to_numpy()
        order = np.argsort(groups, kind="stable")
        found, first = np.unique(groups[order], return_index=True)
        room_names, names = rooms.dictionary.to_pylist(), people.dictionary.to_pylist()
        message_ids = table.column("message_id").combine_chunks()
        for group, rows in zip(found.tolist(), np.split(order, first[1:]), strict=True):
            spread = self._spread(room_names[group // n_people], names[group % n_people])
            if spread is not None:
                spread.keep(message_ids.take(rows[spread.choose(len(rows))]).to_pylist())

    def speakers(self) -> dict[str, dict[str, str]]:
        """Return conversation id → message id → speaker."""
        found: dict[str, dict[str, str]] = {}
        for (conversation_id, speaker), spread in self._kept.items():
            known = found.setdefault(conversation_id, {})
            known.update(dict.fromkeys(spread.message_ids, speaker))
        return found

    def _spread(self, conversation_id: str, speaker: str) -> "_Spread | None":
        spread = self._kept.get((conversation_id, speaker))
        if spread is None and speaker and len(self._kept) * SAMPLE_MESSAGES <= MAX_SAMPLED:
            spread = self._kept[conversation_id, speaker] = _Spread()
        return spread


class _Spread:
    """Every n-th message of a speaker; n doubles whenever there are too many."""

    __slots__ = ("_met", "_step", "message_ids")

    def __init__(self) -> None:
        self.message_ids: list[str] = []
        self._met = 0
        self._step = 1

    def choose(self, n_messages: int) -> slice:
        """Say which of the next messages to keep."""
        begin = -self._met % self._step
        self._met += n_messages
        return slice(begin, n_messages, max(self._step, n_messages // SAMPLE_MESSAGES))

    def keep(self, message_ids: Iterable[str]) -> None:
        """Keep messages; every second one goes where there are too many."""
        for message_id in message_ids:
            self.message_ids.append(message_id)
            if len(self.message_ids) == 2 * SAMPLE_MESSAGES:
                del self.message_ids[1::2]
                self._step *= 2


class SpeakerWatch:
    """Watches a source on its way into the store, and afterwards learns who is whom.

    Args:
        project: An open project, its lock held.
        source: Name of the part the source is written to.
    """

    def __init__(self, project: Project, source: str) -> None:
        self._project = project
        self._source = source
        self._sample = SpeakerSample()
        self._is_needed = project.conversations.has_parts()

    def watch(self, tables: Iterable["pa.Table"]) -> Iterator["pa.Table"]:
        """Hand tables of messages on as they come, and remember who sent what."""
        for table in tables:
            if self._is_needed:
                self._sample.add(table)
            yield table

    def learn(self) -> tuple[SameSpeaker, ...]:
        """Compare with what the store had, record which names are one person, and return them.

        A name in `[roles]` that is replaced takes the name that is kept along.

        Raises:
            StorageError: The store cannot be read or written.
        """
        if not self._is_needed:
            return ()
        sampled = self._sample.speakers()
        shared: dict[str, list[tuple[Speaker, Speaker]]] = {}
        for stored in self._project.conversations.speakers(sampled):
            if stored.source != self._source and stored.speaker:
                shared.setdefault(stored.conversation_id, []).append(
                    self._pair(stored, sampled[stored.conversation_id])
                )
        known = read_speaker_names(self._project.database, shared)
        learnt: list[SameSpeaker] = []
        for conversation_id, pairs in shared.items():
            names = known.get(conversation_id) or SpeakerNames(conversation_id)
            for new, old in same_speakers(pairs, names):
                same = names.join(new, old)
                if same is not None:
                    learnt.append(same)
        if learnt:
            record_same_speakers(self._project.database, learnt)
            self._take_roles_along(learnt)
        return tuple(learnt)

    def _pair(
        self, stored: "StoredSpeaker", speakers: Mapping[str, str]
    ) -> tuple[Speaker, Speaker]:
        return (
            speaker_of(self._source, speakers[stored.message_id]),
            speaker_of(stored.source, stored.speaker),
        )

    def _take_roles_along(self, learnt: Iterable[SameSpeaker]) -> None:
        """Give the name that is kept the role that settings give the other one."""
        for same in learnt:
            if same.speaker.source == self._source or is_placeholder(same.same_as.name):
                continue  # a placeholder in settings means the exporter of what was there before
            for role in ("agents", "customers", "bots"):
                names: tuple[str, ...] = getattr(self._project.settings.roles, role)
                if same.speaker.name in names and same.same_as.name not in names:
                    self._project.remember("roles", role, [*names, same.same_as.name])


@dataclass(frozen=True, slots=True)
class _Shared:
    """How many messages names have in common."""

    pairs: Counter[tuple[Speaker, Speaker]]
    of_new: Counter[Speaker]
    of_old: Counter[Speaker]


def same_speakers(
    pairs: Iterable[tuple[Speaker, Speaker]], names: SpeakerNames
) -> Iterator[tuple[Speaker, Speaker]]:
    """Tell which speakers of a new source are which of the store.

    Two are one where nearly all they have in common they have with each other, in both directions;
    a name that both sides know never becomes another one.

    Args:
        pairs: Who sent each common message, by the new source and by the store.
        names: Who is whom already.

    Yields:
        The new and the stored speaker.
    """
    shared = _count(pairs, names)
    for (new, old), n_shared in shared.pairs.items():
        if new == old:
            continue
        is_exporter = new.is_placeholder or old.is_placeholder
        enough = n_shared >= (1 if is_exporter else LEAST_SHARED)
        is_mutual = (
            n_shared >= LEAST_SHARE * shared.of_new[new]
            and n_shared >= LEAST_SHARE * shared.of_old[old]
        )
        others = shared.of_new[old] + shared.of_old[new]
        if enough and is_mutual and others <= (1 - LEAST_SHARE) * n_shared:
            yield new, old


def _count(pairs: Iterable[tuple[Speaker, Speaker]], names: SpeakerNames) -> _Shared:
    counted = Counter((names.kept(new), names.kept(old)) for new, old in pairs)
    of_new: Counter[Speaker] = Counter()
    of_old: Counter[Speaker] = Counter()
    for (new, old), n_shared in counted.items():
        of_new[new] += n_shared
        of_old[old] += n_shared
    return _Shared(counted, of_new, of_old)
