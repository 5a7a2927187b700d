"""Says what an erasure takes, before anything is touched."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from chatmill.frames.erasing import RowRule, SpeakerRule, scan_rows
from chatmill.project import Project
from chatmill.stages.forget.elsewhere import files_that_hold
from chatmill.stages.forget.versions import DoomedVersion, doomed_version
from chatmill.stages.forget.who import Kind, Target, Wish, find_target, unknown_person
from chatmill.store.datasets import list_datasets
from chatmill.store.evaluations import list_evaluations
from chatmill.store.jobs import list_jobs
from chatmill.store.purging import RowPurge, count_rows, examples_citing
from chatmill.text.covering import NameCover

MOST_SAMPLES = 5
SAMPLE_CHARACTERS = 80
MOST_WORDS = 50
"""Texts of a conversation by which files that hold it are found."""
LEAST_WORD_CHARACTERS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class DoomedModel:
    """A model that was trained on what is forgotten."""

    job_id: str
    provider: str
    model: str
    """Empty where the job has none (yet)."""
    dataset: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasurePlan:
    """Everything an erasure takes; holds names, so it is kept only while it runs."""

    kind: Kind
    conversation_ids: tuple[str, ...]
    """Conversations that go whole."""
    touched_ids: tuple[str, ...]
    """Conversations that lose some messages."""
    speakers: tuple[SpeakerRule, ...]
    before: str
    names: tuple[str, ...]
    """What is covered where others wrote it."""
    room_words: tuple[str, ...]
    """What forgotten rooms are called; covered in the names of imported files."""
    example_ids: tuple[str, ...]
    versions: tuple[DoomedVersion, ...]
    evaluation_ids: tuple[str, ...]
    models: tuple[DoomedModel, ...]
    files_elsewhere: tuple[str, ...]
    """Files in the project's folder that are not chatmill's and hold it too."""
    n_messages: int
    n_undated: int
    """Messages without a date, which no age takes."""
    n_mentions: int
    """Messages of others in which the name is covered."""
    mentions: tuple[str, ...]
    """The first of them."""
    counts: Mapping[str, int]
    """Rows by table."""
    is_buried: bool = False
    """It was forgotten before."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to forget."""
        has_rows = self.n_messages or self.n_mentions or self.example_ids
        return not (has_rows or self.versions or self.evaluation_ids)

    @property
    def rule(self) -> RowRule:
        """Which messages go."""
        return RowRule(
            conversation_ids=frozenset(self.conversation_ids),
            speakers=self.speakers,
            before=self.before,
        )

    def row_purge(self) -> RowPurge:
        """Which rows go."""
        return RowPurge(
            example_ids=self.example_ids,
            conversation_ids=self.conversation_ids,
            touched_ids=self.touched_ids,
            evaluation_ids=self.evaluation_ids,
            people=[(each.conversation_id, each.speaker) for each in self.speakers],
        )

    def to_json(self) -> dict[str, Any]:
        """Write it down, to be finished by a later run."""
        return asdict(self)

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> "ErasurePlan":
        """Read what `to_json` wrote."""
        values: dict[str, Any] = {
            key: tuple(v) if isinstance(v, list) else v for key, v in record.items()
        }
        values["speakers"] = tuple(SpeakerRule(**each) for each in record["speakers"])
        values["models"] = tuple(DoomedModel(**each) for each in record["models"])
        values["versions"] = tuple(DoomedVersion.from_json(each) for each in record["versions"])
        return cls(**values)


