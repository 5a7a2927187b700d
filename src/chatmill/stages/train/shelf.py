"""The project's tuned models: found by name, shown with their scores, deleted."""

import shutil
from dataclasses import dataclass, replace
from statistics import fmean

from chatmill.errors import StorageError, TuningError
from chatmill.frames.scores import SCORES_NAME, read_scores
from chatmill.models.client import ModelClient
from chatmill.models.hosted_files import delete_hosted_model
from chatmill.models.providers import LOCAL
from chatmill.models.system_line import chat_system_line
from chatmill.project import Project
from chatmill.records import Evaluation, TuningJob
from chatmill.stages.train.keepsake import job_folder, licence_of, read_card
from chatmill.store.evaluations import list_evaluations
from chatmill.store.jobs import latest_job, list_jobs, update_job

DELETED = "deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelScore:
    """How a model did in its newest evaluation on one part of the data."""

    split: str
    n_questions: int
    mean_cosine: float
    """Answers against the reviewed ones, in [-1, 1]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelView:
    """Everything the project knows of a tuned model."""

    job: TuningJob
    licence: str
    """Of the base model."""
    system: str
    """The line the chatbot is served with now."""
    evaluation: Evaluation | None
    scores: tuple[ModelScore, ...]
    """Of the newest evaluation, with each example's own system line."""
    card: str | None
    """The model card, as it was written after training."""


def find_model(project: Project, name: str | None) -> TuningJob:
    """Return the job of a tuned model, by the model's name or the job's id; the newest when None.

    Raises:
        TuningError: There is none.
    """
    if name is None:
        found = latest_job(project.database)
    else:
        named = [
            job
            for job in list_jobs(project.database)
            if job.status == "succeeded" and name in (job.fine_tuned_model, job.id)
        ]
        found = named[-1] if named else None
    if found is None:
        what = "no model was tuned yet" if name is None else "no tuned model has this name"
        fix = "Tune one: chatmill train" if name is None else "See: chatmill models"
        raise TuningError(what, where=name or "", fix=fix)
    return found


def view_model(project: Project, job: TuningJob) -> ModelView:
    """Gather what is known of a tuned model."""
    evaluations = [each for each in list_evaluations(project.database) if each.job_id == job.id]
    newest = evaluations[-1] if evaluations else None
    return ModelView(
        job=job,
        licence=licence_of(job),
        system=chat_system_line(project.settings),
        evaluation=newest,
        scores=() if newest is None else _scores_of(project, newest),
        card=read_card(project, job.id),
    )


def delete_model(project: Project, job: TuningJob) -> None:
    """Take a tuned model out of the project, and its name from the server of this machine.

    The job stays in the project's history as cancelled; training the same again trains anew. A
    hosted service keeps its model.

    Raises:
        StorageError: The folder cannot be removed.
        ModelError: The server of this machine cannot be reached.
    """
    if job.provider == LOCAL and job.fine_tuned_model is not None:
        name = job.fine_tuned_model
        with ModelClient.for_provider(LOCAL, project.settings, base_model=job.base_model) as client:
            client.run(lambda each: delete_hosted_model(each, name))
    folder = job_folder(project, job.id)
    try:
        if folder.exists():
            gone = folder.with_name(f".{folder.name}.deleted")
            shutil.rmtree(gone, ignore_errors=True)
            folder.rename(gone)
            shutil.rmtree(gone)
    except OSError as error:
        raise StorageError(f"cannot be removed: {error.strerror}", where=str(folder)) from error
    update_job(
        project.database,
        replace(job, status="cancelled", error=DELETED, fine_tuned_model=None),
    )


def _scores_of(project: Project, evaluation: Evaluation) -> tuple[ModelScore, ...]:
    path = project.folder / evaluation.folder / SCORES_NAME
    if not path.is_file():
        return ()
    cosines: dict[str, list[float]] = {}
    for score in read_scores(path):
        if score.prompt == "example":
            cosines.setdefault(score.split, []).append(score.cosine)
    return tuple(
        ModelScore(split=split, n_questions=len(each), mean_cosine=fmean(each))
        for split, each in cosines.items()
    )
