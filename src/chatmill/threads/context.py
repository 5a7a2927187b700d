"""The second look's features: what the first look's guesses for the messages around say of a link.

A first look at a block gives each message a probability for each earlier one. From these follow
likely threads, who probably answers whom, and what became of each candidate before and after.
"""

import numpy as np

from chatmill.threads.pairs import FAR, PairFeatures

_SMALLEST_CHANCE = 1e-6
_NEXT_WITHIN = 30
"""The speaker's next message says something of this one when it is nearer than this."""
_OLDEST = 200
_NOBODY, _ITSELF, _NO_THREAD = -1, -2, -3


def guessed_threads(parents: np.ndarray) -> np.ndarray:
    """Return each row's thread, named after its first row, by pointer doubling.

    Args:
        parents: int (n,): row each row goes on with; itself where it starts something.
    """
    roots = parents
    while True:
        further = roots[roots]
        if np.array_equal(further, roots):
            return roots
        roots = further


class ContextFeatures:
    """Computes the second look's features for the best candidates of each message of a block."""

    def __init__(self, block: PairFeatures, chance: np.ndarray, n_best: int) -> None:
        """Take over a block.

        Args:
            block: Its pair features, computed.
            chance: float32 (n, window + 1): the first look's probabilities; rows sum to 1.
            n_best: Candidates looked at again.
        """
        self.best = np.argsort(-chance, axis=1, kind="stable")[:, :n_best]
        """int64 (n, n_best): how many places before the message each candidate stands."""
        self._block, self._chance = block, chance
        self._n, self._window = len(chance), block.window
        self._rows = np.arange(self._n)
        self._steps = np.arange(self._window + 1)
        other = self._rows[:, None] - self.best
        self._other = other
        """Row of each candidate; negative where it lies before the block."""
        self._is_inside = other >= 0
        self._at = np.maximum(other, 0)
        self._signals = block.signals
        self._speaker = self._signals.speaker[block.first : block.last]
        offset = chance.argmax(axis=1)
        self._parent_offset = offset
        self._parent = np.maximum(self._rows - offset, 0)
        self._columns: dict[str, np.ndarray] = {}

    def compute(self) -> dict[str, np.ndarray]:
        """Return name → float32 (n, n_best)."""
        self._first_look()
        speakers = self._speakers_before()
        self._answers(speakers)
        threads = guessed_threads(self._parent)
        self._members(threads, speakers)
        self._relatives(threads)
        return self._columns

    def _add(self, name: str, values: np.ndarray) -> None:
        self._columns[name] = np.broadcast_to(values, self.best.shape).astype(np.float32)

    def _first_look(self) -> None:
        picked = np.take_along_axis(self._chance, self.best, axis=1)
        inside, at = self._is_inside, self._at
        self._add("chance", np.log(picked + _SMALLEST_CHANCE))
        self._add("rank", np.arange(self.best.shape[1])[None, :])
        self._add("chance_top", picked[:, :1])
        self._add("chance_second", picked[:, 1:2] if picked.shape[1] > 1 else picked[:, :1])
        self._add("chance_start", self._chance[:, :1])
        self._add("start_j", np.where(inside, self._chance[at, 0], -1))
        self._add("top_j", np.where(inside, self._chance.max(axis=1)[at], -1))
        self._add("parent_j", np.where(inside, self._parent_offset[at], -1))

    def _speakers_before(self) -> np.ndarray:
        """Return int (n, window + 1): who spoke so many rows earlier."""
        earlier = self._rows[:, None] - self._steps
        speakers = np.where(earlier >= 0, self._speaker[np.maximum(earlier, 0)], _NOBODY)
        speakers[:, 0] = _NOBODY
        return speakers

    def _answers(self, speakers: np.ndarray) -> None:
        """Say who probably answers whom, before the message and after it."""
        heirs = self._heirs()
        later = np.minimum(self._rows[:, None] + self._steps, self._n - 1)
        later_speaker = self._speaker[later]
        me = self._speaker[:, None]
        names = ("answers_me", "answered_before", "answered_by_me", "answered_after")
        found = {
            name: np.full(self.best.shape, -1, np.float32) for name in (*names, "answers_back")
        }
        for column in range(self.best.shape[1]):
            at, d = self._at[:, column], self.best[:, column]
            line, is_before = heirs[at], self._steps < d[:, None]
            them = self._speaker[at][:, None]
            sums = {
                "answers_me": (self._chance[at] * (speakers[at] == me)).sum(axis=1),
                "answered_before": (line * is_before).sum(axis=1),
                "answered_by_me": (line * (is_before & (later_speaker[at] == me))).sum(axis=1),
                "answered_after": (line * (self._steps > d[:, None])).sum(axis=1),
                "answers_back": (heirs * (later_speaker == them)).sum(axis=1),
            }
            is_other = self._is_inside[:, column] & (d > 0)
            for name, values in sums.items():
                found[name][is_other, column] = values[is_other]
        for name, values in found.items():
            self._add(name, values)
        self._add("heirs_i", heirs.sum(axis=1)[:, None])

    def _heirs(self) -> np.ndarray:
        """Turn the chances round: row j, column e is the chance that row j + e answers row j."""
        heirs = np.zeros((self._n, self._window + 1), np.float32)
        for e in range(1, min(self._window, self._n - 1) + 1):
            heirs[: self._n - e, e] = self._chance[e:, e]
        return heirs

    def _members(self, threads: np.ndarray, speakers: np.ndarray) -> None:
        """Say how each candidate's thread looks from the message: size, age, who is in it."""
        earlier = self._rows[:, None] - self._steps
        around = np.where(earlier >= 0, threads[np.maximum(earlier, 0)], _NOBODY)
        around[:, 0] = _ITSELF
        overlap = self._block.columns["overlap"]
        to = self._signals.addressed[self._block.first : self._block.last][:, None]
        by_me = speakers == self._speaker[:, None]
        by_them = (speakers == to) & (to >= 0)
        names = ("idle", "size", "my_part", "last_mine", "their_part", "mass", "overlap")
        found = {name: np.zeros(self.best.shape, np.float32) for name in names}
        for column in range(self.best.shape[1]):
            is_other = self._is_inside[:, column] & (self.best[:, column] > 0)
            same = (around == threads[self._at[:, column]][:, None]) & is_other[:, None]
            mine = same & by_me
            mass = (self._chance * same).sum(axis=1)
            last_mine = np.where(mine.any(axis=1), mine.argmax(axis=1), FAR)
            found["idle"][:, column] = np.where(is_other, same.argmax(axis=1), -1)
            found["size"][:, column] = same.sum(axis=1)
            found["my_part"][:, column] = mine.sum(axis=1)
            found["last_mine"][:, column] = last_mine
            found["their_part"][:, column] = (same & by_them).sum(axis=1)
            found["mass"][:, column] = np.where(is_other, mass, self._chance[:, 0])
            found["overlap"][:, column] = (overlap * same).sum(axis=1)
        for name, values in found.items():
            self._add(f"thread_{name}", values)
        self._add("thread_is_last", self.best == found["idle"])

    def _relatives(self, threads: np.ndarray) -> None:
        """Say what the speaker's messages before and after have to do with each candidate."""
        block, near = self._block, self._block.near
        own = near.previous[block.first : block.last] - block.first
        following = near.following[block.first : block.last] - block.first
        is_near = (following < self._n) & (following - self._rows < _NEXT_WITHIN)
        before, after = np.maximum(own, 0), np.minimum(following, self._n - 1)
        own_thread = np.where(own >= 0, threads[before], _NO_THREAD)[:, None]
        next_thread = np.where(is_near, threads[after], _NO_THREAD)[:, None]
        its, inside = threads[self._at], self._is_inside
        age = np.minimum(self._rows[:, None] - its, _OLDEST)
        sibling = np.where(own >= 0, self._parent[before], _NOBODY)[:, None]
        nephew = np.where(is_near, self._parent[after], _NOBODY)[:, None]
        self._add("thread_own", inside & (its == own_thread))
        self._add("thread_next", inside & (its == next_thread))
        self._add("thread_own_next", own_thread == next_thread)
        self._add("thread_age", np.where(inside, age, -1))
        self._add("is_sibling", inside & (sibling == self._other))
        self._add("next_answers", inside & (nephew == self._other))
