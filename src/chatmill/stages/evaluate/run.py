"""The stage itself: what to ask whom, in which order, and where the results go."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from chatmill import __version__
from chatmill.causes import diagnose
from chatmill.errors import DatasetError, StorageError, TuningError
from chatmill.frames.scores import SCORES_NAME, read_scores
from chatmill.metrics.verdict import Thresholds
from chatmill.models.client import ModelClient
from chatmill.models.progress import Progress, no_progress
from chatmill.models.spending import Spending
from chatmill.models.system_line import chat_system_line
from chatmill.project import Project
from chatmill.records import DatasetVersion, Evaluation, Score, TuningJob
from chatmill.stages.evaluate.asking import Respondents, ask
from chatmill.stages.evaluate.embedding import embedder_name, open_embedding
from chatmill.stages.evaluate.labels import LabelledRun, apply_labels, read_labels
from chatmill.stages.evaluate.measuring import MetricChoice, chosen_metrics
from chatmill.stages.evaluate.opinions import Advisor, judge_answers, opinions_identity, reword
from chatmill.stages.evaluate.phrasings import phrasings_of
from chatmill.stages.evaluate.questions import AskedQuestion, questions_of, sample_questions
from chatmill.stages.evaluate.report import ReportInput, write_page
from chatmill.stages.evaluate.scoring import ScoredAnswers, score_answers
from chatmill.stages.evaluate.sections import sections_of
from chatmill.stages.evaluate.words import report_language
from chatmill.stages.evaluate.writing import read_columns, write_evaluation
from chatmill.store.datasets import get_dataset, read_rows
from chatmill.store.evaluations import find_evaluation, get_evaluation, record_evaluation
from chatmill.store.jobs import latest_job

FORMAT = 2
"""Raise it when scores or reports change their meaning: old runs are then made anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Subject:
    """Who is asked, and about what."""

    version: DatasetVersion
    job_id: str
    """Empty where the model is not one of this project's jobs."""
    provider: str
    model: str
    base_model: str
    embedder: str
    serving_line: str


def evaluate(  # noqa: PLR0913 - each option by its name
    project: Project,
    dataset: str | None = None,
    *,
    job: TuningJob | None = None,
    model: str | None = None,
    sample: int | None = None,
    progress: Progress | None = None,
    spending: Spending | None = None,
) -> Evaluation:
    """Ask the tuned and the base model every question of a dataset version and score the answers.

    Every reply is stored as it arrives, so a run that was killed asks only what is missing; a run
    that was finished is returned as it stands.

    Args:
        project: Whose dataset and models.
        dataset: Version; the newest when None.
        job: Whose model; the newest that succeeded on this version when None.
        model: Another model to ask in place of the job's.
        sample: Questions to draw (languages, groups and later turns keep their shares) for a quick
            look; all of them when None.
        progress: Told how far it is.
        spending: How calls may use stored replies and money; as `[spend]` says when None. Where
            stored replies are left aside, a finished run is made anew.

    Raises:
        DatasetError: There is no dataset, or it is empty.
        UsageError: There is no such metric, or a grader cannot be used.
        SpendError: The calls would cost too much, or were not confirmed.
        TuningError: No model was tuned on it.
        ModelError: A server cannot be reached or refuses.
        StorageError: The report cannot be written; nothing half-written stays.
    """
    report = progress or no_progress
    with project.lock("evaluate"):
        subject = _subject(project, dataset, job, model)
        metrics = chosen_metrics(project.settings.evaluate, project.folder)
        evaluation_id = _evaluation_id(project, subject, metrics, sample)
        known = find_evaluation(project.database, evaluation_id)
        is_anew = spending is not None and not spending.is_store_read
        if (
            known is not None
            and not is_anew
            and (project.folder / known.folder / SCORES_NAME).is_file()
        ):
            return known
        questions = questions_of(read_rows(project.folder / subject.version.folder))
        if not questions:
            raise DatasetError("the dataset has no question", where=subject.version.name)
        if sample is not None:
            questions = sample_questions(questions, sample, project.settings.evaluate.seed)
        run = _Run(project=project, subject=subject, metrics=metrics, spending=spending)
        scored = _ask_and_score(run, questions, report)
        evaluation = _describe(evaluation_id, subject, scored)
        report("writing the report", 0, 1)
        given = _report_input(project, evaluation, scored.scores, scored.columns)
        write_evaluation(project.folder / evaluation.folder, given)
        record_evaluation(project.database, evaluation)
        _add_sections(project, given)
        report("writing the report", 1, 1)
    return evaluation


def read_evaluation_scores(project: Project, evaluation: Evaluation) -> list[Score]:
    """Read the scores of an evaluation.

    Raises:
        StorageError: The file is missing or damaged.
    """
    return read_scores(project.folder / evaluation.folder / SCORES_NAME)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledEvaluation:
    """An evaluation whose verdicts were held against people's labels."""

    evaluation: Evaluation
    run: LabelledRun


def label_evaluation(project: Project, evaluation: Evaluation, path: Path) -> LabelledEvaluation:
    """Hold verdicts against people's labels; the report is written anew where they change.

    Args:
        project: Whose evaluation.
        evaluation: It.
        path: Labels, as the report saves them.

    Raises:
        UnreadableFileError: The file cannot be read.
        UsageError: It holds a word that is no label.
        MeasureError: There are too few labels of a kind.
        StorageError: The report cannot be written.
    """
    labels = read_labels(path)
    with project.lock("evaluate"):
        scores = read_evaluation_scores(project, evaluation)
        thresholds = Thresholds(
            followed_from=evaluation.followed_from, partly_from=evaluation.partly_from
        )
        run = apply_labels(scores, labels, thresholds, project.settings.evaluate.seed)
        if run.scores != tuple(scores):
            n_not_followed = sum(
                each.verdict == "not followed" for each in run.scores if each.prompt == "example"
            )
            evaluation = replace(evaluation, n_not_followed=n_not_followed)
            folder = project.folder / evaluation.folder
            given = _report_input(project, evaluation, run.scores, read_columns(folder))
            given = replace(given, remarks=tuple(run.lines()))
            write_evaluation(folder, given)
            record_evaluation(project.database, evaluation)
            _add_sections(project, given)
    return LabelledEvaluation(evaluation=evaluation, run=run)


