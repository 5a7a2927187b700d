"""What the API answers about dataset versions, fine-tuning jobs and evaluations."""

from typing import Literal

from pydantic import BaseModel

from chatmill.frames.score_pages import AskedRow
from chatmill.metrics.groups import group_of
from chatmill.metrics.intervals import MeanEstimate
from chatmill.records import DatasetVersion, Score, TuningJob
from chatmill.stages.evaluate import Neighbour, SummaryLine
from chatmill.stages.versions import ChangedExample, ExampleWords, VersionAbout
from chatmill.web.views import PairText
from chatmill.web.work_views import RoundView

VerdictName = Literal["followed", "partly", "not followed"]
SplitName = Literal["train", "validation", "test", "paraphrase"]
GroupName = Literal["trained", "held-out", "unseen"]


class DatasetView(BaseModel):
    """A version and the examples in each split."""

    name: str
    fingerprint: str
    n_examples: dict[str, int]


class DatasetsView(BaseModel):
    """Versions, newest first."""

    versions: list[DatasetView]
    n_versions: int


class FileView(BaseModel):
    """A file of a version; personal data in it is masked as it was built."""

    name: str
    n_bytes: int
    n_lines: int | None


class DatasetAboutView(BaseModel):
    """What a version says of itself."""

    dataset: DatasetView
    files: list[FileView]
    languages: dict[str, int]
    masked: dict[str, int]
    card: str


class WordsView(BaseModel):
    """An example as it stands in a version."""

    split: SplitName
    system: str
    turns: list[PairText]


class ChangeView(BaseModel):
    """An example two versions differ in."""

    example_id: str
    kind: Literal["added", "removed", "changed"]
    before: WordsView | None
    after: WordsView | None


class DiffView(BaseModel):
    """Some of what two versions differ in."""

    earlier: str
    later: str
    n_same: int
    n_added: int
    n_removed: int
    n_changed: int
    changes: list[ChangeView]


class JobView(BaseModel):
    """A fine-tuning job of the project."""

    id: str
    provider: str
    base_model: str
    dataset: str
    status: str
    n_epochs: int | Literal["auto"]
    batch_size: int | Literal["auto"]
    learning_rate_multiplier: float | Literal["auto"]
    fine_tuned_model: str | None
    trained_tokens: int | None
    error: str | None
    adapter_sha256: str | None
    has_card: bool


class LossView(BaseModel):
    """The losses of one step."""

    step: int
    train_loss: float | None
    valid_loss: float | None


class JobAboutView(BaseModel):
    """A job, its card, and how its loss went; at most 200 points, evenly chosen."""

    job: JobView
    card: str
    losses: list[LossView]
    n_losses: int
    total_steps: int | None
    messages: list[str]
    is_live: bool


class EstimateView(BaseModel):
    """A mean and its interval; no interval where there are too few conversations."""

    mean: float
    low: float | None
    high: float | None


class LineView(BaseModel):
    """One language in one group of questions."""

    language: str
    group: GroupName
    n: int
    tuned: EstimateView
    base: EstimateView | None
    serving: EstimateView | None
    shuffled: EstimateView | None
    nearest: EstimateView | None
    n_followed: int
    n_partly: int
    n_not_followed: int


class EvaluationView(BaseModel):
    """An evaluation with its summary."""

    round: RoundView
    lines: list[LineView]
    languages: list[str]


class QuestionView(BaseModel):
    """One row of the table beside the plot."""

    key: int
    example_id: str
    turn: int
    split: SplitName
    group: GroupName
    language: str
    question: str
    cosine: float
    base_cosine: float | None
    verdict: VerdictName


class QuestionsView(BaseModel):
    """Some of the questions that match."""

    questions: list[QuestionView]
    n_matching: int


class QuestionAboutView(BaseModel):
    """One question with everything that was answered."""

    question: QuestionView
    system: str
    reference: str
    answer: str
    base_answer: str | None
    served_answer: str | None
    served_cosine: float | None
    nearest_cosine: float | None
    facts: float | None
    polarity: bool
    rouge_l: float
    is_cut: bool
    may_return: bool
    """Whether its own example is trained on, so that it can be sent to review."""
    status: str
    """Of its example now; empty where it is gone."""


