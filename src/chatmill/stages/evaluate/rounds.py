"""Rounds of the loop: what each evaluation came to, and the scores behind it for the pages."""

import math
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from chatmill.frames.score_pages import ScoreTable, SplitMeans
from chatmill.frames.scores import SCORES_NAME, read_scores
from chatmill.metrics.groups import Group, group_of
from chatmill.project import Project
from chatmill.records import Evaluation
from chatmill.stages.evaluate.summary import SummaryLine, interval_method, summarize
from chatmill.store.evaluations import list_evaluations

TABLES_IN_MEMORY = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One evaluation in a few numbers; means are cosines, None where nothing was asked."""

    evaluation: Evaluation
    n_questions: int
    n_followed: int
    n_partly: int
    n_not_followed: int
    trained: float | None
    """Of the trained questions, tuned model."""
    trained_base: float | None
    """Of the trained questions, base model."""
    trained_served: float | None
    """Of the trained questions, asked with the serving line."""
    held_out: float | None
    """Of the same questions in other words."""
    unseen: float | None
    """Of validation and test conversations."""


class EvaluationReader:
    """Reads evaluations for the pages and keeps what it found until a run is made anew.

    Safe to use from several threads.

    Args:
        project: Whose evaluations.
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        self._lock = Lock()
        self._tables: OrderedDict[tuple[str, float], ScoreTable] = OrderedDict()
        self._rounds: dict[tuple[str, float], Round] = {}
        self._lines: dict[tuple[str, float], tuple[SummaryLine, ...]] = {}

    def scores(self, evaluation: Evaluation) -> ScoreTable:
        """Return the scores of an evaluation.

        Raises:
            StorageError: They cannot be read.
        """
        with self._lock:
            key = self._key(evaluation)
            found = self._tables.get(key)
            if found is None:
                found = ScoreTable(self._path(evaluation))
                self._tables[key] = found
            self._tables.move_to_end(key)
            while len(self._tables) > TABLES_IN_MEMORY:
                self._tables.popitem(last=False)
            return found

    def rounds(self) -> list[Round]:
        """List the rounds, oldest first; one whose scores are gone is left out."""
        return [
            self.round(each)
            for each in list_evaluations(self._project.database)
            if self._path(each).is_file()
        ]

    def round(self, evaluation: Evaluation) -> Round:
        """Return one evaluation in a few numbers.

        Raises:
            StorageError: Its scores cannot be read.
        """
        key = self._key(evaluation)
        if key not in self._rounds:
            self._rounds[key] = _round(evaluation, self.scores(evaluation))
        return self._rounds[key]

    def lines(self, evaluation: Evaluation) -> tuple[SummaryLine, ...]:
        """Return one line a language and group, with intervals.

        Raises:
            StorageError: Its scores cannot be read.
        """
        key = self._key(evaluation)
        if key not in self._lines:
            method = interval_method(self._project.settings.evaluate)
            self._lines[key] = summarize(read_scores(self._path(evaluation)), method)
        return self._lines[key]

    def _path(self, evaluation: Evaluation) -> Path:
        return self._project.folder / evaluation.folder / SCORES_NAME

    def _key(self, evaluation: Evaluation) -> tuple[str, float]:
        path = self._path(evaluation)
        return evaluation.id, path.stat().st_mtime if path.is_file() else math.nan


def _round(evaluation: Evaluation, scores: ScoreTable) -> Round:
    means, served = scores.means(), scores.means(is_served=True)
    verdicts = scores.verdicts()
    trained_base = [each.base_cosine for each in means if each.split == "train"]
    return Round(
        evaluation=evaluation,
        n_questions=scores.n_questions,
        n_followed=verdicts.get("followed", 0),
        n_partly=verdicts.get("partly", 0),
        n_not_followed=verdicts.get("not followed", 0),
        trained=_mean(means, "trained"),
        trained_base=trained_base[0] if trained_base else None,
        trained_served=_mean(served, "trained"),
        held_out=_mean(means, "held-out"),
        unseen=_mean(means, "unseen"),
    )


def _mean(means: Sequence[SplitMeans], group: Group) -> float | None:
    inside = [each for each in means if group_of(each.split) == group]
    n = sum(each.n for each in inside)
    return sum(each.cosine * each.n for each in inside) / n if n else None
