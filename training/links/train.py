"""Trains the shipped link weights: `train.py TRAIN.jsonl.gz OUT.npz [--dev DEV.jsonl.gz]`.

Thirds of the rooms train three first looks; the second look learns from guesses of a first look
that has not seen the room. The first of the three is shipped with the second look.
"""

import argparse
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from boosting import Fitting, fit
from gold import measure, read_rooms
from looks import Look, first, second, stacked

from chatmill.threads.forest import Forest

FOLDS = 3
SOURCE = (
    "Trained on the #ubuntu IRC disentanglement data of Kummerfeld et al., A Large-Scale Corpus for"
    " Conversation Disentanglement, ACL 2019 (https://github.com/jkkummerfeld/irc-disentanglement),"
    " CC BY 4.0. The weights are adapted material: numbers learnt from its train part."
)
FIRST = Fitting(trees=100, rate=0.2, sampled_features=0.6, l2=3.0)
SECOND = Fitting(trees=300, rate=0.12)


def main() -> None:
    """Train, measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("train", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--dev", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    looks = [first(room) for room in read_rooms(arguments.train)]
    forests = first_forests(looks, arguments.threads)
    again = [second(look, forests[(k + 1) % FOLDS]) for k, look in enumerate(looks)]
    looks.clear()
    last = fit_looks(again, SECOND, arguments.threads)
    write(arguments.out, {"first": forests[0], "second": last})
    if arguments.dev:
        rooms = read_rooms(arguments.dev)
        dev = [second(first(room), forests[0]) for room in rooms]
        links, threads = measure(rooms, [d.guess(last.score(d.columns)) for d in dev])
        print(json.dumps({"links_f1": round(links, 4), "threads_f1": round(threads, 4)}))


def first_forests(looks: list[Look], threads: int) -> list[Forest]:
    """Fit one first look on each third of the rooms."""
    return [fit_looks(looks[fold::FOLDS], FIRST, threads) for fold in range(FOLDS)]


def fit_looks(looks: list[Look], how: Fitting, threads: int) -> Forest:
    """Fit a forest on all features of some rooms."""
    names = tuple(looks[0].columns)
    features, targets = stacked(looks, names)
    return fit(features, targets, names, replace(how, threads=threads))


def write(path: Path, forests: Mapping[str, Forest]) -> None:
    """Write numbers and text only: reading them needs no pickle."""
    arrays = {"source": np.array(SOURCE)}
    for name, forest in forests.items():
        arrays[f"{name}.features"] = np.array(forest.features)
        arrays[f"{name}.feature"] = forest.feature
        arrays[f"{name}.border"] = forest.border
        arrays[f"{name}.leaf"] = forest.leaf
    np.savez_compressed(path, **arrays)


if __name__ == "__main__":
    main()
