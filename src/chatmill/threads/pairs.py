"""Features of a message and each earlier message it may answer, for many messages at once.

Everything is an array of shape (n messages, window + 1): column d stands for the message d places
earlier, column 0 for "answers nothing".
"""

from dataclasses import dataclass

import numpy as np

from chatmill.threads.signals import ACTS, FLAGS, Signals
from chatmill.threads.words import shared_words

FAR = 99.0
"""Stands for `not within the window`."""
_LOOK_AHEAD = 10
"""Later messages in which the two may be seen to speak to each other."""
_PACE_MESSAGES = 20
_NO_GAP, _FAR_CALL, _FAR_ANSWER = 1000, 200, 50
_LONGEST_MINUTES, _LONGEST_SILENCE, _LONGEST_PACE = 2000, 3000, 500
_MOST_MESSAGES, _MOST_WORDS, _MOST_SHARED, _NEXT_WITHIN = 50, 60, 10, 30
"""Where features end: beyond, more says nothing more."""
_QUESTION, _PROBLEM = ACTS.index("question"), ACTS.index("problem")


@dataclass(frozen=True, slots=True)
class Neighbours:
    """For each message, places of related ones; -1 (or n) where there is none."""

    previous: np.ndarray
    """Last message of the same speaker."""
    following: np.ndarray
    """Next message of the same speaker."""
    count: np.ndarray
    """Messages of the speaker so far."""
    called: np.ndarray
    """Last message that addressed the speaker."""
    answered: np.ndarray
    """Next message that addresses the speaker."""


def neighbours(signals: Signals) -> Neighbours:
    """Walk through the room once each way."""
    n = len(signals)
    speaker, addressed = signals.speaker.tolist(), signals.addressed.tolist()
    previous, called, count = [-1] * n, [-1] * n, [0] * n
    following, answered = [n] * n, [n] * n
    last: dict[int, int] = {}
    calls: dict[int, int] = {}
    counts: dict[int, int] = {}
    for place in range(n):
        who = speaker[place]
        before = last.get(who, -1)
        previous[place] = before
        if before >= 0:
            following[before] = place
        called[place] = calls.get(who, -1)
        count[place] = counts[who] = counts.get(who, -1) + 1
        last[who] = place
        if addressed[place] >= 0:
            calls[addressed[place]] = place
    calls.clear()
    for place in range(n - 1, -1, -1):
        answered[place] = calls.get(speaker[place], n)
        if addressed[place] >= 0:
            calls[addressed[place]] = place
    return Neighbours(
        *(np.array(each, np.int32) for each in (previous, following, count, called, answered))
    )


