"""Evaluating a file of chats with any server's model, without a project."""

import hashlib
import json
import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from chatmill import __version__
from chatmill.errors import SettingsError, StorageError
from chatmill.frames.scores import SCORES_NAME, read_scores
from chatmill.models.client import ModelClient
from chatmill.models.progress import Progress, no_progress
from chatmill.models.spending import Spending
from chatmill.records import Evaluation, Rejection, Score
from chatmill.settings import ProviderSettings, Settings
from chatmill.stages.evaluate.asking import Respondents, ask
from chatmill.stages.evaluate.chat_file import ChatFile, read_chat_file
from chatmill.stages.evaluate.embedding import embedder_name, open_embedding
from chatmill.stages.evaluate.measuring import MetricChoice, chosen_metrics
from chatmill.stages.evaluate.opinions import Advisor, judge_answers, reword
from chatmill.stages.evaluate.phrasings import phrasings_of
from chatmill.stages.evaluate.questions import AskedQuestion, sample_questions
from chatmill.stages.evaluate.report import ReportInput
from chatmill.stages.evaluate.scoring import ScoredAnswers, score_answers
from chatmill.stages.evaluate.writing import write_evaluation
from chatmill.store.database import Database, sqlite_url

GIVEN = "given"
"""Name of the provider whose address was given instead of a project."""
REPORT_FOLDER = "report"
REPLIES_NAME = "replies.db"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileTarget:
    """What is evaluated, by whom, and where the results go."""

    file: Path
    model: str
    base_model: str = ""
    """Asked beside it; none when empty."""
    serving_line: str = ""
    """Every question is asked with this line too; not when empty."""
    train_file: Path | None = None
    """What the model was trained on: its questions count as trained, and the plain baseline
    answers with the nearest of them."""
    folder: Path
    """Replies and report lie here; a second run asks only what is missing."""
    sample: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEvaluation:
    """What came of it."""

    evaluation: Evaluation
    scores: tuple[Score, ...]
    rejections: tuple[Rejection, ...]
    report: Path
    """The folder of the report."""
    seconds: float


def settings_for(base_url: str, api_key_env: str, settings: Settings | None = None) -> Settings:
    """Return settings whose chat models answer at an address; without one, on this machine.

    Args:
        base_url: Up to and including /v1; empty for this machine's server.
        api_key_env: Environment variable that holds the key; may be empty.
        settings: To start from.
    """
    settings = settings or Settings()
    if not base_url:
        return settings
    given = ProviderSettings(base_url=base_url, api_key_env=api_key_env, trusted=True)
    return replace(
        settings,
        providers={**settings.providers, GIVEN: given},
        train=replace(settings.train, provider=GIVEN),
    )


def read_run(place: Path) -> list[Score]:
    """Read the scores of an earlier run.

    Args:
        place: Its scores.parquet, its report's folder, or the folder it was written to.

    Raises:
        StorageError: There are none.
    """
    for each in (place, place / SCORES_NAME, place / REPORT_FOLDER / SCORES_NAME):
        if each.is_file():
            return read_scores(each)
    raise StorageError(
        "there is no earlier run", where=str(place), fix=f"Name a folder with {SCORES_NAME}"
    )


