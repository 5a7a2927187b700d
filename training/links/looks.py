"""Turns gold chats into training arrays: all candidates, then the best of them again."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from gold import GoldRoom

from chatmill.threads.context import ContextFeatures
from chatmill.threads.forest import Forest
from chatmill.threads.pairs import PairFeatures, neighbours
from chatmill.threads.ranker import BEST, first_look, second_columns
from chatmill.threads.signals import read_signals

WINDOW = 50
"""Earlier messages of people a message may answer; 98 of 100 gold links are nearer."""
CONTEXT = 120
"""Unlabelled messages before the labelled ones that are looked at with them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Rows of one room: a message each, its candidates, and which of them it answers."""

    block: PairFeatures
    columns: dict[str, np.ndarray]
    """Name → float32 (n, n candidates)."""
    offsets: np.ndarray
    """int (n, n candidates): how many places before the message each candidate stands."""
    right: np.ndarray
    """bool, same shape."""
    is_labelled: np.ndarray
    """bool (n,)."""

    def rows(self) -> np.ndarray:
        """Return the rows to learn from: labelled, and with a right candidate."""
        return np.flatnonzero(self.is_labelled & self.right.any(axis=1))

    def guess(self, scores: np.ndarray) -> dict[int, int]:
        """Return place → place it answers, by the best score of each row."""
        best = np.take_along_axis(self.offsets, scores.argmax(axis=1)[:, None], axis=1)[:, 0]
        places = self.block.places
        return dict(zip(places.tolist(), (places - best).tolist(), strict=True))


def first(room: GoldRoom) -> Look:
    """Look at every candidate of every message."""
    signals = read_signals(room.messages)
    begin = max(room.labelled[0] - CONTEXT, 0)
    block = PairFeatures(signals, neighbours(signals), begin, room.labelled[-1] + 1, WINDOW)
    columns = block.compute()
    right = np.zeros(block.earlier.shape, dtype=bool)
    labelled = np.zeros(len(right), dtype=bool)
    for later, earlier in room.answers.items():
        labelled[later - begin] = True
        if not earlier:
            right[later - begin, 0] = True
        for each in earlier:
            if 0 <= each < later and later - each <= WINDOW:
                right[later - begin, later - each] = True
    offsets = np.broadcast_to(block.offsets, right.shape)
    return Look(block=block, columns=columns, offsets=offsets, right=right, is_labelled=labelled)


def second(look: Look, forest: Forest) -> Look:
    """Look again at the candidates a first look likes best."""
    told = np.full(len(look.block.signals), -1)
    chance = first_look(look.block, look.block.is_there, told, forest)
    context = ContextFeatures(look.block, chance, BEST)
    return Look(
        block=look.block,
        columns=second_columns(look.block, context),
        offsets=context.best,
        right=np.take_along_axis(look.right, context.best, axis=1),
        is_labelled=look.is_labelled,
    )


def stacked(looks: Sequence[Look], names: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return features, float32 (n, candidates, n names), and targets that sum to 1 in each row."""
    chosen = [look.rows() for look in looks]
    features = np.concatenate(
        [
            np.stack([look.columns[name][rows] for name in names], axis=-1)
            for look, rows in zip(looks, chosen, strict=True)
        ]
    )
    right = np.concatenate([look.right[rows] for look, rows in zip(looks, chosen, strict=True)])
    return features, right / right.sum(axis=1, keepdims=True)
