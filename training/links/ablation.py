"""Measures what each group of features brings: `ablation.py TRAIN.jsonl.gz`.

Every third room of the train part; half of these rooms train, the other half test, so no dev room
is looked at. Small first looks (40 trees) over the nearest 25 candidates: differences count, not
levels. The second look's part is the difference between `train.py --dev` with and without it.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from boosting import Fitting, fit
from gold import GoldRoom, measure, read_rooms
from looks import Look, first

GROUPS = {
    "distance and time": ("d", "gap", "gap_prev", "pace"),
    "same speaker and turns": (
        "same", "is_own_last", "own_between", "their_later", "speakers_between", "own_gap",
        "own_time", "their_gap", "count_i", "count_j", "next_own", "their_next", "burst_i",
        "burst_j", "n_speakers",
    ),
    "names": (
        "i_to_j", "j_to_i", "i_names_j", "j_names_i", "to_i", "to_j", "same_to", "loose_i",
        "is_last_call", "call_gap", "called_since_own", "answered",
    ),
    "who spoke to whom before": (
        "prev_to_j", "prev_to", "j_prev_to_i", "said", "heard", "is_partner",
    ),
    "who speaks to whom next": ("next_to_j", "j_next_to_i", "will_say", "will_hear"),
    "shared rare words": ("shared", "overlap", "rarest", "top_overlap", "is_top_overlap", "cosine"),
}  # fmt: skip
"""The rest are cues: acts, question marks, greetings, thanks, length …"""
WINDOW = 25
HOW = Fitting(trees=40, rate=0.3)


def main() -> None:
    """Print one line a group."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("train", type=Path)
    rooms = read_rooms(parser.parse_args().train)[::3]
    looks = [first(room) for room in rooms]
    every = tuple(looks[0].columns)
    grouped = {name for group in GROUPS.values() for name in group}
    groups = GROUPS | {"cues and length": tuple(name for name in every if name not in grouped)}
    for label, group in ({"(nothing left out)": ()} | groups).items():
        names = tuple(name for name in every if name not in group)
        links, threads = _measured(rooms, looks, names)
        print(f"| {label} | {links:.3f} | {threads:.3f} |", flush=True)


def _measured(
    rooms: Sequence[GoldRoom], looks: Sequence[Look], names: tuple[str, ...]
) -> tuple[float, float]:
    features, targets = _nearest(looks[::2], names)
    forest = fit(features, targets, names, HOW)
    guesses = []
    for look in looks[1::2]:
        columns = {
            name: np.ascontiguousarray(look.columns[name][:, : WINDOW + 1]) for name in names
        }
        scores = np.full(look.right.shape, -99.0)
        scores[:, : WINDOW + 1] = forest.score(columns)
        guesses.append(look.guess(scores))
    return measure(rooms[1::2], guesses)


def _nearest(looks: Sequence[Look], names: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    chosen = [np.flatnonzero(k.is_labelled & k.right[:, : WINDOW + 1].any(axis=1)) for k in looks]
    features = np.concatenate(
        [
            np.stack([look.columns[name][rows, : WINDOW + 1] for name in names], axis=-1)
            for look, rows in zip(looks, chosen, strict=True)
        ]
    )
    right = np.concatenate(
        [look.right[rows, : WINDOW + 1] for look, rows in zip(looks, chosen, strict=True)]
    )
    return features, right / right.sum(axis=1, keepdims=True)


if __name__ == "__main__":
    main()
