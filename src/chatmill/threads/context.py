"""The second look's features: what the first look's guesses for the messages around say of a link.

A first look at a block gives each message a probability for each earlier one. From these follow
likely threads, who probably answers whom, and what became of each candidate before and after.
"""

import numpy as np

from chatmill.threads.pairs import FAR, PairFeatures

_SURE = 1e-6


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
        self.block, self.chance = block, chance
        self.n = len(chance)
        self.window = block.window
        self.best = np.argsort(-chance, axis=1, kind="stable")[:, :n_best]
        self.row = np.arange(self.n)[:, None]
        self.other = self.row - self.best
        """Row of each candidate; negative where it lies before the block."""
        self.seen = self.other >= 0
        self.at = np.maximum(self.other, 0)
        signals = block.signals
        self.speaker = signals.speaker[block.first : block.last]
        self.columns: dict[str, np.ndarray] = {}

    def add(self, name: str, values: np.ndarray) -> None:
        self.columns[name] = np.broadcast_to(values, self.best.shape).astype(np.float32)

    def compute(self) -> dict[str, np.ndarray]:
        """Return name → float32 (n, n_best)."""
        self._first_look()
        self._answers()
        self._threads()
        return self.columns

    def _first_look(self) -> None:
        picked = np.take_along_axis(self.chance, self.best, axis=1)
        self.add("chance", np.log(picked + _SURE))
        self.add("rank", np.arange(self.best.shape[1])[None, :])
        self.add("chance_top", picked[:, :1])
        self.add("chance_second", picked[:, 1:2])
        self.add("chance_start", self.chance[:, :1])
        self.add("start_j", np.where(self.seen, self.chance[self.at, 0], -1))
        self.add("top_j", np.where(self.seen, self.chance.max(axis=1)[self.at], -1))
        self.parent_offset = self.chance.argmax(axis=1)
        self.parent = np.maximum(np.arange(self.n) - self.parent_offset, 0)
        self.add("parent_j", np.where(self.seen, self.parent_offset[self.at], -1))

    def _answers(self) -> None:
        """Who probably answers whom, before and after."""
        n, window = self.n, self.window
        rows = np.arange(n)
        # chance that row k answers somebody: to_speaker[k] summed for a given speaker
        earlier = np.maximum(rows[:, None] - np.arange(window + 1)[None, :], 0)
        speakers = np.where(
            rows[:, None] >= np.arange(window + 1)[None, :], self.speaker[earlier], -1
        )
        speakers[:, 0] = -1
        self.speakers = speakers
        me = self.speaker[:, None]
        # j answers speaker(i)
        answers_me = np.zeros(self.best.shape, np.float32)
        before = np.zeros(self.best.shape, np.float32)
        mine = np.zeros(self.best.shape, np.float32)
        after = np.zeros(self.best.shape, np.float32)
        back = np.zeros(self.best.shape, np.float32)
        others = self.speaker[self.at]
        for column in range(self.best.shape[1]):
            at, d = self.at[:, column], self.best[:, column]
            seen = self.seen[:, column] & (d > 0)
            answers_me[:, column] = np.where(
                seen, (self.chance[at] * (speakers[at] == me)).sum(axis=1), -1
            )
        heirs = self._heirs()
        # heirs[j, e] = chance that row j + e answers row j
        later = np.minimum(rows[:, None] + np.arange(window + 1)[None, :], n - 1)
        later_speaker = self.speaker[later]
        steps = np.arange(window + 1)[None, :]
        for column in range(self.best.shape[1]):
            at, d = self.at[:, column], self.best[:, column]
            seen = self.seen[:, column] & (d > 0)
            line = heirs[at]
            is_before = steps < d[:, None]
            before[:, column] = np.where(seen, (line * is_before).sum(axis=1), -1)
            mine[:, column] = np.where(
                seen, (line * (is_before & (later_speaker[at] == me))).sum(axis=1), -1
            )
            after[:, column] = np.where(seen, (line * (steps > d[:, None])).sum(axis=1), -1)
            back[:, column] = np.where(
                seen, (heirs * (later_speaker == others[:, column][:, None])).sum(axis=1), -1
            )
        self.add("answers_me", answers_me)
        self.add("answered_before", before)
        self.add("answered_by_me", mine)
        self.add("answered_after", after)
        self.add("answers_back", back)
        self.add("heirs_i", heirs.sum(axis=1)[:, None])

    def _heirs(self) -> np.ndarray:
        """Turn `chance` round: row j, column e is the chance that row j + e answers row j."""
        n, window = self.n, self.window
        heirs = np.zeros((n, window + 1), np.float32)
        for e in range(1, min(window, n - 1) + 1):
            heirs[: n - e, e] = self.chance[e:, e]
        return heirs

    def _threads(self) -> None:
        n, window = self.n, self.window
        threads = guessed_threads(self.parent)
        rows = np.arange(n)
        steps = np.arange(window + 1)
        earlier = rows[:, None] - steps[None, :]
        around = np.where(earlier >= 0, threads[np.maximum(earlier, 0)], -1)
        around[:, 0] = -2  # the message itself
        overlap = self.block.columns["overlap"]
        me = self.speaker[:, None]
        to = self.block.signals.addressed[self.block.first : self.block.last][:, None]
        by_me = self.speakers == me
        by_them = (self.speakers == to) & (to >= 0)
        near = self.block.near
        own = near.previous[self.block.first : self.block.last] - self.block.first
        next_ = near.following[self.block.first : self.block.last] - self.block.first
        own_thread = np.where(own >= 0, threads[np.maximum(own, 0)], -3)
        has_next = (next_ < n) & (next_ - rows < 30)
        next_thread = np.where(has_next, threads[np.minimum(next_, n - 1)], -3)
        names = ("idle", "size", "my_part", "their_part", "mass", "thread_overlap", "last_mine")
        found = {name: np.zeros(self.best.shape, np.float32) for name in names}
        for column in range(self.best.shape[1]):
            at, d = self.at[:, column], self.best[:, column]
            seen = self.seen[:, column] & (d > 0)
            same = (around == threads[at][:, None]) & seen[:, None]
            found["idle"][:, column] = np.where(seen, same.argmax(axis=1), -1)
            found["size"][:, column] = same.sum(axis=1)
            mine = same & by_me
            found["my_part"][:, column] = mine.sum(axis=1)
            found["last_mine"][:, column] = np.where(mine.any(axis=1), mine.argmax(axis=1), FAR)
            found["their_part"][:, column] = (same & by_them).sum(axis=1)
            found["mass"][:, column] = np.where(
                seen, (self.chance * same).sum(axis=1), self.chance[:, 0]
            )
            found["thread_overlap"][:, column] = (overlap * same).sum(axis=1)
        for name, values in found.items():
            self.add(f"thread_{name}" if not name.startswith("thread") else name, values)
        its = threads[self.at]
        self.add("thread_is_last", self.best == found["idle"])
        self.add("thread_own", np.where(self.seen, its == own_thread[:, None], 0))
        self.add("thread_next", np.where(self.seen, its == next_thread[:, None], 0))
        self.add("thread_own_next", (own_thread == next_thread)[:, None])
        self.add("thread_age", np.where(self.seen, np.minimum(self.row - its, 200), -1))
        sibling = np.where(own >= 0, self.parent[np.maximum(own, 0)], -1)
        self.add("is_sibling", (sibling[:, None] == self.other) & self.seen)
        nephew = np.where(has_next, self.parent[np.minimum(next_, n - 1)], -1)
        self.add("next_answers", (nephew[:, None] == self.other) & self.seen)
