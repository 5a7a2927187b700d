"""The learnt ranker: which earlier message each message of a busy room answers.

Two looks. The first scores every earlier message of the window by what the two say and who said
it. The second looks again at the best of them, knowing what the first guessed for the messages
around. A room is read in blocks, so time grows with its length and memory with the block.
"""

from functools import lru_cache
from pathlib import Path

import numpy as np

from chatmill.settings import ThreadsSettings
from chatmill.threads.context import ContextFeatures
from chatmill.threads.forest import Forest, read_forests
from chatmill.threads.pairs import PairFeatures, neighbours
from chatmill.threads.signals import ACTS, Signals

WEIGHTS = Path(__file__).parent / "weights" / "links.npz"
BEST = 12
"""Candidates the second look sees; the first look has the right one among them 99 times in 100."""
_BLOCK = 1024
_CONTEXT = 128
"""Messages before a block that are looked at with it."""
_IMPOSSIBLE = np.float32(-60.0)
_NEGLIGIBLE = 1e-4
"""Candidates with a smaller chance are not decoded; all impossible ones have one."""
_ASKS = (ACTS.index("question"), ACTS.index("problem"))


def rank_links(signals: Signals, told: np.ndarray, settings: ThreadsSettings) -> np.ndarray:
    """Choose for each message the earlier one it answers.

    Args:
        signals: A room.
        told: int64, shape (n messages,): place each answers where somebody said so, else -1.
        settings: `candidates`, `max_gap_minutes`, `max_answer_minutes` and `max_messages` bound
            what a message may answer.

    Returns:
        int64, shape (n messages,): the place answered; its own where a message starts something.
    """
    window = settings.candidates
    n = len(signals)
    near = neighbours(signals)
    decoder = _Decoder(n, settings.max_messages)
    asks = (np.isin(signals.act, _ASKS) & (signals.addressed < 0)).tolist()
    for start in range(0, n, _BLOCK):
        end = min(start + _BLOCK, n)
        block = PairFeatures(signals, near, max(start - _CONTEXT, 0), min(end + window, n), window)
        is_possible = _possible(block, settings)
        looked = _look_twice(block, is_possible, told)
        for place in range(start, end):
            decoder.take(place, looked[place - block.first], asks=asks[place])
    return np.array(decoder.answered, dtype=np.int64)


def link_chances(signals: Signals, settings: ThreadsSettings) -> list[dict[int, float]]:
    """Return for each message the chance of each place it may answer; its own is a start."""
    n, window = len(signals), settings.candidates
    near, told = neighbours(signals), np.full(len(signals), -1)
    chances: list[dict[int, float]] = []
    for start in range(0, n, _BLOCK):
        end = min(start + _BLOCK, n)
        block = PairFeatures(signals, near, max(start - _CONTEXT, 0), min(end + window, n), window)
        looked = _look_twice(block, _possible(block, settings), told)
        chances += [
            {place - offset: chance for offset, chance in looked[place - block.first]}
            for place in range(start, end)
        ]
    return chances


def first_look(
    block: PairFeatures, is_possible: np.ndarray, told: np.ndarray, forest: Forest
) -> np.ndarray:
    """Return float32 (n, window + 1): the chance of each candidate; rows sum to 1."""
    scores = np.where(is_possible, forest.score(block.columns), _IMPOSSIBLE)
    scores -= scores.max(axis=1, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(axis=1, keepdims=True)
    offsets = block.places - told[block.first : block.last]
    rows = np.flatnonzero((told[block.first : block.last] >= 0) & (offsets <= block.window))
    scores[rows] = 0
    scores[rows, offsets[rows]] = 1
    return scores


def second_columns(block: PairFeatures, context: ContextFeatures) -> dict[str, np.ndarray]:
    """Return name → float32 (n, n best): all the second look's features."""
    columns = {
        name: np.take_along_axis(values, context.best, axis=1)
        for name, values in block.columns.items()
    }
    return columns | context.compute()


@lru_cache(maxsize=1)
def shipped_forests() -> tuple[Forest, Forest]:
    """Read the weights that come with chatmill: of the first look and of the second."""
    first, second = read_forests(WEIGHTS, ("first", "second"))
    return first, second


class _Decoder:
    """Walks through a room and joins each message to a thread, then to a message of it.

    The chances of all candidates of one thread are added up first: a message that may answer any
    of three messages of a thread belongs to it, though a start looks likelier than each of them.
    """

    def __init__(self, n: int, max_messages: int) -> None:
        self.answered = list(range(n))
        self._thread = list(range(n))
        self._size = [0] * n
        self._max_messages = max_messages

    def take(self, place: int, candidates: list[tuple[int, float]], *, asks: bool) -> None:
        """Choose for one message among (places before it, chance); 0 places is a start."""
        chances: dict[int, float] = {}
        for offset, chance in candidates:
            thread = self._thread[place - offset] if offset else place
            chances[thread] = chances.get(thread, 0.0) + chance
        best = max(chances, key=lambda thread: (chances[thread], thread))
        if asks and self._size[best] >= self._max_messages:
            best = place
        if best != place:
            _, offset = max(
                (chance, -offset)
                for offset, chance in candidates
                if offset and self._thread[place - offset] == best
            )
            self.answered[place] = place + offset
        self._thread[place] = best
        self._size[best] += 1


def _look_twice(
    block: PairFeatures, is_possible: np.ndarray, told: np.ndarray
) -> list[list[tuple[int, float]]]:
    """Return the best candidates of each row: how far back, and the chance."""
    first, second = shipped_forests()
    block.compute()
    chance = first_look(block, is_possible, told, first)
    context = ContextFeatures(block, chance, min(BEST, block.window + 1))
    scores = second.score(second_columns(block, context))
    scores[~np.take_along_axis(is_possible, context.best, axis=1)] = _IMPOSSIBLE
    scores -= scores.max(axis=1, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(axis=1, keepdims=True)
    rows = [
        [each for each in zip(offsets, chances, strict=True) if each[1] > _NEGLIGIBLE]
        for offsets, chances in zip(context.best.tolist(), scores.tolist(), strict=True)
    ]
    for place in range(block.first, block.last):
        if told[place] >= 0:
            rows[place - block.first] = [(place - int(told[place]), 1.0)]
    return rows


def _possible(block: PairFeatures, settings: ThreadsSettings) -> np.ndarray:
    """Tell which candidates the settings allow; answering nothing always is."""
    signals = block.signals
    gap = block.own(signals.minutes) - block.at(signals.minutes)
    is_answer = np.isin(block.at(signals.act), _ASKS) & (
        block.own(signals.speaker) != block.at(signals.speaker)
    )
    max_wait = max(settings.max_answer_minutes, settings.max_gap_minutes)
    longest = np.where(is_answer, max_wait, settings.max_gap_minutes)
    possible: np.ndarray = block.is_there & (gap <= longest)
    possible[:, 0] = True
    return possible
