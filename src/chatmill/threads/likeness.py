"""How alike a message is to the talks around it, by the vectors of their sentences."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from chatmill.server.embed import Embedder
from chatmill.threads.seen import Seen

Embed = Callable[[Sequence[str]], np.ndarray]
"""Texts, none empty → unit vectors, float32, shape (n_texts, n_dims)."""
_AT_ONCE = 64
"""Messages embedded ahead in one batch."""
_LATEST = 12
"""Messages of a talk, from its end, that are compared."""
_KEPT_BATCHES = 4
"""Vectors of so many batches are kept beside those in use."""


@dataclass(frozen=True, slots=True)
class Alike:
    """Cosine similarities of a message to a talk."""

    first: float
    """To the message that began it."""
    most: float
    """To the most similar of its latest messages."""
    last: float
    """To its last message."""
    asked: float
    """To the most similar of the latest messages of who began it; 0 without any."""

    def items(self) -> tuple[tuple[str, float], ...]:
        """Return name and value of each."""
        return (
            ("first", self.first),
            ("most", self.most),
            ("last", self.last),
            ("asked", self.asked),
        )


class Likeness:
    """Embeds the messages of one room as they are needed, and forgets what no talk needs."""

    def __init__(self, seen: Sequence[Seen], embed: Embed | None = None) -> None:
        """Take over a room.

        Args:
            seen: Its messages, each at its place.
            embed: The encoder that comes with chatmill where None.
        """
        self._seen = seen
        self._embed = embed or shared_embedder().embed
        self._vectors: dict[int, np.ndarray] = {}

    @property
    def n_kept(self) -> int:
        """How many messages' vectors are in memory."""
        return len(self._vectors)

    def to_talks(self, each: Seen, talks: Mapping[int, Sequence[Seen]]) -> Mapping[int, Alike]:
        """Compare a message with talks.

        Args:
            each: The message.
            talks: Number of a talk → its messages so far, at least one.
        """
        if not talks:
            return {}
        compared = {n: (members[0], *members[-_LATEST:]) for n, members in talks.items()}
        places = sorted({one.place for members in compared.values() for one in members})
        vectors = self._vectors_of([*places, each.place])
        cosines = dict(zip(places, (vectors[:-1] @ vectors[-1]).tolist(), strict=True))
        return {n: _alike(members, cosines) for n, members in compared.items()}

    def _vectors_of(self, places: Sequence[int]) -> np.ndarray:
        missing = [place for place in places if place not in self._vectors]
        if missing:
            newest = places[-1]
            self._forget(places, newest)
            ahead = range(newest, min(newest + _AT_ONCE, len(self._seen)))
            self._take(dict.fromkeys([*missing, *(p for p in ahead if p not in self._vectors)]))
        return np.stack([self._vectors[place] for place in places])

    def _take(self, places: Iterable[int]) -> None:
        wanted = list(places)
        rows = self._embed([self._seen[place].bare.strip() or "." for place in wanted])
        self._vectors.update(zip(wanted, rows, strict=True))

    def _forget(self, needed: Sequence[int], newest: int) -> None:
        oldest = newest - _KEPT_BATCHES * _AT_ONCE
        kept = set(needed)
        self._vectors = {
            place: row for place, row in self._vectors.items() if place >= oldest or place in kept
        }


@lru_cache(maxsize=1)
def shared_embedder() -> Embedder:
    """Return the encoder of this process; it loads at first use."""
    return Embedder()


def _alike(members: Sequence[Seen], cosines: Mapping[int, float]) -> Alike:
    first, latest = members[0], members[1:]
    starter = first.message.speaker
    asked = [cosines[one.place] for one in latest if one.message.speaker == starter]
    return Alike(
        first=cosines[first.place],
        most=max(cosines[one.place] for one in latest),
        last=cosines[latest[-1].place],
        asked=max(asked, default=0.0),
    )
