"""How sure a mean is: intervals that respect that questions of one conversation hang together.

The mean of rows in clusters is a ratio of two sums, its variance is estimated by leaving out one
conversation at a time (CR3: each conversation's residual divided by one minus its share of the
rows), and Student's t has the degrees of freedom of Satterthwaite under independent rows (Bell &
McCaffrey, "Bias reduction in standard errors for linear regression with multi-stage samples",
2002; Pustejovsky & Tipton 2018). Scores are bounded, so near a bound their distribution is skewed
and its spread shrinks: the ends are those means from which the observed one is not too far, the
spread taken proportional to (mean - low)(high - mean) as Wilson does for proportions (1927; for
clustered samples Korn & Graubard 1998). docs/decisions/intervals.md has the simulation.
"""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from chatmill.errors import MeasureError, ShapeMismatchError

FEWEST_ROWS = 15
"""Fewest questions an interval is given for. Where one answer in five fails, not one of fewer
questions may show it, and no method can see what was never drawn."""
_ROUNDING = 1e-9
_FEWEST_DEGREES = 2.0
_LEAST_ROOM = 1e-12
"""Below it a mean lies at a bound, but for rounding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanEstimate:
    """A mean and how sure it is."""

    mean: float
    n: int
    """Rows it is the mean of."""
    n_clusters: int
    """Conversations they come from."""
    low: float | None
    """Lower end of the interval; None where there are too few conversations to tell."""
    high: float | None
    """Upper end."""

    @property
    def is_too_few(self) -> bool:
        """Whether no interval can be given."""
        return self.low is None


@dataclass(frozen=True, slots=True, kw_only=True)
class IntervalMethod:
    """How intervals are made; the same numbers give the same interval."""

    confidence: float
    """Share of intervals that should cover the truth, in (0, 1)."""
    min_clusters: int
    """Fewest conversations an interval is given for, counted as if all had equally many rows:
    (sum of sizes)² / sum of squared sizes (Kish). One long conversation does not count as many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spread:
    """What an interval is made of."""

    mean: float
    variance: float
    """Of the mean."""
    n_degrees: float


def estimate_mean(
    values: Sequence[float], clusters: Sequence[Hashable], method: IntervalMethod
) -> MeanEstimate:
    """Estimate the mean of scores, which lie in [0, 1], or in [-1, 1] where one is negative.

    Args:
        values: One score a row.
        clusters: The conversation each row comes from.
        method: Confidence and limit.

    Raises:
        MeasureError: There is no row: the mean of nothing has no value.
        ShapeMismatchError: Not one cluster a row.
    """
    lowest = -1.0 if min(values, default=0.0) < 0.0 else 0.0
    return _estimate(values, clusters, method, bounds=(lowest, 1.0))


def estimate_share(
    flags: Sequence[bool], clusters: Sequence[Hashable], method: IntervalMethod
) -> MeanEstimate:
    """Estimate the share of rows that have something; sure of neither 0 nor 1 when all agree.

    Args:
        flags: One a row.
        clusters: The conversation each row comes from.
        method: Confidence and limit.

    Raises:
        MeasureError: There is no row.
        ShapeMismatchError: Not one cluster a row.
    """
    values = [float(flag) for flag in flags]
    return _estimate(values, clusters, method, bounds=(0.0, 1.0), is_share=True)


def estimate_mean_difference(
    before: Sequence[float],
    after: Sequence[float],
    clusters: Sequence[Hashable],
    method: IntervalMethod,
) -> MeanEstimate:
    """Estimate the mean of after - before over the same questions.

    Args:
        before: One number a question.
        after: The same questions, in the same order.
        clusters: The conversation each question comes from.
        method: Confidence and limit.

    Raises:
        MeasureError: There is no question.
        ShapeMismatchError: The lists differ in length.
    """
    if len(before) != len(after):
        raise ShapeMismatchError(f"{len(before)} values before, {len(after)} after")
    differences = [new - old for old, new in zip(before, after, strict=True)]
    return _estimate(differences, clusters, method, bounds=None)