class NeighbourView(BaseModel):
    """A trained question near the one that was asked."""

    example_id: str
    turn: int
    question: str
    answer: str
    cosine: float
    status: str


class ReturnedExamplesView(BaseModel):
    """What was sent to review, by example id."""

    queued: list[str]
    known: list[str]
    """Were sent back by this evaluation before."""
    left: list[str]
    """Are not kept at the moment, so nothing changes for them."""


def dataset_view(version: DatasetVersion) -> DatasetView:
    """Lay out a version."""
    return DatasetView(
        name=version.name, fingerprint=version.fingerprint, n_examples=version.n_examples
    )


def about_view(about: VersionAbout) -> DatasetAboutView:
    """Lay out what a version says of itself."""
    return DatasetAboutView(
        dataset=dataset_view(about.version),
        files=[
            FileView(name=each.name, n_bytes=each.n_bytes, n_lines=each.n_lines)
            for each in about.files
        ],
        languages=about.languages,
        masked=about.masked,
        card=about.card,
    )


def change_view(change: ChangedExample) -> ChangeView:
    """Lay out one difference."""
    return ChangeView(
        example_id=change.example_id,
        kind=change.kind,
        before=_words(change.before),
        after=_words(change.after),
    )


def _words(words: ExampleWords | None) -> WordsView | None:
    if words is None:
        return None
    turns = [PairText(question=turn.question, answer=turn.answer) for turn in words.turns]
    return WordsView(split=words.split, system=words.system, turns=turns)


def job_view(job: TuningJob, *, has_card: bool) -> JobView:
    """Lay out a job."""
    return JobView(
        id=job.id,
        provider=job.provider,
        base_model=job.base_model,
        dataset=job.dataset,
        status=job.status,
        n_epochs=job.hyperparameters.n_epochs,
        batch_size=job.hyperparameters.batch_size,
        learning_rate_multiplier=job.hyperparameters.learning_rate_multiplier,
        fine_tuned_model=job.fine_tuned_model,
        trained_tokens=job.trained_tokens,
        error=job.error,
        adapter_sha256=job.adapter_sha256,
        has_card=has_card,
    )


def line_view(line: SummaryLine) -> LineView:
    """Lay out one line of a summary."""
    tuned = _estimate(line.tuned)
    return LineView(
        language=line.language,
        group=line.group,
        n=line.n,
        tuned=tuned or EstimateView(mean=line.tuned.mean, low=None, high=None),
        base=_estimate(line.base),
        serving=_estimate(line.serving),
        shuffled=_estimate(line.shuffled),
        nearest=_estimate(line.nearest),
        n_followed=line.n_followed,
        n_partly=line.n_partly,
        n_not_followed=line.n_not_followed,
    )


def _estimate(estimate: MeanEstimate | None) -> EstimateView | None:
    if estimate is None:
        return None
    return EstimateView(mean=estimate.mean, low=estimate.low, high=estimate.high)


def question_view(row: AskedRow) -> QuestionView:
    """Lay out one question."""
    score = row.score
    return QuestionView(
        key=row.key,
        example_id=score.example_id,
        turn=score.turn,
        split=score.split,
        group=group_of(score.split),
        language=score.language,
        question=score.question,
        cosine=score.cosine,
        base_cosine=score.base_cosine,
        verdict=score.verdict,
    )


def question_about_view(row: AskedRow, served: Score | None, status: str) -> QuestionAboutView:
    """Lay out one question with everything that was answered."""
    score = row.score
    return QuestionAboutView(
        question=question_view(row),
        system=score.system,
        reference=score.reference,
        answer=score.answer,
        base_answer=None if score.base_cosine is None else score.base_answer,
        served_answer=served.answer if served else None,
        served_cosine=served.cosine if served else None,
        nearest_cosine=score.nearest_cosine,
        facts=score.facts,
        polarity=score.polarity,
        rouge_l=score.rouge_l,
        is_cut=score.is_cut,
        may_return=group_of(score.split) != "unseen",
        status=status,
    )


def neighbour_view(neighbour: Neighbour, status: str) -> NeighbourView:
    """Lay out a trained question."""
    return NeighbourView(
        example_id=neighbour.example_id,
        turn=neighbour.turn,
        question=neighbour.question,
        answer=neighbour.answer,
        cosine=neighbour.cosine,
        status=status,
    )
