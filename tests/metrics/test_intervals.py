"""Intervals: they cover, they respect conversations, and they say when there is too little."""

import math

import numpy as np
import pytest

from chatmill.errors import MeasureError, ShapeMismatchError
from chatmill.metrics.intervals import (
    FEWEST_ROWS,
    IntervalMethod,
    _t_quantile,
    estimate_mean,
    estimate_mean_difference,
    estimate_share,
)

METHOD = IntervalMethod(confidence=0.95, min_clusters=8)


@pytest.mark.parametrize("n_clusters", [14, 40])
def test_the_interval_covers_the_truth_as_often_as_it_says(n_clusters: int) -> None:
    """Scores skewed against 1, one to four a conversation: 95 % intervals cover 93 to 97 %."""
    generator = np.random.default_rng(3)
    n_covered, n_runs = 0, 2000
    for _ in range(n_runs):
        effects = np.clip(generator.beta(6.0, 1.2, size=n_clusters), 0.01, 0.99)
        clusters = np.repeat(np.arange(n_clusters), generator.integers(1, 5, size=n_clusters))
        near = effects[clusters]
        values = generator.beta(12 * near, 12 * (1 - near))
        found = estimate_mean(values.tolist(), clusters.tolist(), METHOD)
        assert found.low is not None
        assert found.high is not None
        n_covered += found.low <= 0.8331 <= found.high
    assert 0.93 <= n_covered / n_runs <= 0.97


def test_without_clusters_it_is_the_textbooks_t_interval() -> None:
    """One row a conversation: mean ± t · s/√(n-1), the variance with one left out at a time."""
    before = [0.0] * 20
    after = list(np.linspace(-0.3, 0.5, 20))
    found = estimate_mean_difference(before, after, list(range(20)), METHOD)
    reach = 2.093 * np.std(after, ddof=1) / math.sqrt(19)
    assert found.low == pytest.approx(np.mean(after) - reach, abs=1e-3)
    assert found.high == pytest.approx(np.mean(after) + reach, abs=1e-3)


def test_without_clusters_a_share_has_wilsons_interval() -> None:
    """16 of 20 rows: Wilson's ends with Student's quantile and one left out at a time."""
    found = estimate_share([True] * 16 + [False] * 4, list(range(20)), METHOD)
    factor = 2.093**2 * 20 / 19**2
    middle, half = 0.8 + factor / 2, math.sqrt(factor * 0.16 + factor**2 / 4)
    assert found.low == pytest.approx((middle - half) / (1 + factor), abs=1e-3)
    assert found.high == pytest.approx((middle + half) / (1 + factor), abs=1e-3)


def test_a_share_of_all_is_not_sure() -> None:
    """Twenty of twenty followed does not prove that every answer follows."""
    found = estimate_share([True] * 20, list(range(20)), METHOD)
    assert found.high == pytest.approx(1.0)
    assert found.low is not None
    assert 0.7 < found.low < 0.9


def test_ends_stay_where_scores_can_be() -> None:
    """Means near 1 have an interval that is longer below and never passes 1."""
    values = [0.99] * 18 + [0.6, 0.5]
    found = estimate_mean(values, list(range(20)), METHOD)
    assert found.low is not None
    assert found.high is not None
    assert found.high <= 1.0
    assert found.mean - found.low > found.high - found.mean
    below_zero = estimate_mean([-0.05, *values], list(range(21)), METHOD)
    assert below_zero.low is not None


def test_rows_of_one_conversation_are_not_independent() -> None:
    """Ten copies of each row are no more evidence than the row."""
    values = list(np.random.default_rng(1).uniform(0.4, 1.0, size=20))
    once = estimate_mean(values, list(range(20)), METHOD)
    copied = estimate_mean(values * 10, list(range(20)) * 10, METHOD)
    assert copied.mean == pytest.approx(once.mean)
    assert (copied.low, copied.high) == pytest.approx((once.low, once.high))


@pytest.mark.parametrize(
    "clusters",
    [["a", "b"] * 10, [0] * 60 + list(range(1, 15)), list(range(FEWEST_ROWS - 1))],
    ids=["two conversations", "one holds nearly all", "few questions"],
)
def test_too_little_gives_a_mean_and_no_interval(clusters: list[object]) -> None:
    """Many rows of few conversations say little, and the estimate says so."""
    values = [0.5 + 0.2 * (at % 2) for at in range(len(clusters))]
    found = estimate_mean(values, clusters, METHOD)
    assert found.mean == pytest.approx(float(np.mean(values)))
    assert found.is_too_few
    assert found.n_clusters == len(set(clusters))


def test_paired_differences_see_what_two_means_hide() -> None:
    """Every question gained 0.05 although questions differ by 0.8."""
    before = list(np.linspace(0.1, 0.9, 20))
    after = [value + 0.05 for value in before]
    found = estimate_mean_difference(before, after, list(range(20)), METHOD)
    assert found.mean == pytest.approx(0.05)
    assert found.low is not None
    assert found.low > 0


def test_nothing_and_misfits_are_refused() -> None:
    """The mean of nothing is not 0.0."""
    with pytest.raises(MeasureError, match="nothing"):
        estimate_mean([], [], METHOD)
    with pytest.raises(ShapeMismatchError):
        estimate_mean([1.0], ["a", "b"], METHOD)
    with pytest.raises(ShapeMismatchError):
        estimate_mean_difference([1.0], [], ["a"], METHOD)


@pytest.mark.parametrize(
    ("n_degrees", "expected"),
    [(1, 12.706), (2, 4.303), (3.5, 2.938), (5, 2.571), (10, 2.228), (100, 1.984)],
)
def test_quantiles_of_students_t(n_degrees: float, expected: float) -> None:
    """The tables of any statistics book; the widening for few conversations rests on them."""
    assert math.isclose(_t_quantile(0.975, n_degrees), expected, rel_tol=2e-3)