class PairFeatures:
    """Computes the features of a block of messages, one named array after the other.

    In the names `i` is the message itself and `j` the earlier one.
    """

    def __init__(
        self, signals: Signals, near: Neighbours, first: int, last: int, window: int
    ) -> None:
        """Take the messages from place `first` up to `last` of a room."""
        self.signals, self.near = signals, near
        self.first, self.last, self.window = first, last, window
        self.places = np.arange(first, last, dtype=np.int32)
        self.offsets = np.arange(window + 1, dtype=np.int32)
        self.earlier = self.places[:, None] - self.offsets[None, :]
        """int32 (n, window + 1): places of the earlier messages; negative before the room."""
        self.is_there = self.earlier >= 0
        self._index = np.maximum(self.earlier, 0)
        self._is_other = self.offsets > 0
        self.columns: dict[str, np.ndarray] = {}

    def at(self, values: np.ndarray) -> np.ndarray:
        """Return what each earlier message has."""
        picked: np.ndarray = values[self._index]
        return picked

    def own(self, values: np.ndarray) -> np.ndarray:
        """Return what the messages themselves have, as a column."""
        return values[self.first : self.last, None]

    def compute(self) -> dict[str, np.ndarray]:
        """Return name → float32 (n messages, window + 1)."""
        who, other = self.own(self.signals.speaker), self.at(self.signals.speaker)
        same = (who == other) & self._is_other
        is_last = self.at(self.near.following) >= self.places[:, None]
        self._distance()
        self._turns(same, is_last)
        self._rhythm()
        self._names(who, other)
        self._calls()
        self._habits(who, other)
        self._contacts(other, same)
        self._cues(same)
        self._room(is_last)
        self._words()
        return self.columns

    def _add(self, name: str, values: np.ndarray) -> None:
        self.columns[name] = np.broadcast_to(values, self.earlier.shape).astype(np.float32)

    def _distance(self) -> None:
        minutes = self.signals.minutes
        before = minutes[np.maximum(self.places - 1, 0)][:, None]
        self._add("d", self.offsets[None, :])
        self._add("gap", np.clip(self.own(minutes) - self.at(minutes), -1, _LONGEST_MINUTES))
        self._add("gap_prev", np.clip(self.own(minutes) - before, -1, _LONGEST_MINUTES))

    def _turns(self, same: np.ndarray, is_last: np.ndarray) -> None:
        """Whose turn it is: messages of the same two people and of others in between."""
        near = self.near
        following = self.at(near.following)
        second = near.following[np.minimum(following, len(self.signals) - 1)]
        is_second = second >= self.places[:, None]
        fresh = is_last & self._is_other & ~same
        is_own_last = (self.own(near.previous) == self.earlier) & self.is_there
        self._add("same", same)
        self._add("is_own_last", is_own_last)
        self._add("own_between", np.cumsum(same, axis=1) - same)
        self._add("their_later", np.where(is_last, 0, np.where(is_second, 1, 2)))
        self._add("speakers_between", np.cumsum(fresh, axis=1) - fresh)

    def _rhythm(self) -> None:
        """How long either was silent, and how much they say."""
        s, near = self.signals, self.near
        places = np.arange(len(s))
        has_previous = near.previous >= 0
        own_gap = np.where(has_previous, np.minimum(places - near.previous, _NO_GAP), _NO_GAP)
        silence = s.minutes - s.minutes[np.maximum(near.previous, 0)]
        silence = np.where(has_previous, np.minimum(silence, _LONGEST_SILENCE), _LONGEST_SILENCE)
        next_gap = np.minimum(near.following - places, _NEXT_WITHIN)
        count = np.minimum(near.count, _MOST_MESSAGES)
        is_same = s.speaker[1:] == s.speaker[:-1]
        self._add("own_gap", self.own(own_gap))
        self._add("own_time", self.own(silence))
        self._add("their_gap", self.at(own_gap))
        self._add("count_i", self.own(count))
        self._add("count_j", self.at(count))
        self._add("next_own", self.own(next_gap))
        self._add("their_next", self.at(next_gap))
        self._add("burst_i", self.own(np.concatenate([[False], is_same])))
        self._add("burst_j", self.at(np.concatenate([is_same, [False]])))

    def _names(self, who: np.ndarray, other: np.ndarray) -> None:
        """Whom the two messages name."""
        s = self.signals
        to, from_ = self.own(s.addressed), self.at(s.addressed)
        loose = self.own(s.mentioned)
        hit = (to == other) & (to >= 0) & self._is_other
        is_inside = hit.any(axis=1, keepdims=True)
        self._add("i_to_j", hit)
        self._add("j_to_i", (from_ == who) & self._is_other)
        self._add("i_names_j", (loose == other) & (loose >= 0) & self._is_other)
        self._add("j_names_i", (self.at(s.mentioned) == who) & self._is_other)
        self._add("to_i", (to >= 0).astype(np.int8) + is_inside)
        self._add("to_j", from_ >= 0)
        self._add("same_to", (to == from_) & (to >= 0))
        self._add("loose_i", loose >= 0)

    def _calls(self) -> None:
        """When the speaker was last called, and whether the other was called since."""
        near = self.near
        is_called = self.own(near.called) == self.earlier
        gap = np.where(near.called >= 0, np.arange(len(self.signals)) - near.called, _FAR_CALL)
        answered = self.at(near.answered)
        wait = np.minimum(answered - self.earlier, _FAR_ANSWER)
        self._add("is_last_call", is_called & self.is_there & self._is_other)
        self._add("call_gap", self.own(np.minimum(gap, _FAR_CALL)))
        self._add("called_since_own", self.own(near.called > near.previous))
        self._add("answered", np.where(answered < self.places[:, None], wait, FAR))

    def _habits(self, who: np.ndarray, other: np.ndarray) -> None:
        """Whom either spoke to in the message before, or will in the next."""
        s, near = self.signals, self.near
        before = np.where(near.previous >= 0, s.addressed[np.maximum(near.previous, 0)], -1)
        following = np.minimum(near.following, len(s) - 1)
        is_near = near.following < np.arange(len(s)) + _NEXT_WITHIN
        after = np.where(is_near, s.addressed[following], -1)
        is_past = self.at(near.following) < self.places[:, None]
        self._add("prev_to_j", (self.own(before) == other) & (self.own(before) >= 0))
        self._add("next_to_j", (self.own(after) == other) & (self.own(after) >= 0))
        self._add("prev_to", self.own(before) >= 0)
        self._add("j_prev_to_i", (self.at(before) == who) & self._is_other)
        self._add("j_next_to_i", (self.at(after) == who) & is_past)

    def _contacts(self, other: np.ndarray, same: np.ndarray) -> None:
        """When one of the two last addressed the other, and when one will."""
        said, heard = self._addressing(other, range(-self.window, 0))
        will_say, will_hear = self._addressing(other, range(_LOOK_AHEAD, 0, -1))
        self._add("said", said)
        self._add("heard", heard)
        self._add("will_say", will_say)
        self._add("will_hear", will_hear)
        contact = np.minimum(said, heard)
        is_nearest = contact == contact.min(axis=1, keepdims=True)
        self._add("is_partner", is_nearest & (contact < FAR) & ~same)

    def _addressing(self, other: np.ndarray, steps: range) -> tuple[np.ndarray, np.ndarray]:
        """Return how far off i's speaker addresses j's speaker, and the other way; nearest last."""
        s, n = self.signals, len(self.signals)
        me = s.speaker[self.places]
        said = np.full(self.earlier.shape, FAR, np.float32)
        heard = np.full(self.earlier.shape, FAR, np.float32)
        for step in steps:
            place = self.places + step
            is_there = (place >= 0) & (place < n)
            place = np.clip(place, 0, n - 1)
            by, to = s.speaker[place], s.addressed[place]
            for found, is_call, who in (
                (said, (by == me) & (to >= 0), to),
                (heard, to == me, by),
            ):
                rows = np.flatnonzero(is_call & is_there)
                is_them = other[rows] == who[rows][:, None]
                found[rows] = np.where(is_them, abs(step), found[rows])
        return said, heard

    def _cues(self, same: np.ndarray) -> None:
        """What both messages do in the dialogue."""
        s = self.signals
        n_words = np.minimum(s.n_words, _MOST_WORDS)
        self._add("act_i", self.own(s.act))
        self._add("act_j", self.at(s.act))
        self._add("n_words_i", self.own(n_words))
        self._add("n_words_j", self.at(n_words))
        for number, name in enumerate(FLAGS):
            self._add(f"{name}_i", self.own(s.flags[:, number]))
            if name not in ("address", "number"):
                self._add(f"{name}_j", self.at(s.flags[:, number]))
        asks = (s.act == _QUESTION) | (s.act == _PROBLEM) | (s.flags[:, 0] > 0)
        is_open = self.at(asks) & self._is_other & ~same
        self._add("asks_between", np.cumsum(is_open, axis=1) - is_open)
        self._add("asks_and_says", is_open & ~self.own(asks))

    def _room(self, is_last: np.ndarray) -> None:
        """How many people talk, and how fast."""
        minutes = self.signals.minutes
        speakers = (is_last & self._is_other & self.is_there).sum(axis=1, keepdims=True)
        back = np.maximum(self.places - _PACE_MESSAGES, 0)
        pace = np.minimum(minutes[self.places] - minutes[back], _LONGEST_PACE)
        self._add("n_speakers", speakers)
        self._add("pace", pace[:, None])

    def _words(self) -> None:
        """Words both have, by how rare they are."""
        shared = shared_words(self.signals, self.first, self.last, self.window)
        top = shared.weight.max(axis=1, keepdims=True)
        n_words = self.signals.n_words
        length = np.sqrt((2.0 + self.own(n_words)) * (2.0 + self.at(n_words)))
        self._add("shared", np.minimum(shared.number, _MOST_SHARED))
        self._add("overlap", shared.weight)
        self._add("rarest", shared.rarest)
        self._add("top_overlap", top)
        self._add("is_top_overlap", (shared.weight == top) & (top > 0))
        self._add("cosine", shared.weight / length)