def plan_erasure(project: Project, wish: Wish) -> ErasurePlan:
    """Find everything that an erasure would take, and change nothing.

    Args:
        project: An open project.
        wish: What is to be forgotten.

    Raises:
        UsageError: Nobody and nothing is called so.
        StorageError: Something cannot be read.
    """
    target = find_target(project, wish)
    found = _look(project, target)
    message_ids = {key: ids for key, ids in found.message_ids.items() if ids}
    example_ids = examples_citing(project.database, target.rule.conversation_ids, message_ids)
    cover = NameCover(target.names)
    versions = _versions(project, target, example_ids, cover)
    models = _models(project, {each.name for each in versions})
    plan = ErasurePlan(
        kind=target.kind,
        conversation_ids=tuple(sorted(target.rule.conversation_ids)),
        touched_ids=tuple(sorted(message_ids.keys() - target.rule.conversation_ids)),
        speakers=target.rule.speakers,
        before=target.rule.before,
        names=target.names,
        room_words=tuple(sorted(found.room_words)),
        example_ids=tuple(example_ids),
        versions=versions,
        evaluation_ids=_evaluations(project, versions, models),
        models=models,
        files_elsewhere=files_that_hold(project, found.words or target.names),
        n_messages=found.n_messages,
        n_undated=found.n_undated if target.rule.before else 0,
        n_mentions=found.n_mentions,
        mentions=tuple(found.mentions),
        counts={},
        is_buried=target.is_buried,
    )
    if wish.who and plan.is_empty and not plan.is_buried:
        raise unknown_person(project, wish.who)
    return replace(plan, counts=asdict(count_rows(project.database, plan.row_purge())))


class _Look:
    """What a scan over all messages finds."""

    def __init__(self) -> None:
        self.message_ids: dict[str, set[str]] = {}
        self.room_words: set[str] = set()
        self.words: list[str] = []
        self.n_messages = self.n_undated = self.n_mentions = 0
        self.mentions: list[str] = []


def chosen_messages(project: Project, plan: ErasurePlan) -> dict[str, frozenset[str]]:
    """Return the single messages of people that go, by conversation; whole rooms left out."""
    found: dict[str, set[str]] = {}
    for row in scan_rows(project.conversations.address, plan.rule):
        if row.is_chosen and row.conversation_id not in plan.conversation_ids:
            found.setdefault(row.conversation_id, set()).add(row.message_id)
    return {key: frozenset(ids) for key, ids in found.items()}


def _look(project: Project, target: Target) -> _Look:
    found = _Look()
    cover = NameCover(target.names)
    rooms = target.rule.conversation_ids
    for row in scan_rows(project.conversations.address, target.rule):
        found.n_undated += not row.is_dated
        if row.is_chosen:
            found.n_messages += 1
            found.message_ids.setdefault(row.conversation_id, set()).add(row.message_id)
            if row.conversation_id in rooms:
                key = row.conversation_id.partition(":")[2] or row.conversation_id
                found.room_words |= {word for word in (row.title, key) if len(word) > 1}
                _take_word(found, row.text)
        elif target.names and cover.count(f"{row.speaker}\n{row.text}"):
            found.n_mentions += 1
            if len(found.mentions) < MOST_SAMPLES:
                words = " ".join(row.text.split())[:SAMPLE_CHARACTERS]
                found.mentions.append(f"{row.speaker}: {words}")
    if target.names:
        found.words = list(target.names)
    return found


def _take_word(found: _Look, text: str) -> None:
    line = text.strip().split("\n", 1)[0].strip()
    if len(line) >= LEAST_WORD_CHARACTERS and len(found.words) < MOST_WORDS:
        found.words.append(line)


def _versions(
    project: Project, target: Target, example_ids: Iterable[str], cover: NameCover
) -> tuple[DoomedVersion, ...]:
    gone = frozenset(example_ids)
    found = (
        doomed_version(project, each, gone, target.rule.conversation_ids, cover)
        for each in list_datasets(project.database)
    )
    return tuple(each for each in found if each is not None)


def _models(project: Project, versions: set[str]) -> tuple[DoomedModel, ...]:
    return tuple(
        DoomedModel(
            job_id=job.id,
            provider=job.provider,
            model=job.fine_tuned_model or "",
            dataset=job.dataset,
        )
        for job in list_jobs(project.database)
        if job.dataset in versions
    )


def _evaluations(
    project: Project, versions: Iterable[DoomedVersion], models: Iterable[DoomedModel]
) -> tuple[str, ...]:
    """Name the evaluations that asked about it, or asked a model that was trained on it."""
    names = {each.name for each in versions}
    tuned = {each.model for each in models if each.model}
    return tuple(
        each.id
        for each in list_evaluations(project.database)
        if each.dataset in names or each.model in tuned
    )
