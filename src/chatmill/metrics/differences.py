"""What a difference between two runs says: better, worse, the same, or too few to tell."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from chatmill.metrics.intervals import MeanEstimate

Change = Literal["improved", "regressed", "unchanged"]
Outcome = Literal["better", "worse", "no difference", "too few to tell"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeCounts:
    """How many questions went which way."""

    n_improved: int
    n_regressed: int
    n_unchanged: int


def change_of(difference: float, within: float) -> Change:
    """Say what became of one question.

    Args:
        difference: Score after minus score before.
        within: Difference up to which a question counts as unchanged.
    """
    if abs(difference) <= within:
        return "unchanged"
    return "improved" if difference > 0 else "regressed"


def count_changes(differences: Sequence[float], within: float) -> ChangeCounts:
    """Count the questions that improved, regressed and stayed."""
    changes = [change_of(each, within) for each in differences]
    return ChangeCounts(
        n_improved=changes.count("improved"),
        n_regressed=changes.count("regressed"),
        n_unchanged=changes.count("unchanged"),
    )


def outcome_of(difference: MeanEstimate, within: float) -> Outcome:
    """Say what a mean of paired differences shows.

    Args:
        difference: After minus before, with its interval.
        within: Mean difference too small to matter.

    Returns:
        `better` or `worse` where the interval excludes zero; `no difference` where the whole
        interval is too small to matter; else `too few to tell`: there is no interval, or it
        holds both zero and differences that would matter.
    """
    if difference.low is None or difference.high is None:
        return "too few to tell"
    if difference.low > 0:
        return "better"
    if difference.high < 0:
        return "worse"
    is_small = -within <= difference.low and difference.high <= within
    return "no difference" if is_small else "too few to tell"
