"""Rounds: every evaluated version beside what it was trained on and with."""

from collections.abc import Sequence
from dataclasses import dataclass

from chatmill.frames.scores import SCORES_NAME, read_scores
from chatmill.metrics.groups import Group, group_of
from chatmill.project import Project
from chatmill.records import Evaluation, Score, TuningJob
from chatmill.store.datasets import list_datasets
from chatmill.store.evaluations import list_evaluations
from chatmill.store.jobs import list_jobs

MILLION = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedRound:
    """One evaluation, what it came to and what it took; None where nobody said."""

    evaluation_id: str
    dataset: str
    model: str
    n_train: int
    """Examples trained on; 0 where the version is gone."""
    trained: float | None
    """Mean cosine of trained questions."""
    trained_base: float | None
    """The same of the base model."""
    held_out: float | None
    """Of the same questions in other words."""
    n_followed: int
    n_partly: int
    n_not_followed: int
    trained_tokens: int | None
    gain_per_million: float | None
    """Trained mean over the base model's, a million trained tokens."""
    hyperparameters: str
    """As the server resolved them; empty where no job is known."""


def list_rounds(project: Project) -> list[ListedRound]:
    """List evaluations, oldest first; one whose scores are gone is left out.

    Raises:
        StorageError: A file of scores is damaged.
    """
    jobs = {each.id: each for each in list_jobs(project.database)}
    sizes = {e.name: e.n_examples.get("train", 0) for e in list_datasets(project.database)}
    rounds = []
    for evaluation in list_evaluations(project.database):
        path = project.folder / evaluation.folder / SCORES_NAME
        if path.is_file():
            own = [each for each in read_scores(path) if each.prompt == "example"]
            n_train = sizes.get(evaluation.dataset, 0)
            rounds.append(_round(evaluation, own, n_train, jobs.get(evaluation.job_id)))
    return rounds


def _round(
    evaluation: Evaluation, own: Sequence[Score], n_train: int, job: TuningJob | None
) -> ListedRound:
    taught = [each for each in own if group_of(each.split) == "trained"]
    trained = _mean(own, "trained")
    base = [each.base_cosine for each in taught if each.base_cosine is not None]
    trained_base = sum(base) / len(base) if base else None
    tokens = job.trained_tokens if job else None
    gain = None
    if trained is not None and trained_base is not None and tokens:
        gain = (trained - trained_base) * MILLION / tokens
    return ListedRound(
        evaluation_id=evaluation.id,
        dataset=evaluation.dataset,
        model=evaluation.model,
        n_train=n_train,
        trained=trained,
        trained_base=trained_base,
        held_out=_mean(own, "held-out"),
        n_followed=sum(each.verdict == "followed" for each in own),
        n_partly=sum(each.verdict == "partly" for each in own),
        n_not_followed=sum(each.verdict == "not followed" for each in own),
        trained_tokens=tokens,
        gain_per_million=gain,
        hyperparameters=_hyperparameters(job),
    )


def _mean(own: Sequence[Score], group: Group) -> float | None:
    inside = [each.cosine for each in own if group_of(each.split) == group]
    return sum(inside) / len(inside) if inside else None


def _hyperparameters(job: TuningJob | None) -> str:
    if job is None:
        return ""
    chosen = job.hyperparameters
    return f"{chosen.n_epochs} · {chosen.batch_size} · {chosen.learning_rate_multiplier}"
