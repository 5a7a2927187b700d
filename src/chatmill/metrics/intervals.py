"""How sure a mean is: intervals that respect that questions of one conversation hang together."""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from chatmill.errors import MeasureError, ShapeMismatchError

MAX_DRAWS_AT_ONCE = 4_000_000
"""Random indices held in memory at once (32 MB)."""


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
    n_resamples: int
    min_clusters: int
    """Fewest conversations an interval is given for."""
    seed: int


def estimate_mean(
    values: Sequence[float], clusters: Sequence[Hashable], method: IntervalMethod
) -> MeanEstimate:
    """Estimate a mean with a bootstrap over clusters.

    Whole clusters are drawn with replacement. The percentiles are moved outwards as Hesterberg
    advises for small samples ("What Teachers Should Know About the Bootstrap", 2015, section
    5.2: expanded percentiles), because plain ones are too narrow by the factor of a t quantile.

    Args:
        values: One number a row.
        clusters: The conversation each row comes from.
        method: Confidence, resamples, limit and seed.

    Raises:
        MeasureError: There is no row: the mean of nothing has no value.
        ShapeMismatchError: Not one cluster a row.
    """
    if len(values) != len(clusters):
        raise ShapeMismatchError(f"{len(values)} values, {len(clusters)} clusters")
    if not values:
        raise MeasureError("the mean of nothing has no value", where="estimate_mean")
    sums, counts = _cluster_totals(values, clusters)
    n_clusters = len(sums)
    mean = float(sums.sum() / counts.sum())
    low = high = None
    if n_clusters >= max(2, method.min_clusters):
        means = _bootstrap_means(sums, counts, method)
        tail = _expanded_tail(n_clusters, method.confidence)
        low, high = (float(end) for end in np.quantile(means, (tail, 1.0 - tail)))
    return MeanEstimate(mean=mean, n=len(values), n_clusters=n_clusters, low=low, high=high)


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
        method: Confidence, resamples, limit and seed.

    Raises:
        MeasureError: There is no question.
        ShapeMismatchError: The lists differ in length.
    """
    if len(before) != len(after):
        raise ShapeMismatchError(f"{len(before)} values before, {len(after)} after")
    differences = [new - old for old, new in zip(before, after, strict=True)]
    return estimate_mean(differences, clusters, method)


def _cluster_totals(
    values: Sequence[float], clusters: Sequence[Hashable]
) -> tuple[np.ndarray, np.ndarray]:
    """Sum and count of each cluster, in order of first appearance."""
    places = {cluster: at for at, cluster in enumerate(dict.fromkeys(clusters))}
    at = np.array([places[cluster] for cluster in clusters])
    sums = np.bincount(at, weights=np.asarray(values, dtype=np.float64), minlength=len(places))
    return sums, np.bincount(at, minlength=len(places)).astype(np.float64)


def _bootstrap_means(sums: np.ndarray, counts: np.ndarray, method: IntervalMethod) -> np.ndarray:
    generator = np.random.default_rng(method.seed)
    n_clusters = len(sums)
    block = max(1, MAX_DRAWS_AT_ONCE // n_clusters)
    means = []
    for done in range(0, method.n_resamples, block):
        n_now = min(block, method.n_resamples - done)
        drawn = generator.integers(0, n_clusters, size=(n_now, n_clusters))
        means.append(sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1))
    return np.concatenate(means)


def _expanded_tail(n_clusters: int, confidence: float) -> float:
    """Share of resamples beyond each end, after widening for few clusters."""
    quantile = _t_quantile((1.0 + confidence) / 2.0, n_clusters - 1)
    return NormalDist().cdf(-math.sqrt(n_clusters / (n_clusters - 1)) * quantile)


def _t_quantile(probability: float, n_degrees: int) -> float:
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
