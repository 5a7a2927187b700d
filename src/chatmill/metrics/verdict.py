"""Followed, partly or not followed: thresholds that come from the run itself.

Two sets of answers of the same run cannot have learnt the reference they are held against: the
tuned model's answers against other questions' references (the shuffled floor), and the untuned
base model's answers. What 95 in 100 of those stay below is where following begins to show
(`partly_from`); half-way from there to a perfect 1.0 an answer counts as `followed`. Where the
answers of a dataset are so alike that this passes 0.9, nearness cannot tell them apart any more:
the threshold stops there, and the facts decide.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from chatmill.errors import MeasureError
from chatmill.records import Verdict

UNTAUGHT_QUANTILE = 0.95
"""Share of untaught answers that must stay below `partly_from`."""
HIGHEST_PARTLY_FROM = 0.9
"""Above it, answers that differ in one number already score alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Where the verdicts of one run begin; all cosines in [-1, 1]."""

    followed_from: float
    partly_from: float


def find_thresholds(shuffled: Sequence[float], base: Sequence[float]) -> Thresholds:
    """Take the thresholds from what was not learnt.

    Args:
        shuffled: Cosines of tuned answers against other questions' references.
        base: Cosines of the base model's answers; may be empty where it was not asked.

    Raises:
        MeasureError: Both are empty, so nothing says what chance looks like.
    """
    limits = [float(np.quantile(each, UNTAUGHT_QUANTILE)) for each in (shuffled, base) if each]
    if not limits:
        raise MeasureError(
            "no answers to measure chance with",
            where="verdict thresholds",
            fix="Evaluate at least two questions with different answers",
        )
    partly_from = min(max(limits), HIGHEST_PARTLY_FROM)
    return Thresholds(followed_from=(partly_from + 1.0) / 2.0, partly_from=partly_from)


def judge(
    cosine: float, facts: float | None, thresholds: Thresholds, *, polarity: bool = True
) -> Verdict:
    """Say whether an answer followed the training answer.

    Numbers, names and negation weigh more than nearness: an answer whose facts or whose polarity
    disagree is at most `partly`, however high its cosine ("3 days" and "30 days" score 0.88).

    Args:
        cosine: Answer against reference.
        facts: Share of facts that agree, None where neither text has any.
        thresholds: Of this run.
        polarity: Whether negation agrees.
    """
    if cosine < thresholds.partly_from:
        return "not followed"
    has_same_facts = facts is None or facts >= 1.0
    if cosine >= thresholds.followed_from and has_same_facts and polarity:
        return "followed"
    return "partly"


def derange(keys: Sequence[Hashable], seed: int) -> list[int | None]:
    """Pair every item with another one whose key differs, by a fixed seeded permutation.

    Items are put in a random order with equal keys side by side, and the order is turned by the
    size of the largest group; wherever a permutation without equal pairs exists, this is one.

    Args:
        keys: What must differ between an item and its partner (the reference text).
        seed: Of the order.

    Returns:
        Index of each item's partner; None where more than half of all items share its key and
        it meets one of them.
    """
    order_of_groups = np.random.default_rng(seed).permutation(len(keys))
    groups: dict[Hashable, list[int]] = {}
    for at in order_of_groups:
        groups.setdefault(keys[at], []).append(int(at))
    order = [at for members in groups.values() for at in members]
    shift = max((len(members) for members in groups.values()), default=0)
    partners: list[int | None] = [None] * len(keys)
    for place, at in enumerate(order):
        partner = order[(place + shift) % len(order)]
        partners[at] = partner if keys[partner] != keys[at] else None
    return partners
