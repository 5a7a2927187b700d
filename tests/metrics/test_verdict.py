"""Verdicts: thresholds come from the run, facts weigh more than nearness, pairs are honest."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatmill.errors import MeasureError
from chatmill.metrics.verdict import Thresholds, derange, find_thresholds, judge

LIMITS = Thresholds(followed_from=0.8, partly_from=0.6)


def test_thresholds_are_what_untaught_answers_stay_below() -> None:
    """95 in 100 shuffled pairs stay below `partly_from`; `followed` begins half-way from there."""
    shuffled = list(np.linspace(0.2, 0.6, 101))
    found = find_thresholds(shuffled, [])
    assert found.partly_from == pytest.approx(0.58)
    assert found.followed_from == pytest.approx(0.79)


def test_a_base_model_that_knows_much_raises_the_bar() -> None:
    """What the untuned model says anyway is not what the tuning taught."""
    low, high = find_thresholds([0.3] * 20, [0.1] * 20), find_thresholds([0.3] * 20, [0.7] * 20)
    assert (low.partly_from, high.partly_from) == pytest.approx((0.3, 0.7))


def test_answers_that_are_all_alike_leave_room_for_following() -> None:
    """Where every answer resembles every other, a word-for-word answer is still followed."""
    found = find_thresholds([0.999] * 20, [])
    assert found.partly_from == 0.9
    assert judge(0.9999, 1.0, found) == "followed"


def test_nothing_to_measure_chance_with_is_said() -> None:
    """The quantile of nothing has no value."""
    with pytest.raises(MeasureError, match="chance"):
        find_thresholds([], [])


@pytest.mark.parametrize(
    ("cosine", "facts", "polarity", "expected"),
    [
        (0.95, 1.0, True, "followed"),
        (0.95, None, True, "followed"),
        (0.95, 0.5, True, "partly"),
        (0.95, 1.0, False, "partly"),
        (0.7, 1.0, True, "partly"),
        (0.59, 1.0, True, "not followed"),
        (0.59, 0.0, False, "not followed"),
    ],
)
def test_verdicts(cosine: float, facts: float | None, polarity: bool, expected: str) -> None:  # noqa: FBT001 - a column of the table
    """A row whose facts or negation disagree is never `followed`."""
    assert judge(cosine, facts, LIMITS, polarity=polarity) == expected


@given(st.lists(st.integers(0, 6), max_size=30), st.integers(0, 9))
def test_no_item_meets_its_own_kind(keys: list[int], seed: int) -> None:
    """Partners differ in key wherever that is possible, nobody is used twice, and it repeats."""
    partners = derange(keys, seed)
    assert partners == derange(keys, seed)
    present = [partner for partner in partners if partner is not None]
    assert len(present) == len(set(present))
    assert all(keys[p] != keys[at] for at, p in enumerate(partners) if p is not None)
    largest = max((keys.count(key) for key in keys), default=0)
    if 2 * largest <= len(keys):
        assert len(present) == len(keys)