def _add_sections(project: Project, given: ReportInput) -> None:
    """Write the page once more with patterns and causes, which rest on the stored scores."""
    own = [each.language for each in given.scores if each.prompt == "example"]
    language = report_language(given.language, own)
    sections = sections_of(diagnose(project, given.evaluation), language)
    folder = project.folder / given.evaluation.folder
    if not sections:
        return
    try:
        write_page(folder, replace(given, sections=sections))
    except OSError as error:
        raise StorageError(
            f"the report cannot be written: {error.strerror}",
            where=str(folder),
            fix="Free some disk space",
        ) from error


def _report_input(
    project: Project,
    evaluation: Evaluation,
    scores: Sequence[Score],
    columns: Mapping[str, Sequence[float | None]],
) -> ReportInput:
    return ReportInput(
        project_name=project.name,
        language=project.settings.project.language,
        evaluation=evaluation,
        scores=tuple(scores),
        columns=columns,
        settings=project.settings.evaluate,
        serving_line=chat_system_line(project.settings),
    )


def read_earlier_scores(project: Project, name: str) -> list[Score]:
    """Read the scores of an earlier run, to hold this one against.

    Args:
        project: Whose evaluations.
        name: Id, or a dataset version, which means its newest evaluation.

    Raises:
        UsageError: There is none of that name.
        StorageError: The file is missing or damaged.
    """
    return read_evaluation_scores(project, get_evaluation(project.database, name))


def _subject(
    project: Project, dataset: str | None, job: TuningJob | None, model: str | None
) -> _Subject:
    settings = project.settings
    version = get_dataset(project.database, dataset)
    job = job or latest_job(project.database, version.name)
    tuned = model or (job.fine_tuned_model if job else None)
    if tuned is None:
        raise TuningError(
            f"no model was tuned on {version.name}", fix=f"Tune one: chatmill train {version.name}"
        )
    is_of_job = job is not None and job.fine_tuned_model == tuned
    return _Subject(
        version=version,
        job_id=job.id if job and is_of_job else "",
        provider=job.provider if job else settings.train.provider,
        model=tuned,
        base_model=job.base_model if job else settings.train.base_model,
        embedder=embedder_name(settings.evaluate),
        serving_line=chat_system_line(settings),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """One evaluation in the making."""

    project: Project
    subject: _Subject
    metrics: MetricChoice
    spending: Spending | None


def _evaluation_id(
    project: Project, subject: _Subject, metrics: MetricChoice, sample: int | None
) -> str:
    """Name a run by everything that determines its figures."""
    chosen = project.settings.evaluate
    determining = [
        FORMAT,
        __version__,
        subject.version.fingerprint,
        subject.provider,
        subject.model,
        subject.base_model,
        subject.embedder,
        subject.serving_line,
        chosen.max_answer_tokens,
        chosen.base_with_serving_line,
        chosen.seed,
        sample,
        chosen.phrasings,
        metrics.identity,
        opinions_identity(chosen),
    ]
    encoded = json.dumps(determining, ensure_ascii=False).encode()
    return f"{subject.version.name}-{hashlib.sha256(encoded).hexdigest()[:10]}"


def _ask_and_score(
    run: _Run, questions: Sequence[AskedQuestion], progress: Progress
) -> ScoredAnswers:
    project, subject = run.project, run.subject
    chosen = project.settings.evaluate
    advisor = Advisor(
        settings=project.settings,
        database=project.database,
        spending=run.spending,
        progress=progress,
    )
    phrasings = phrasings_of(questions, chosen.phrasings, chosen.seed)
    if "model" in chosen.phrasings:
        phrasings += reword(advisor, questions)
    with ExitStack() as stack:
        client = stack.enter_context(
            ModelClient.for_provider(
                subject.provider,
                project.settings,
                base_model=subject.base_model,
                progress=progress,
                spending=run.spending,
            )
        )
        respondents = Respondents(
            client=client,
            database=project.database,
            model=subject.model,
            base_model=subject.base_model,
            serving_line=subject.serving_line,
            settings=chosen,
        )
        answered = ask(respondents, questions, phrasings, progress)
        embed = open_embedding(stack, project.settings, client, progress)
        scored = score_answers(answered, embed, chosen.seed, metrics=run.metrics)
    if chosen.judge_model:
        scored = scored.with_column("judge", judge_answers(advisor, answered))
    return scored


def _describe(evaluation_id: str, subject: _Subject, scored: ScoredAnswers) -> Evaluation:
    n_not_followed = sum(
        each.verdict == "not followed" for each in scored.scores if each.prompt == "example"
    )
    return Evaluation(
        id=evaluation_id,
        dataset=subject.version.name,
        job_id=subject.job_id,
        model=subject.model,
        base_model=subject.base_model,
        embedder=subject.embedder,
        shuffled_floor=scored.shuffled_floor,
        followed_from=scored.thresholds.followed_from,
        partly_from=scored.thresholds.partly_from,
        n_not_followed=n_not_followed,
        folder=f"reports/{evaluation_id}",
    )
