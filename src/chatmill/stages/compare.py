"""Compare: two evaluations question by question, and how sure the difference is."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from chatmill.errors import UsageError
from chatmill.frames.scores import SCORES_NAME, read_scores
from chatmill.metrics.groups import GROUPS, Group, group_of
from chatmill.metrics.intervals import IntervalMethod, MeanEstimate, estimate_mean_difference
from chatmill.project import Project
from chatmill.records import Evaluation, Score
from chatmill.store.evaluations import get_evaluation

Change = Literal["improved", "regressed", "unchanged"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedQuestion:
    """One question both evaluations asked."""

    before: Score
    after: Score
    change: Change

    @property
    def difference(self) -> float:
        """Cosine after minus cosine before."""
        return self.after.cosine - self.before.cosine

    @property
    def has_new_reference(self) -> bool:
        """Whether the reviewed answer was changed in between."""
        return self.before.reference != self.after.reference


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedLine:
    """Questions of one language and group that both evaluations asked."""

    language: str
    group: Group
    before: float
    """Mean cosine."""
    after: float
    difference: MeanEstimate
    """Mean of the paired differences."""
    n_improved: int
    n_regressed: int
    n_unchanged: int
    n_not_followed_before: int
    n_not_followed_after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Everything two evaluations have and have not in common."""

    before: Evaluation
    after: Evaluation
    lines: tuple[ComparedLine, ...]
    questions: tuple[ComparedQuestion, ...]
    """Largest loss first."""
    added: tuple[Score, ...]
    """Questions only the later evaluation asked."""
    removed: tuple[Score, ...]
    """Questions only the earlier evaluation asked."""


def compare(project: Project, before: str, after: str) -> Comparison:
    """Pair the questions of two evaluations.

    A question is the same where example and turn are (its words may have been edited), or where
    the words are; a held-out phrasing is known by its words. Groups are those of the later one.

    Args:
        project: Whose evaluations.
        before: Id, or a dataset version, which means its newest evaluation.
        after: The same.

    Raises:
        UsageError: One does not exist, or they used different embedding models.
        StorageError: Scores cannot be read.
    """
    first = get_evaluation(project.database, before)
    second = get_evaluation(project.database, after)
    if first.embedder != second.embedder:
        raise UsageError(
            f"measured with different embedding models ({first.embedder}, {second.embedder})",
            where=f"{first.id}, {second.id}",
            fix="Evaluate both with the same [evaluate] embedding_model",
        )
    settings = project.settings.evaluate
    pairs, added, removed = _paired(_own(project, first), _own(project, second))
    questions = [
        ComparedQuestion(
            before=old,
            after=new,
            change=_change(new.cosine - old.cosine, settings.unchanged_within),
        )
        for old, new in pairs
    ]
    method = IntervalMethod(
        confidence=settings.confidence,
        min_clusters=settings.min_conversations,
    )
    return Comparison(
        before=first,
        after=second,
        lines=_lines(questions, method),
        questions=tuple(sorted(questions, key=lambda each: each.difference)),
        added=tuple(added),
        removed=tuple(removed),
    )


def _own(project: Project, evaluation: Evaluation) -> list[Score]:
    scores = read_scores(project.folder / evaluation.folder / SCORES_NAME)
    return [each for each in scores if each.prompt == "example"]


def _paired(
    old: Sequence[Score], new: Sequence[Score]
) -> tuple[list[tuple[Score, Score]], list[Score], list[Score]]:
    """Pair by place first, then by words; return pairs, new ones without and old ones without."""
    pairs: list[tuple[Score, Score]] = []
    left, right = list(old), list(new)
    for key_of in (_place, _words):
        waiting: dict[tuple[str, ...], list[Score]] = {}
        for each in left:
            waiting.setdefault(key_of(each), []).append(each)
        unmatched = []
        for each in right:
            if partners := waiting.get(key_of(each)):
                pairs.append((partners.pop(0), each))
            else:
                unmatched.append(each)
        right = unmatched
        left = [each for partners in waiting.values() for each in partners]
    return pairs, right, left


def _place(score: Score) -> tuple[str, ...]:
    if score.split == "paraphrase":
        return ("paraphrase", score.example_id, score.question)
    return ("example", score.example_id, str(score.turn))


def _words(score: Score) -> tuple[str, ...]:
    return ("paraphrase" if score.split == "paraphrase" else "example", score.question)


def _change(difference: float, within: float) -> Change:
    if abs(difference) <= within:
        return "unchanged"
    return "improved" if difference > 0 else "regressed"


def _lines(
    questions: Sequence[ComparedQuestion], method: IntervalMethod
) -> tuple[ComparedLine, ...]:
    places: dict[tuple[str, Group], list[ComparedQuestion]] = {}
    for each in questions:
        key = (each.after.language, group_of(each.after.split))
        places.setdefault(key, []).append(each)
    return tuple(
        _line(language, group, places[language, group], method)
        for language, group in sorted(places, key=lambda key: (key[0], GROUPS.index(key[1])))
    )


def _line(
    language: str, group: Group, rows: Sequence[ComparedQuestion], method: IntervalMethod
) -> ComparedLine:
    before = [each.before.cosine for each in rows]
    after = [each.after.cosine for each in rows]
    changes = Counter(each.change for each in rows)
    return ComparedLine(
        language=language,
        group=group,
        before=sum(before) / len(before),
        after=sum(after) / len(after),
        difference=estimate_mean_difference(
            before, after, [each.after.conversation_id for each in rows], method
        ),
        n_improved=changes["improved"],
        n_regressed=changes["regressed"],
        n_unchanged=changes["unchanged"],
        n_not_followed_before=sum(each.before.verdict == "not followed" for each in rows),
        n_not_followed_after=sum(each.after.verdict == "not followed" for each in rows),
    )
