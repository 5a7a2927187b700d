"""Calibration: log odds become probabilities that come true as often as they say.

Platt's method (J. Platt 1999, "Probabilistic outputs for support vector machines", with its
smoothed targets) for few rows; isotonic regression (pool adjacent violators) for many.
"""

import math
from dataclasses import dataclass

import numpy as np

from chatmill.stages.review.triage.logistic import fit_logistic, sigmoid

ISOTONIC_FROM = 1000
"""Rows from which on isotonic regression is worth its freedom."""
ISOTONIC_RARER = 100
"""Fewest rows of the rarer kind for it."""
SLOPE_PENALTY = 0.3
"""Keeps Platt's curve flat where few rows speak for a steep one; nothing where there are many."""
KNOTS = 200
N_BINS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrator:
    """Maps log odds to probabilities: linear between knots, flat beyond; or Platt's curve."""

    slope: float
    offset: float
    knots: tuple[tuple[float, float], ...] = ()
    """(log odds, probability), both rising; empty for Platt's curve."""

    def chances(self, odds: np.ndarray) -> np.ndarray:
        """Return probabilities; float64, the shape of `odds`."""
        if not self.knots:
            return sigmoid(self.slope * odds + self.offset)
        places, values = zip(*self.knots, strict=True)
        between: np.ndarray = np.interp(odds, places, values)
        return between


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliabilityBin:
    """Rows about which the same was said, and what became of them."""

    said: float
    """Mean of the probabilities."""
    was: float
    """Share that was kept."""
    n_rows: int


def fit_calibrator(odds: np.ndarray, kept: np.ndarray) -> Calibrator:
    """Fit a calibrator to log odds of rows the model was not trained on.

    Args:
        odds: Shape (n_rows,).
        kept: 0 or 1, shape (n_rows,).
    """
    n_kept = int(kept.sum())
    n_rarer = min(n_kept, len(kept) - n_kept)
    if len(kept) >= ISOTONIC_FROM and n_rarer >= ISOTONIC_RARER:
        return Calibrator(slope=1.0, offset=0.0, knots=_isotonic(odds, kept))
    targets = np.where(kept > 0, (n_kept + 1) / (n_kept + 2), 1 / (len(kept) - n_kept + 2))
    size = max(float(odds.std()), 1e-9)
    fitted = fit_logistic(odds[:, None] / size, targets, penalty=SLOPE_PENALTY)
    slope = float(fitted.weights[0]) / size
    if slope <= 0:  # it knows nothing, or the reverse: say what is usual
        return Calibrator(slope=0.0, offset=_usual(targets))
    return Calibrator(slope=slope, offset=fitted.bias)


def reliability(chances: np.ndarray, kept: np.ndarray) -> list[ReliabilityBin]:
    """Sort rows into ten bins of equal width by what was said of them; empty ones are left out."""
    places = np.minimum((chances * N_BINS).astype(int), N_BINS - 1)
    return [
        ReliabilityBin(
            said=float(chances[places == at].mean()),
            was=float(kept[places == at].mean()),
            n_rows=int((places == at).sum()),
        )
        for at in range(N_BINS)
        if (places == at).any()
    ]


def calibration_error(chances: np.ndarray, kept: np.ndarray) -> float:
    """Return the mean distance between said and was, weighted by rows, in [0, 1]."""
    bins = reliability(chances, kept)
    return sum(each.n_rows * abs(each.said - each.was) for each in bins) / max(1, len(kept))


def area_under_curve(odds: np.ndarray, kept: np.ndarray) -> float:
    """Return the chance that a kept row stands above one that was not; ties count half."""
    order = np.argsort(odds, kind="stable")
    ranks = np.empty(len(odds))
    ranks[order] = np.arange(1, len(odds) + 1)
    _, group, counts = np.unique(odds, return_inverse=True, return_counts=True)
    ranks = (np.bincount(group, weights=ranks) / counts)[group]
    n_kept = float(kept.sum())
    n_other = len(kept) - n_kept
    if not n_kept or not n_other:
        return math.nan
    return float((ranks[kept > 0].sum() - n_kept * (n_kept + 1) / 2) / (n_kept * n_other))


def _usual(targets: np.ndarray) -> float:
    share = float(np.clip(targets.mean(), 1e-6, 1 - 1e-6))
    return math.log(share / (1 - share))


def _isotonic(odds: np.ndarray, kept: np.ndarray) -> tuple[tuple[float, float], ...]:
    """Pool adjacent violators; each block says (kept + 1) / (rows + 2), never 0 or 1."""
    order = np.argsort(odds, kind="stable")
    blocks: list[list[float]] = []  # kept, rows, sum of log odds
    for value, was in zip(odds[order], kept[order], strict=True):
        blocks.append([float(was), 1.0, float(value)])
        while len(blocks) > 1 and blocks[-2][0] / blocks[-2][1] >= blocks[-1][0] / blocks[-1][1]:
            last = blocks.pop()
            blocks[-1] = [old + new for old, new in zip(blocks[-1], last, strict=True)]
    chances = np.maximum.accumulate([(kept_ + 1) / (rows + 2) for kept_, rows, _ in blocks])
    places = [total / rows for _, rows, total in blocks]
    if len(places) > KNOTS:
        chosen = np.unique(np.linspace(0, len(places) - 1, KNOTS).astype(int))
        places = [places[at] for at in chosen]
        chances = chances[chosen]
    return tuple((round(p, 6), round(float(c), 6)) for p, c in zip(places, chances, strict=True))
