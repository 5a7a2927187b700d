"""Intervals: they cover, they respect conversations, and they say when there is too little."""

import math

import numpy as np
import pytest

from chatmill.errors import MeasureError, ShapeMismatchError
from chatmill.metrics.intervals import (
    IntervalMethod,
    _t_quantile,
    estimate_mean,
    estimate_mean_difference,
)

METHOD = IntervalMethod(confidence=0.95, n_resamples=600, min_clusters=8, seed=7)


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    """Over simulated evaluations with clustered rows, 95 % intervals cover near 95 %."""
    generator = np.random.default_rng(3)
    n_covered, n_runs = 0, 300
    for _ in range(n_runs):
        effects = generator.normal(0.8, 0.1, size=14)
        clusters = np.repeat(np.arange(14), generator.integers(1, 5, size=14))
        values = effects[clusters] + generator.normal(0, 0.05, size=len(clusters))
        found = estimate_mean(list(values), list(clusters), METHOD)
        assert found.low is not None
        assert found.high is not None
        n_covered += found.low <= 0.8 <= found.high
    assert 0.91 <= n_covered / n_runs <= 0.99


def test_rows_of_one_conversation_are_not_independent() -> None:
    """Ten copies of each row are no more evidence than the row."""
    values = list(np.random.default_rng(1).normal(0.7, 0.2, size=20))
    once = estimate_mean(values, list(range(20)), METHOD)
    copied = estimate_mean(values * 10, list(range(20)) * 10, METHOD)
    assert copied.mean == pytest.approx(once.mean)
    assert (copied.low, copied.high) == pytest.approx((once.low, once.high))


def test_too_few_conversations_give_a_mean_and_no_interval() -> None:
    """Twenty rows of two conversations say little, and the estimate says so."""
    found = estimate_mean([0.5, 0.7] * 10, ["a", "b"] * 10, METHOD)
    assert found.mean == pytest.approx(0.6)
    assert found.is_too_few
    assert (found.low, found.high, found.n_clusters) == (None, None, 2)


def test_the_same_numbers_give_the_same_interval() -> None:
    """Reports can be repeated."""
    values = [0.1, 0.5, 0.4, 0.9, 0.3, 0.8, 0.7, 0.6, 0.2]
    clusters = list("abcdefghi")
    assert estimate_mean(values, clusters, METHOD) == estimate_mean(values, clusters, METHOD)


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
    ("n_degrees", "expected"), [(1, 12.706), (2, 4.303), (5, 2.571), (10, 2.228), (100, 1.984)]
)
def test_quantiles_of_students_t(n_degrees: int, expected: float) -> None:
    """The tables of any statistics book; the widening for few conversations rests on them."""
    assert math.isclose(_t_quantile(0.975, n_degrees), expected, rel_tol=2e-3)
