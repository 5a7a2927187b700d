"""What a run comes to: one line a language and group, and the few numbers everybody asks for."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chatmill.errors import MeasureError
from chatmill.metrics.groups import GROUPS, Group, group_of
from chatmill.metrics.intervals import (
    IntervalMethod,
    MeanEstimate,
    estimate_mean,
    estimate_mean_difference,
)
from chatmill.records import Score
from chatmill.settings import EvaluateSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryLine:
    """One language in one group: trained, held-out phrasings, or unseen conversations."""

    language: str
    group: Group
    n: int
    """Questions."""
    tuned: MeanEstimate
    """Cosine of the tuned model's answers, asked with the example's system line."""
    base: MeanEstimate | None
    """Cosine of the untuned model's answers; None where it was not asked."""
    serving: MeanEstimate | None
    """Cosine of the tuned model's answers, asked with the serving line."""
    shuffled: MeanEstimate | None
    """Cosine of tuned answers against other questions' references."""
    nearest: MeanEstimate | None
    """Held-out and unseen only: the answer of the nearest trained question."""
    over_nearest: MeanEstimate | None
    """Tuned minus nearest, question by question: whether tuning beat the plain baseline."""
    n_followed: int
    n_partly: int
    n_not_followed: int
    n_cut: int
    """Answers that ran into the token limit."""

    @property
    def serving_drop(self) -> float | None:
        """What the serving line costs, in cosine; None where it was not asked."""
        return None if self.serving is None else self.tuned.mean - self.serving.mean


@dataclass(frozen=True, slots=True, kw_only=True)
class PhrasingLine:
    """Questions asked again in one form, beside the same questions as they stand."""

    phrasing: str
    n: int
    tuned: MeanEstimate
    """Cosine of the answers to the reworded questions."""
    change: MeanEstimate
    """Reworded minus as it stands, question by question."""
    n_lost: int
    """Questions followed as they stand, and not followed in this form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationSummary:
    """Means over the trained questions, asked with the example's own system line."""

    n_questions: int
    base_cosine: float | None
    """None where the base model was not asked."""
    tuned_cosine: float
    shuffled_floor: float | None
    """None where no two trained questions of a language have different answers."""
    not_followed: int


def evaluation_summary(scores: Sequence[Score]) -> EvaluationSummary:
    """Sum up the trained questions of a run; all of them where none was trained.

    Raises:
        MeasureError: No question was asked.
    """
    own = [each for each in scores if each.prompt == "example"]
    trained = [each for each in own if each.split == "train"] or own
    if not trained:
        raise MeasureError("no question was asked", fix="Build again: chatmill build")
    return EvaluationSummary(
        n_questions=len(trained),
        base_cosine=_mean([each.base_cosine for each in trained]),
        tuned_cosine=sum(each.cosine for each in trained) / len(trained),
        shuffled_floor=_mean([each.shuffled_cosine for each in trained]),
        not_followed=sum(each.verdict == "not followed" for each in trained),
    )


def require_cosine(scores: Sequence[Score], minimum: float, report: str) -> None:
    """Refuse a run whose trained questions score too low on average.

    Args:
        scores: Of the run.
        minimum: Mean cosine that must be reached, in [-1, 1].
        report: Where a person can look.

    Raises:
        MeasureError: The mean is below it, or there is no trained question.
    """
    reached = evaluation_summary(scores).tuned_cosine
    if reached < minimum:
        raise MeasureError(
            f"mean cosine of trained questions {reached:.3f} is below {minimum:.3f}",
            where="--fail-under",
            fix=f"See which did not follow: {report}",
        )


def interval_method(settings: EvaluateSettings) -> IntervalMethod:
    """Read from the settings how intervals are made."""
    return IntervalMethod(
        confidence=settings.confidence,
        min_clusters=settings.min_conversations,
    )


def summarize(scores: Sequence[Score], method: IntervalMethod) -> tuple[SummaryLine, ...]:
    """Make one line a language and group, most frequent language first.

    Args:
        scores: Of one run, both prompts.
        method: How intervals are made.
    """
    languages = Counter(each.language for each in scores if each.prompt == "example")
    lines = []
    for language, _ in sorted(languages.items(), key=lambda item: (-item[1], item[0])):
        for group in GROUPS:
            rows = [e for e in scores if e.language == language and group_of(e.split) == group]
            if any(each.prompt == "example" for each in rows):
                lines.append(_line(language, group, rows, method))
    return tuple(lines)


def phrasing_lines(scores: Sequence[Score], method: IntervalMethod) -> tuple[PhrasingLine, ...]:
    """Make one line a form of question that was asked, the largest loss first.

    Args:
        scores: Of one run.
        method: How intervals are made.
    """
    plain = {
        (each.example_id, each.turn, each.split): each
        for each in scores
        if each.prompt == "example"
    }
    forms: dict[str, list[tuple[Score, Score]]] = {}
    for each in scores:
        own = plain.get((each.example_id, each.turn, each.split))
        if each.prompt == "phrasing" and own is not None:
            forms.setdefault(each.phrasing, []).append((own, each))
    lines = [_phrasing_line(name, pairs, method) for name, pairs in forms.items()]
    return tuple(sorted(lines, key=lambda line: line.change.mean))


def _phrasing_line(
    name: str, pairs: Sequence[tuple[Score, Score]], method: IntervalMethod
) -> PhrasingLine:
    clusters = [own.conversation_id for own, _ in pairs]
    before, after = [own.cosine for own, _ in pairs], [new.cosine for _, new in pairs]
    return PhrasingLine(
        phrasing=name,
        n=len(pairs),
        tuned=estimate_mean(after, clusters, method),
        change=estimate_mean_difference(before, after, clusters, method),
        n_lost=sum(
            own.verdict == "followed" and new.verdict == "not followed" for own, new in pairs
        ),
    )


def _line(
    language: str, group: Group, rows: Sequence[Score], method: IntervalMethod
) -> SummaryLine:
    own = [each for each in rows if each.prompt == "example"]
    served = [each for each in rows if each.prompt == "serving"]
    tuned = _estimate(own, lambda each: each.cosine, method)
    if tuned is None:
        raise MeasureError("a line needs at least one question", where=f"{language} {group}")
    verdicts = Counter(each.verdict for each in own)
    return SummaryLine(
        language=language,
        group=group,
        n=len(own),
        tuned=tuned,
        base=_estimate(own, lambda each: each.base_cosine, method),
        serving=_estimate(served, lambda each: each.cosine, method),
        shuffled=_estimate(own, lambda each: each.shuffled_cosine, method),
        nearest=_estimate(own, lambda each: each.nearest_cosine, method),
        over_nearest=_estimate(own, _over_nearest, method),
        n_followed=verdicts["followed"],
        n_partly=verdicts["partly"],
        n_not_followed=verdicts["not followed"],
        n_cut=sum(each.is_cut for each in own),
    )


def _estimate(
    rows: Sequence[Score], value_of: Callable[[Score], float | None], method: IntervalMethod
) -> MeanEstimate | None:
    present = [(value, row) for row in rows if (value := value_of(row)) is not None]
    if not present:
        return None
    return estimate_mean(
        [value for value, _ in present], [row.conversation_id for _, row in present], method
    )


def _over_nearest(score: Score) -> float | None:
    return None if score.nearest_cosine is None else score.cosine - score.nearest_cosine


def _mean(values: Sequence[float | None]) -> float | None:
    present = [value for value in values if value is not None]
    return sum(present) / len(present) if present else None