def _estimate(
    values: Sequence[float],
    clusters: Sequence[Hashable],
    method: IntervalMethod,
    *,
    bounds: tuple[float, float] | None,
    is_share: bool = False,
) -> MeanEstimate:
    if len(values) != len(clusters):
        raise ShapeMismatchError(f"{len(values)} values, {len(clusters)} clusters")
    if not values:
        raise MeasureError("the mean of nothing has no value", where="estimate_mean")
    sums, counts = _cluster_totals(values, clusters)
    mean = float(sums.sum() / counts.sum())
    low = high = None
    n_effective = counts.sum() ** 2 / (counts**2).sum()
    is_enough = len(sums) > 1 and n_effective >= method.min_clusters - _ROUNDING
    if is_enough and len(values) >= FEWEST_ROWS:
        spread = _spread_of(sums, counts)
        reach = _t_quantile((1.0 + method.confidence) / 2.0, spread.n_degrees)
        if bounds is None:
            half = reach * math.sqrt(spread.variance)
            low, high = mean - half, mean + half
        else:
            relative = _relative_variance(spread, counts, bounds, is_share=is_share)
            low, high = _bounded_ends(mean, reach * reach * relative, bounds)
    return MeanEstimate(mean=mean, n=len(values), n_clusters=len(sums), low=low, high=high)


def _cluster_totals(
    values: Sequence[float], clusters: Sequence[Hashable]
) -> tuple[np.ndarray, np.ndarray]:
    """Sum and count of each cluster, in order of first appearance."""
    places = {cluster: at for at, cluster in enumerate(dict.fromkeys(clusters))}
    at = np.array([places[cluster] for cluster in clusters])
    sums = np.bincount(at, weights=np.asarray(values, dtype=np.float64), minlength=len(places))
    return sums, np.bincount(at, minlength=len(places)).astype(np.float64)


def _spread_of(sums: np.ndarray, counts: np.ndarray) -> _Spread:
    """Variance of the ratio sums/counts (CR3), and Satterthwaite's degrees of freedom.

    Args:
        sums: float64, shape (n_clusters,).
        counts: Same shape, each at least 1.
    """
    n_rows = counts.sum()
    mean = sums.sum() / n_rows
    shares = counts / n_rows
    without = (sums - mean * counts) / n_rows / (1.0 - shares)
    # With independent rows of equal variance, clusters' adjusted residuals have the covariance
    # diag(kept) - outer(weight, weight); Satterthwaite: trace² / sum of squares.
    weight = shares / (1.0 - shares)
    kept = shares / (1.0 - shares) ** 2
    trace = float((kept - weight**2).sum())
    squares = float((kept**2 - 2.0 * kept * weight**2).sum() + (weight**2).sum() ** 2)
    n_degrees = max(_FEWEST_DEGREES, trace**2 / squares)
    return _Spread(mean=float(mean), variance=float((without**2).sum()), n_degrees=n_degrees)


def _relative_variance(
    spread: _Spread, counts: np.ndarray, bounds: tuple[float, float], *, is_share: bool
) -> float:
    """Variance of the mean over (mean - low)(high - mean): one over the rows it is worth."""
    low, high = bounds
    room = (spread.mean - low) * (high - spread.mean)
    if room < _LEAST_ROOM:
        # Every row is at a bound. Of scores that is a constant; a share of so many conversations
        # may still be a little off.
        return 1.0 / len(counts) if is_share else 0.0
    relative = spread.variance / room
    return max(relative, 1.0 / float(counts.sum())) if is_share else relative


def _bounded_ends(mean: float, factor: float, bounds: tuple[float, float]) -> tuple[float, float]:
    """Solve (mean - truth)² <= factor · (truth - low)(high - truth) for the truth.

    Longer on the side away from the nearer bound, and never past one.
    """
    low, high = bounds
    width = high - low
    share = (mean - low) / width
    middle = (share + factor / 2.0) / (1.0 + factor)
    room = max(0.0, share * (1.0 - share))
    half = math.sqrt(factor * room + factor * factor / 4.0) / (1.0 + factor)
    return max(low, low + width * (middle - half)), min(high, low + width * (middle + half))


def _t_quantile(probability: float, n_degrees: float) -> float:
    """Quantile of Student's t (Abramowitz & Stegun 26.7.5; exact for 1 and 2 degrees)."""
    if n_degrees == 1:
        return math.tan(math.pi * (probability - 0.5))
    if n_degrees == 2:  # noqa: PLR2004 - the closed form exists for 1 and 2
        spread = 2.0 * probability - 1.0
        return spread * math.sqrt(2.0 / (1.0 - spread * spread))
    z = NormalDist().inv_cdf(probability)
    n = n_degrees
    first = (z**3 + z) / 4.0
    second = (5.0 * z**5 + 16.0 * z**3 + 3.0 * z) / 96.0
    third = (3.0 * z**7 + 19.0 * z**5 + 17.0 * z**3 - 15.0 * z) / 384.0
    fourth = (79.0 * z**9 + 776.0 * z**7 + 1482.0 * z**5 - 1920.0 * z**3 - 945.0 * z) / 92160.0
    return z + first / n + second / n**2 + third / n**3 + fourth / n**4
