"""The stage itself: what to ask whom, in which order, and where the results go."""

import hashlib
import json
import shutil
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Literal

import numpy as np

from chatmill import __version__
from chatmill.errors import DatasetError, StorageError, TuningError
from chatmill.frames.scores import SCORES_NAME, read_scores, write_scores
from chatmill.models.client import ModelClient
from chatmill.models.progress import Progress, no_progress
from chatmill.models.requests import ChatReply, ChatRequest
from chatmill.models.spending import Spending
from chatmill.models.system_line import chat_system_line
from chatmill.project import Project
from chatmill.records import DatasetVersion, Evaluation, Score, TuningJob
from chatmill.stages.evaluate.questions import AskedQuestion, questions_of, request_for
from chatmill.stages.evaluate.report import ReportInput, write_report
from chatmill.stages.evaluate.scoring import Answered, ScoredAnswers, score_answers
from chatmill.store.datasets import get_dataset, read_rows
from chatmill.store.evaluations import find_evaluation, record_evaluation
from chatmill.store.jobs import latest_job

FORMAT = 1
"""Raise it when scores or reports change their meaning: old runs are then made anew."""
CUT = "length"
"""What a server says when an answer ran into the token limit."""


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
        progress: Told how far it is.
        spending: How calls may use stored replies and money; as `[spend]` says when None. Where
            stored replies are left aside, a finished run is made anew.

    Raises:
        DatasetError: There is no dataset, or it is empty.
        SpendError: The calls would cost too much, or were not confirmed.
        TuningError: No model was tuned on it.
        ModelError: A server cannot be reached or refuses.
        StorageError: The report cannot be written; nothing half-written stays.
    """
    report = progress or no_progress
    with project.lock("evaluate"):
        subject = _subject(project, dataset, job, model)
        evaluation_id = _evaluation_id(project, subject)
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
        scored = _ask_and_score(project, subject, questions, report, spending)
        evaluation = _describe(evaluation_id, subject, scored)
        report("writing the report", 0, 1)
        _write(project, evaluation, scored.scores, subject.serving_line)
        record_evaluation(project.database, evaluation)
        report("writing the report", 1, 1)
    return evaluation


def read_evaluation_scores(project: Project, evaluation: Evaluation) -> list[Score]:
    """Read the scores of an evaluation.

    Raises:
        StorageError: The file is missing or damaged.
    """
    return read_scores(project.folder / evaluation.folder / SCORES_NAME)


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
        embedder=f"{settings.evaluate.embedding_provider}/{settings.evaluate.embedding_model}",
        serving_line=chat_system_line(settings),
    )


def _evaluation_id(project: Project, subject: _Subject) -> str:
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
    ]
    encoded = json.dumps(determining, ensure_ascii=False).encode()
    return f"{subject.version.name}-{hashlib.sha256(encoded).hexdigest()[:10]}"


def _ask_and_score(
    project: Project,
    subject: _Subject,
    questions: Sequence[AskedQuestion],
    progress: Progress,
    spending: Spending | None,
) -> ScoredAnswers:
    chosen = project.settings.evaluate
    with ExitStack() as stack:
        client = stack.enter_context(
            ModelClient.for_provider(
                subject.provider,
                project.settings,
                base_model=subject.base_model,
                progress=progress,
                spending=spending,
            )
        )
        answered = _ask(project, client, subject, questions, progress)
        embedder = client
        if chosen.embedding_provider != subject.provider:
            embedder = stack.enter_context(
                ModelClient.for_provider(
                    chosen.embedding_provider, project.settings, progress=progress
                )
            )

        def embed(texts: Sequence[str]) -> np.ndarray:
            return embedder.embed(texts, model=chosen.embedding_model, progress=progress)

        return score_answers(answered, embed, chosen.seed)


def _ask(
    project: Project,
    client: ModelClient,
    subject: _Subject,
    questions: Sequence[AskedQuestion],
    progress: Progress,
) -> list[Answered]:
    """Ask both models with both system lines; first all questions with their own line."""
    limit = project.settings.evaluate.max_answer_tokens
    asked: list[tuple[AskedQuestion, Literal["example", "serving"], str]] = [
        *((each, "example", each.system) for each in questions),
        *((each, "serving", subject.serving_line) for each in questions),
    ]

    def requests_to(model: str) -> list[ChatRequest]:
        return [
            request_for(each, model=model, system=system, max_tokens=limit)
            for each, _, system in asked
        ]

    n_base = len(asked) if project.settings.evaluate.base_with_serving_line else len(questions)
    to_tuned = requests_to(subject.model)
    to_base = requests_to(subject.base_model)[:n_base]
    tuned = _chat(project, client, to_tuned, "asking the tuned model", progress)
    base = _chat(project, client, to_base, "asking the base model", progress)
    return [
        Answered(
            question=each,
            prompt=prompt,
            system=system,
            answer=tuned[at].text,
            is_cut=tuned[at].finish_reason == CUT,
            base_answer=base[at].text if at < n_base else None,
        )
        for at, (each, prompt, system) in enumerate(asked)
    ]


def _chat(
    project: Project,
    client: ModelClient,
    requests: Sequence[ChatRequest],
    what: str,
    progress: Progress,
) -> list[ChatReply]:
    """Ask one model, requests of similar length together: the server answers them in batches."""
    order = sorted(range(len(requests)), key=lambda at: (_expected_bytes(requests[at]), at))

    asked_of = what

    def renamed(what: str, done: int, total: int) -> None:
        del what
        progress(asked_of, done, total)

    replies = client.chat_many(
        [requests[at] for at in order],
        stage="evaluate",
        database=project.database,
        concurrency=project.settings.evaluate.concurrency,
        progress=renamed,
    )
    by_place = dict(zip(order, replies, strict=True))
    return [by_place[at] for at in range(len(requests))]


def _expected_bytes(request: ChatRequest) -> int:
    """Guess at a request's work; bytes, because a Hangul syllable costs three times a letter."""
    return sum(len(message.content.encode("utf-8", "replace")) for message in request.messages)


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


def _write(
    project: Project, evaluation: Evaluation, scores: Sequence[Score], serving_line: str
) -> None:
    """Write the folder beside its place, then move it there whole."""
    target = project.folder / evaluation.folder
    partial = target.with_name(f".{evaluation.id}.partial")
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        write_scores(partial / SCORES_NAME, scores)
        write_report(
            partial,
            ReportInput(
                project_name=project.name,
                language=project.settings.project.language,
                evaluation=evaluation,
                scores=tuple(scores),
                settings=project.settings.evaluate,
                serving_line=serving_line,
            ),
        )
        shutil.rmtree(target, ignore_errors=True)
        partial.replace(target)
    except OSError as error:
        shutil.rmtree(partial, ignore_errors=True)
        raise StorageError(
            f"the report cannot be written: {error.strerror}",
            where=str(target),
            fix="Free some disk space and run chatmill evaluate again; no answer is asked twice",
        ) from error
