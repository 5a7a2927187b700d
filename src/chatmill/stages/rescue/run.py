"""The stage itself: save the account first, then ask what has to be paid for."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from chatmill.errors import UnreadableFileError
from chatmill.models.accounts import CallsAccount
from chatmill.models.client import ModelClient
from chatmill.models.hosted_account import Entry
from chatmill.models.progress import Progress, no_progress
from chatmill.models.providers import open_endpoint, require_trusted
from chatmill.models.spending import Spending
from chatmill.project import Project
from chatmill.stages.rescue.asking import (
    AnsweredModel,
    AskedModel,
    QuestionSplit,
    RescueQuestion,
    questions_of,
    write_answers,
)
from chatmill.stages.rescue.folder import RescueFolder
from chatmill.stages.rescue.saving import MissingItem, SavedAccount, save_account


@dataclass(frozen=True, slots=True, kw_only=True)
class Rescue:
    """What a rescue brought."""

    folder: Path
    n_files: int
    """Whose content is saved."""
    n_jobs: int
    n_models: int
    """Tuned models that may be asked."""
    models: tuple[AnsweredModel, ...]
    """Those that were asked."""
    account: CallsAccount | None
    """Of the questions; None where none were asked."""
    missing: tuple[MissingItem, ...]
    """What the server did not give, or holds no question; tried again by the next run."""

    @property
    def n_unanswered(self) -> int:
        """Questions that have no answer yet."""
        return sum(each.n_questions - each.n_answered for each in self.models)


def rescue(  # noqa: PLR0913 - each option by its name
    project: Project,
    provider: str,
    *,
    folder: Path | None = None,
    questions: Path | None = None,
    is_asking: bool = True,
    progress: Progress | None = None,
    spending: Spending | None = None,
) -> Rescue:
    """Save what an account holds, then record what its tuned models answer.

    Killed or refused anywhere, the next run goes on: what is saved is not fetched again, what is
    answered is not paid again.

    Args:
        project: Whose reply store and limits of money are used.
        provider: Name of a section, or of a profile (`openai`) that needs none.
        folder: Where it is saved; `rescue/PROVIDER` in the project when None.
        questions: Asked of every model in place of its training and validation files.
        is_asking: Ask the models; saving alone sends nothing and needs no trust.
        progress: Told how far it is.
        spending: How calls may use stored replies and money; as `[spend]` says when None.

    Raises:
        SettingsError: There is no such provider, or its key is missing.
        UntrustedProviderError: Questions are to be sent to a provider that is not trusted; the
            account is saved by then.
        SpendError: The questions cost too much or were not confirmed; the account is saved.
        ModelError: The account cannot be listed, or nothing more is answered.
        StorageError: The folder cannot be written.
    """
    report = progress or no_progress
    kept = RescueFolder(folder or project.folder / "rescue" / provider)
    endpoint = open_endpoint(provider, project.settings, is_read_only=True)
    paying = spending or Spending.from_settings(project.settings)
    own = _read_questions(questions) if questions else None
    with (
        project.lock("rescue"),
        ModelClient(endpoint, replace(paying, asks_unpriced=True)) as client,
    ):
        saved = save_account(client, kept, report)
        asked, missing = _to_ask(saved, kept, own)
        kept.write_manifest(endpoint.base_url, [asdict(each) for each in missing])
        result = Rescue(
            folder=kept.root,
            n_files=len(saved.places),
            n_jobs=len(saved.jobs),
            n_models=len(asked),
            models=(),
            account=None,
            missing=missing,
        )
        if not is_asking or not any(each.questions for each in asked):
            return result
        require_trusted(provider, project.settings)
        limit = project.settings.evaluate.max_answer_tokens
        answers = client.ask_many(
            [request for each in asked for request in each.requests(limit)],
            stage="rescue",
            database=project.database,
            progress=report,
        )
        models = tuple(write_answers(kept, asked, answers))
        kept.write_manifest(endpoint.base_url, [asdict(each) for each in missing])
    if answers.stopped_by is not None:
        raise answers.stopped_by
    return replace(result, models=models, account=answers.account)


def _to_ask(
    saved: SavedAccount, folder: RescueFolder, own: Sequence[RescueQuestion] | None
) -> tuple[list[AskedModel], tuple[MissingItem, ...]]:
    """Choose each tuned model's questions: its own files', or those that were given."""
    asked: list[AskedModel] = []
    missing = list(saved.missing)
    for job in saved.jobs:
        model = job.get("fine_tuned_model")
        if not isinstance(model, str) or not model:
            continue
        if own is not None:
            found = list(own)
        else:
            found, problems = _questions_of_job(job, saved, folder)
            missing += [
                MissingItem(kind="questions", id=model, reason=reason) for reason in problems
            ]
        different = {each.id: each for each in reversed(found)}
        questions = [different[each.id] for each in found if different[each.id] is each]
        asked.append(AskedModel(model=model, job_id=str(job.get("id", "")), questions=questions))
    return asked, tuple(missing)


def _questions_of_job(
    job: Entry, saved: SavedAccount, folder: RescueFolder
) -> tuple[list[RescueQuestion], list[str]]:
    questions: list[RescueQuestion] = []
    problems: list[str] = []
    fields: tuple[tuple[str, QuestionSplit], ...] = (
        ("training_file", "train"),
        ("validation_file", "validation"),
    )
    for field, split in fields:
        file_id = job.get(field)
        if not isinstance(file_id, str):
            continue
        if file_id not in saved.places:
            problems.append(f"its {field} {file_id} could not be saved")
            continue
        found, unusable = questions_of(folder.read(saved.places[file_id]), split, file_id)
        questions += found
        problems += unusable
    return questions, problems


def _read_questions(path: Path) -> list[RescueQuestion]:
    """Read a file of questions somebody hands us; it must be right from the first line.

    Raises:
        UnreadableFileError: It cannot be read, or a line holds no question.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UnreadableFileError(f"cannot be read: {error.strerror}", where=str(path)) from error
    questions, problems = questions_of(content, "questions", path.name)
    if problems or not questions:
        raise UnreadableFileError(
            problems[0] if problems else "holds no question",
            where=str(path),
            fix='Give one {"messages": […]} or {"question": "…"} a line',
        )
    return questions
