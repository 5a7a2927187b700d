"""Features of a message and each earlier message it may answer, for many messages at once.

Everything is an array of shape (n messages, window + 1): column d stands for the message d places
earlier, column 0 for "answers nothing".
"""

from dataclasses import dataclass

import numpy as np

from chatmill.threads.signals import ACTS, FLAGS, Signals

FAR = 99.0
"""Stands for `not within the window`."""
_LOOK_AHEAD = 10
_SHARE_OF_COMMON, _COMMON_FROM = 0.04, 6
_QUESTION, _PROBLEM = ACTS.index("question"), ACTS.index("problem")
_ACK, _THANKS, _STATEMENT = ACTS.index("ack"), ACTS.index("thanks"), ACTS.index("statement")


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
    """Computes the features of a block of messages, one named array after the other."""

    def __init__(
        self, signals: Signals, near: Neighbours, first: int, last: int, window: int
    ) -> None:
        self.signals, self.near = signals, near
        self.first, self.last, self.window = first, last, window
        self.places = np.arange(first, last, dtype=np.int32)
        self.offsets = np.arange(window + 1, dtype=np.int32)
        self.earlier = self.places[:, None] - self.offsets[None, :]
        self.is_there = self.earlier >= 0
        self._index = np.maximum(self.earlier, 0)
        self.columns: dict[str, np.ndarray] = {}

    def at(self, values: np.ndarray) -> np.ndarray:
        """Return what each earlier message has."""
        return values[self._index]

    def own(self, values: np.ndarray) -> np.ndarray:
        """Return what the messages themselves have, as a column."""
        return values[self.first : self.last, None]

    def add(self, name: str, values: np.ndarray) -> None:
        shape = self.earlier.shape
        self.columns[name] = np.broadcast_to(values, shape).astype(np.float32)

    def compute(self) -> dict[str, np.ndarray]:
        """Return name → float32 (n messages, window + 1)."""
        self._distance()
        self._speakers()
        self._names()
        self._contacts()
        self._cues()
        self._room()
        self._words()
        return self.columns

    def _distance(self) -> None:
        s = self.signals
        gap = self.own(s.minutes) - self.at(s.minutes)
        self.add("d", self.offsets[None, :])
        self.add("gap", np.clip(gap, -1, 2000))
        self.add(
            "gap_prev",
            np.clip(
                self.own(s.minutes) - s.minutes[np.maximum(self.places - 1, 0)][:, None], -1, 2000
            ),
        )

    def _speakers(self) -> None:
        s, near = self.signals, self.near
        who, other = self.own(s.speaker), self.at(s.speaker)
        same = (who == other) & (self.offsets > 0)
        self.same = same
        self.add("same", same)
        self.add("is_own_last", (self.own(near.previous) == self.earlier) & self.is_there)
        n_own = np.cumsum(same, axis=1) - same
        self.add("own_between", n_own)
        self.n_own = n_own
        following = self.at(near.following)
        is_last = following >= self.places[:, None]
        second = near.following[np.minimum(following, len(s) - 1)]
        self.is_last = is_last
        self.add(
            "their_later", np.where(is_last, 0, np.where(second >= self.places[:, None], 1, 2))
        )
        # speakers between
        fresh = is_last & (self.offsets > 0) & ~same
        self.add("speakers_between", np.cumsum(fresh, axis=1) - fresh)
        own_gap = np.where(near.previous >= 0, np.arange(len(s)) - near.previous, 1000)
        self.add("own_gap", np.minimum(self.own(own_gap), 1000))
        own_time = np.where(
            near.previous >= 0, s.minutes - s.minutes[np.maximum(near.previous, 0)], 3000
        )
        self.add("own_time", np.minimum(self.own(own_time), 3000))
        self.add("their_gap", np.minimum(self.at(own_gap), 1000))
        self.add("count_i", np.minimum(self.own(near.count), 50))
        self.add("count_j", np.minimum(self.at(near.count), 50))
        next_gap = np.minimum(near.following - np.arange(len(s)), 30)
        self.add("next_own", self.own(next_gap))
        self.add("their_next", self.at(next_gap))
        step = s.speaker[1:] == s.speaker[:-1]
        self.add("burst_i", self.own(np.concatenate([[False], step])))
        self.add("burst_j", self.at(np.concatenate([step, [False]])))

    def _names(self) -> None:
        s, near = self.signals, self.near
        who, other = self.own(s.speaker), self.at(s.speaker)
        to, from_ = self.own(s.addressed), self.at(s.addressed)
        loose, loose_j = self.own(s.mentioned), self.at(s.mentioned)
        self.hit = (to == other) & (to >= 0) & (self.offsets > 0)
        self.add("i_to_j", self.hit)
        self.add("j_to_i", (from_ == who) & (self.offsets > 0))
        self.add("i_names_j", (loose == other) & (loose >= 0) & (self.offsets > 0))
        self.add("j_names_i", (loose_j == who) & (self.offsets > 0))
        # 0 nobody, 1 somebody outside the window, 2 in the window
        inside = self.hit.any(axis=1, keepdims=True)
        self.add("to_i", (to >= 0).astype(np.int8) + inside)
        self.add("to_j", from_ >= 0)
        self.add("same_to", (to == from_) & (to >= 0))
        self.add("loose_i", loose >= 0)
        is_called = (self.own(near.called) == self.earlier) & self.is_there & (self.offsets > 0)
        self.add("is_last_call", is_called)
        call_gap = np.where(near.called >= 0, np.arange(len(s)) - near.called, 1000)
        self.add("call_gap", np.minimum(self.own(call_gap), 200))
        self.add("called_since_own", self.own(near.called > near.previous))
        answered = self.at(near.answered)
        self.add(
            "answered",
            np.where(answered < self.places[:, None], np.minimum(answered - self.earlier, 50), FAR),
        )
        # whom did the speaker address last time
        before = s.addressed[np.maximum(near.previous, 0)]
        before = np.where(near.previous >= 0, before, -1)
        self.add("prev_to_j", (self.own(before) == other) & (self.own(before) >= 0))
        after_place = np.minimum(near.following, len(s) - 1)
        after = np.where(near.following < np.arange(len(s)) + 30, s.addressed[after_place], -1)
        self.add("next_to_j", (self.own(after) == other) & (self.own(after) >= 0))
        self.add("prev_to", self.own(before) >= 0)
        # the addressee of j is the speaker of i's previous call
        self.add("j_prev_to_i", (self.at(before) == who) & (self.offsets > 0))
        self.add(
            "j_next_to_i",
            (self.at(after) == who) & (self.at(near.following) < self.places[:, None]),
        )

    def _contacts(self) -> None:
        """When one of the two last addressed the other, or will."""
        s = self.signals
        n = len(s)
        other = self.at(s.speaker)
        said = np.full(self.earlier.shape, FAR, np.float32)
        heard = np.full(self.earlier.shape, FAR, np.float32)
        for e in range(self.window, 0, -1):
            k = self.places - e
            k0 = np.maximum(k, 0)
            rows = np.flatnonzero(
                (s.speaker[k0] == s.speaker[self.places]) & (s.addressed[k0] >= 0) & (k >= 0)
            )
            if rows.size:
                said[rows] = np.where(other[rows] == s.addressed[k0[rows]][:, None], e, said[rows])
            rows = np.flatnonzero((s.addressed[k0] == s.speaker[self.places]) & (k >= 0))
            if rows.size:
                heard[rows] = np.where(other[rows] == s.speaker[k0[rows]][:, None], e, heard[rows])
        self.add("said", said)
        self.add("heard", heard)
        will_say = np.full(self.earlier.shape, FAR, np.float32)
        will_hear = np.full(self.earlier.shape, FAR, np.float32)
        for e in range(_LOOK_AHEAD, 0, -1):
            k = self.places + e
            k0 = np.minimum(k, n - 1)
            rows = np.flatnonzero(
                (s.speaker[k0] == s.speaker[self.places]) & (s.addressed[k0] >= 0) & (k < n)
            )
            if rows.size:
                will_say[rows] = np.where(
                    other[rows] == s.addressed[k0[rows]][:, None], e, will_say[rows]
                )
            rows = np.flatnonzero((s.addressed[k0] == s.speaker[self.places]) & (k < n))
            if rows.size:
                will_hear[rows] = np.where(
                    other[rows] == s.speaker[k0[rows]][:, None], e, will_hear[rows]
                )
        self.add("will_say", will_say)
        self.add("will_hear", will_hear)
        contact = np.minimum(said, heard)
        nearest = contact.min(axis=1, keepdims=True)
        self.add("is_partner", (contact == nearest) & (contact < FAR) & ~self.same)

    def _cues(self) -> None:
        s = self.signals
        self.add("act_i", self.own(s.act))
        self.add("act_j", self.at(s.act))
        self.add("n_words_i", np.minimum(self.own(s.n_words), 60))
        self.add("n_words_j", np.minimum(self.at(s.n_words), 60))
        for number, name in enumerate(FLAGS):
            self.add(f"{name}_i", self.own(s.flags[:, number]))
            if name not in ("address", "number"):
                self.add(f"{name}_j", self.at(s.flags[:, number]))
        asks = (s.act == _QUESTION) | (s.act == _PROBLEM) | (s.flags[:, 0] > 0)
        open_ = self.at(asks) & (self.offsets > 0) & ~self.same
        # the nearest question of somebody else; of the other speaker's questions the last
        self.add("asks_between", np.cumsum(open_, axis=1) - open_)
        self.add("asks_and_says", open_ & ~self.own(asks))

    def _room(self) -> None:
        s = self.signals
        distinct = (self.is_last & (self.offsets > 0) & self.is_there).sum(axis=1, keepdims=True)
        self.add("n_speakers", distinct)
        back = np.maximum(self.places - 20, 0)
        self.add("pace", np.minimum(s.minutes[self.places] - s.minutes[back], 500)[:, None])

    def _words(self) -> None:
        n_shared, weight, best = shared_words(self.signals, self.first, self.last, self.window)
        self.add("shared", np.minimum(n_shared, 10))
        self.add("overlap", weight)
        self.add("rarest", best)
        top = weight.max(axis=1, keepdims=True)
        self.add("top_overlap", top)
        self.add("is_top_overlap", (weight == top) & (top > 0))
        norm = np.sqrt(
            (2.0 + self.own(self.signals.n_words)) * (2.0 + self.at(self.signals.n_words))
        )
        self.add("cosine", weight / norm)


