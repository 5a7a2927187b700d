"""Gates for continuous integration: is this run worse than an earlier one."""

from collections.abc import Sequence
from dataclasses import dataclass

from chatmill.errors import MeasureError
from chatmill.metrics.differences import ChangeCounts, Outcome, count_changes, outcome_of
from chatmill.metrics.intervals import MeanEstimate, estimate_mean_difference
from chatmill.records import Score
from chatmill.settings import EvaluateSettings
from chatmill.stages.evaluate.summary import interval_method


@dataclass(frozen=True, slots=True, kw_only=True)
class Regression:
    """A run beside an earlier one, over the questions both asked with their own line."""

    n: int
    difference: MeanEstimate
    """Mean cosine now minus then, paired."""
    counts: ChangeCounts
    outcome: Outcome

    def line(self) -> str:
        """Say it in one line."""
        ends = ""
        if self.difference.low is not None and self.difference.high is not None:
            ends = f" ({self.difference.low:+.3f} to {self.difference.high:+.3f})"
        words = "too few questions to tell" if self.outcome == "too few to tell" else self.outcome
        return (
            f"{words}: {self.difference.mean:+.3f}{ends} over {self.n} questions; "
            f"{self.counts.n_improved} improved, {self.counts.n_regressed} regressed, "
            f"{self.counts.n_unchanged} unchanged"
        )


def compare_runs(
    before: Sequence[Score], after: Sequence[Score], settings: EvaluateSettings
) -> Regression:
    """Pair the questions of two runs by their words and measure the difference.

    Args:
        before: Scores of the earlier run.
        after: Of this one.
        settings: How intervals are made, and which difference is too small to matter.

    Raises:
        MeasureError: They have no question in common.
    """
    known = {_words(each): each for each in before if each.prompt == "example"}
    pairs = [
        (known[_words(each)], each)
        for each in after
        if each.prompt == "example" and _words(each) in known
    ]
    if not pairs:
        raise MeasureError("the two runs have no question in common", where="--fail-on-regression")
    old, new = [was.cosine for was, _ in pairs], [now.cosine for _, now in pairs]
    clusters = [now.conversation_id for _, now in pairs]
    difference = estimate_mean_difference(old, new, clusters, interval_method(settings))
    changes = [now - was for was, now in zip(old, new, strict=True)]
    return Regression(
        n=len(pairs),
        difference=difference,
        counts=count_changes(changes, settings.unchanged_within),
        outcome=outcome_of(difference, settings.unchanged_within),
    )


def require_no_regression(found: Regression, report: str) -> None:
    """Refuse a run that is worse than the earlier one; the interval has to exclude zero.

    Raises:
        MeasureError: It is worse.
    """
    if found.outcome == "worse":
        raise MeasureError(found.line(), where="--fail-on-regression", fix=f"See {report}")


def _words(score: Score) -> tuple[str, str, int, str]:
    place = "paraphrase" if score.split == "paraphrase" else ""
    return score.question, score.system, score.turn, place