def evaluate_file(
    target: FileTarget,
    settings: Settings,
    *,
    progress: Progress | None = None,
    spending: Spending | None = None,
) -> FileEvaluation:
    """Ask a model every question of a chat file and score the answers.

    Args:
        target: What, whom and where.
        settings: `[evaluate]`, and where the models answer; see `settings_for`.
        progress: Told how far it is.
        spending: How calls may use stored replies and money.

    Raises:
        UnreadableFileError: The file has no question.
        SettingsError: No model is named.
        MeasureError: No two questions have different answers.
        ModelError: The server cannot be reached or refuses.
        StorageError: The folder cannot be written.
    """
    began = time.monotonic()
    report = progress or no_progress
    if not target.model:
        raise SettingsError("no model to ask", where="--model", fix="Name one: --model NAME")
    chats = read_chat_file(target.file)
    known, questions = _trained(target, chats)
    if target.sample is not None:
        questions = sample_questions(questions, target.sample, settings.evaluate.seed)
    metrics = chosen_metrics(settings.evaluate, Path.cwd())
    database = _open_replies(target.folder)
    try:
        advisor = Advisor(settings=settings, database=database, spending=spending, progress=report)
        scored = _ask_and_score(target, advisor, questions, known, metrics)
    finally:
        database.close()
    evaluation = _describe(target, settings, chats, scored)
    given = ReportInput(
        project_name=target.file.name,
        language=settings.project.language,
        evaluation=evaluation,
        scores=scored.scores,
        columns=scored.columns,
        settings=settings.evaluate,
        serving_line=target.serving_line,
    )
    write_evaluation(target.folder / REPORT_FOLDER, given)
    return FileEvaluation(
        evaluation=evaluation,
        scores=scored.scores,
        rejections=chats.rejections,
        report=target.folder / REPORT_FOLDER,
        seconds=time.monotonic() - began,
    )


def _trained(
    target: FileTarget, chats: ChatFile
) -> tuple[list[AskedQuestion], list[AskedQuestion]]:
    """Return the trained questions that are not asked, and the asked ones with their split."""
    if target.train_file is None:
        return [], list(chats.questions)
    trained = read_chat_file(target.train_file, "train").questions
    pairs = {(each.question, each.reference) for each in trained}
    asked = [
        replace(each, split="train") if (each.question, each.reference) in pairs else each
        for each in chats.questions
    ]
    present = {(each.question, each.reference) for each in asked}
    return [e for e in trained if (e.question, e.reference) not in present], asked


def _open_replies(folder: Path) -> Database:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"cannot be written: {error.strerror}", where=str(folder), fix="Choose --output"
        ) from error
    return Database.open(sqlite_url(folder / REPLIES_NAME), schema="project")


def _ask_and_score(
    target: FileTarget,
    advisor: Advisor,
    questions: list[AskedQuestion],
    known: list[AskedQuestion],
    metrics: MetricChoice,
) -> ScoredAnswers:
    settings, chosen = advisor.settings, advisor.settings.evaluate
    phrasings = phrasings_of(questions, chosen.phrasings, chosen.seed)
    if "model" in chosen.phrasings:
        phrasings += reword(advisor, questions)
    with ExitStack() as stack:
        client = stack.enter_context(
            ModelClient.for_provider(
                settings.train.provider,
                settings,
                base_model=target.base_model or None,
                progress=advisor.progress,
                spending=advisor.spending,
            )
        )
        respondents = Respondents(
            client=client,
            database=advisor.database,
            model=target.model,
            base_model=target.base_model,
            serving_line=target.serving_line,
            settings=chosen,
        )
        answered = ask(respondents, questions, phrasings, advisor.progress)
        embed = open_embedding(stack, settings, client, advisor.progress)
        scored = score_answers(answered, embed, chosen.seed, metrics=metrics, known=known)
    if chosen.judge_model:
        scored = scored.with_column("judge", judge_answers(advisor, answered))
    return scored


def _describe(
    target: FileTarget, settings: Settings, chats: ChatFile, scored: ScoredAnswers
) -> Evaluation:
    determining = [__version__, chats.digest, target.model, target.base_model, target.sample]
    digest = hashlib.sha256(json.dumps(determining).encode()).hexdigest()[:10]
    return Evaluation(
        id=f"{target.file.stem}-{digest}",
        dataset=target.file.name,
        job_id="",
        model=target.model,
        base_model=target.base_model,
        embedder=embedder_name(settings.evaluate),
        shuffled_floor=scored.shuffled_floor,
        followed_from=scored.thresholds.followed_from,
        partly_from=scored.thresholds.partly_from,
        n_not_followed=sum(
            each.verdict == "not followed" for each in scored.scores if each.prompt == "example"
        ),
        folder=str(target.folder / REPORT_FOLDER),
    )
