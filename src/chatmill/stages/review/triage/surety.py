"""From which confidence on "≥ 99 % sure" is true: a lower bound, not a wish.

Among the decisions the model had not seen, those it was that sure of are counted, and so are the
ones of them people did not keep. The exact one-sided bound on the share that is kept (Clopper and
Pearson 1934) must reach what is claimed. A few thresholds are tried, each at its share of the
chance of error (Bonferroni), so that trying does not make luck.
"""

import math
from dataclasses import dataclass

import numpy as np

ERROR_CHANCE = 0.05
"""Chance that the bound is wrong, over all thresholds tried."""
STRICTER = (1.0, 0.5, 0.2, 0.1)
"""Thresholds: these shares of the doubt that is claimed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surety:
    """Whether it may say it is sure, from which confidence on, and what that rests on."""

    threshold: float | None
    """Confidence from which on it is; None where it may not say so."""
    n_sure: int
    """Decisions it had not seen and was that sure of."""
    n_kept: int
    """Of them, examples people kept as they were."""
    lower_bound: float
    """At least so many of a hundred hundredths are kept, with 95 % confidence."""
    n_needed: int
    """So many of them, all kept, would do."""


def find_surety(chances: np.ndarray, kept: np.ndarray, *, claim: float) -> Surety:
    """Find the lowest confidence from which on the claim holds.

    Args:
        chances: Calibrated probabilities of rows by models that never saw them, shape (n_rows,).
        kept: 0 or 1, shape (n_rows,).
        claim: Share that must be kept, in (0, 1).
    """
    error_chance = ERROR_CHANCE / len(STRICTER)
    n_needed = math.ceil(math.log(error_chance) / math.log(claim))
    best: Surety | None = None
    for share in STRICTER:
        threshold = 1 - (1 - claim) * share
        sure = chances >= threshold
        n_sure, n_kept = int(sure.sum()), int(kept[sure].sum())
        bound = lower_bound(n_kept, n_sure, error_chance=error_chance)
        holds = bound >= claim
        found = Surety(
            threshold=threshold if holds else None,
            n_sure=n_sure,
            n_kept=n_kept,
            lower_bound=bound,
            n_needed=n_needed,
        )
        if holds:
            return found
        best = best or found
    return best or Surety(threshold=None, n_sure=0, n_kept=0, lower_bound=0.0, n_needed=n_needed)


def lower_bound(n_right: int, n_rows: int, *, error_chance: float) -> float:
    """Return the exact lower bound on the share that is right; 0 of no rows."""
    if n_right <= 0:
        return 0.0
    return 1.0 - _upper_bound_of_wrong(n_rows - n_right, n_rows, error_chance)


def upper_bound(n_right: int, n_rows: int, *, error_chance: float) -> float:
    """Return the exact upper bound on the share that is right; 1 of no rows."""
    if n_right >= n_rows:
        return 1.0
    return _upper_bound_of_wrong(n_right, n_rows, error_chance)


def _upper_bound_of_wrong(n_wrong: int, n_rows: int, error_chance: float) -> float:
    """Find the share at which so few are seen with the chance of error, by halving."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if _chance_of_at_most(n_wrong, n_rows, middle) > error_chance:
            low = middle
        else:
            high = middle
    return high


def _chance_of_at_most(n_seen: int, n_rows: int, share: float) -> float:
    """Return the binomial distribution function."""
    if share <= 0:
        return 1.0
    if share >= 1:
        return 0.0
    terms = [
        math.lgamma(n_rows + 1)
        - math.lgamma(k + 1)
        - math.lgamma(n_rows - k + 1)
        + k * math.log(share)
        + (n_rows - k) * math.log1p(-share)
        for k in range(n_seen + 1)
    ]
    highest = max(terms)
    return math.exp(highest) * sum(math.exp(each - highest) for each in terms)
