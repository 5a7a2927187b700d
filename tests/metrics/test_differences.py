"""Differences: what an interval says in words, and what one question's change is called."""

import pytest

from chatmill.metrics.differences import ChangeCounts, Outcome, count_changes, outcome_of
from chatmill.metrics.intervals import MeanEstimate


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.01, 0.2, "better"),
        (-0.2, -0.01, "worse"),
        (-0.02, 0.03, "no difference"),
        (-0.02, 0.3, "too few to tell"),
        (-0.3, 0.3, "too few to tell"),
        (None, None, "too few to tell"),
    ],
)
def test_an_interval_in_words(low: float | None, high: float | None, expected: Outcome) -> None:
    """Not significant is not the same as equal: a wide interval says that questions are missing."""
    mean = 0.0 if low is None or high is None else (low + high) / 2
    found = MeanEstimate(mean=mean, n=20, n_clusters=12, low=low, high=high)
    assert outcome_of(found, within=0.05) == expected


def test_small_changes_of_a_question_are_none() -> None:
    """A question counts as improved or regressed only beyond what rounding and wording do."""
    counted = count_changes([0.2, 0.05, 0.0, -0.05, -0.06], within=0.05)
    assert counted == ChangeCounts(n_improved=1, n_regressed=1, n_unchanged=3)