def shared_words(
    signals: Signals, first: int, last: int, window: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Count and weigh the words each message shares with each of the messages before it.

    Words count by how rare they are in the block; common ones are left out.
    """
    start = max(first - 2 * window - 400, 0)
    low, high = signals.word_starts[start], signals.word_starts[last]
    words = signals.words[low:high]
    lengths = np.diff(signals.word_starts[start : last + 1])
    places = np.repeat(np.arange(start, last, dtype=np.int64), lengths)
    n = last - start
    order = np.argsort(words, kind="stable")
    words, places = words[order], places[order]
    new = np.concatenate([[True], words[1:] != words[:-1]]) if len(words) else np.zeros(0, bool)
    group = np.cumsum(new) - 1
    counts = np.bincount(group) if len(words) else np.zeros(0, int)
    df = counts[group]
    rarity = np.log((1 + n) / df) / np.log(1 + max(n, 2))
    is_kept = (df <= max(_COMMON_FROM, _SHARE_OF_COMMON * n)) & (df > 1)
    words, places, rarity = words[is_kept], places[is_kept], rarity[is_kept].astype(np.float32)
    shape = (last - first, window + 1)
    size = shape[0] * shape[1]
    number, weight, best = np.zeros(size), np.zeros(size), np.zeros(size, np.float32)
    for shift in range(1, len(words)):
        is_pair = (words[shift:] == words[:-shift]) & (places[shift:] - places[:-shift] <= window)
        found = np.flatnonzero(is_pair)
        if not found.size:
            break
        later = places[found + shift]
        inside = later >= first
        found, later = found[inside], later[inside]
        at = (later - first) * shape[1] + (later - places[found])
        number += np.bincount(at, minlength=size)
        weight += np.bincount(at, weights=rarity[found], minlength=size)
        np.maximum.at(best, at, rarity[found])
    return number.reshape(shape), weight.reshape(shape).astype(np.float32), best.reshape(shape)
