"""Cross-validates the pair scorer: `python training/pairs/validate.py LIVECHAT THREADS`.

Dialogs are held out in eight groups, rooms one by one (with their true threads), several times
with other groups. Prints message_pair F1, pair F1 and how many empty conversations stay empty.
"""

import argparse
import random
from collections.abc import Iterable, Sequence
from pathlib import Path

from data import Pair
from learn import Read, fit, pair_of, turns
from train import KEEP_FROM, KEEP_PENALTY, STEP_PENALTY, load, weighted

from chatmill.extractors.scorer import Scorer

N_FOLDS = 8
SEEDS = (1, 2, 3)
MATCH = 0.5
"""Jaccard of both sides from which a pair counts as found, as in the scorer."""


def main() -> None:
    """Print one line a part and seed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("livechat", type=Path)
    parser.add_argument("threads", type=Path)
    given = parser.parse_args()
    parts = load(given.livechat, given.threads)
    for seed in SEEDS:
        for name in ("livechat", "labelled"):
            print(seed, name, line_of(_held_out(parts, name, N_FOLDS, seed)))
    print("-", "opened", line_of(_held_out(parts, "opened", len(parts["opened"]), 0)))


def _held_out(
    parts: dict[str, list[Read]], name: str, n_folds: int, seed: int
) -> list[tuple[list[Pair], Sequence[Pair]]]:
    order = list(parts[name])
    random.Random(seed).shuffle(order)  # noqa: S311 - folds, no secret
    results: list[tuple[list[Pair], Sequence[Pair]]] = []
    for fold in (order[n::n_folds] for n in range(n_folds)):
        names = {id(each) for each in fold}
        rest = {**parts, name: [each for each in order if id(each) not in names]}
        scorer = fit(weighted(rest), step_penalty=STEP_PENALTY, keep_penalty=KEEP_PENALTY)
        results += [(predicted(each, scorer), each.gold.pairs) for each in fold]
    return results


def predicted(read: Read, scorer: Scorer) -> list[Pair]:
    """Return the pairs a scorer finds and keeps."""
    return [pair_of(turn) for turn in turns(read, scorer) if scorer.worth(turn) >= KEEP_FROM]


def line_of(results: Iterable[tuple[Sequence[Pair], Sequence[Pair]]]) -> str:
    """Put the three measures of some conversations, pairs found and gold pairs, in words."""
    results = list(results)
    matched = [0, 0]
    for found, gold in results:
        matched[0] += 2 * _n_matched(found, gold)
        matched[1] += len(found) + len(gold)
    empty = [not found for found, gold in results if not gold]
    return (
        f"message_pair {message_pair_f1(results):.3f}  "
        f"pair {matched[0] / max(1, matched[1]):.3f}  empty {sum(empty)}/{len(empty)}"
    )


def message_pair_f1(results: Iterable[tuple[Sequence[Pair], Sequence[Pair]]]) -> float:
    """Return the F1 of couples of a question's and an answer's message."""
    right = n_couples = 0
    for found, gold in results:
        found_couples, gold_couples = _couples(found), _couples(gold)
        right += 2 * len(found_couples & gold_couples)
        n_couples += len(found_couples) + len(gold_couples)
    return right / max(1, n_couples)


def _couples(pairs: Iterable[Pair]) -> set[tuple[str, str]]:
    return {(question, answer) for pair in pairs for question in pair[0] for answer in pair[1]}


def _n_matched(found: Sequence[Pair], gold: Sequence[Pair]) -> int:
    left = list(gold)
    for pair in found:
        best = max(left, key=lambda g: _alike(pair[0], g[0]) + _alike(pair[1], g[1]), default=None)
        if best and min(_alike(pair[0], best[0]), _alike(pair[1], best[1])) >= MATCH:
            left.remove(best)
    return len(gold) - len(left)


def _alike(a: frozenset[str], b: frozenset[str]) -> float:
    return len(a & b) / len(a | b)


if __name__ == "__main__":
    main()
