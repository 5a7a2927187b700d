"""Carries an erasure out, step by step; killed anywhere and called again, it finishes."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from chatmill.errors import UsageError
from chatmill.frames.erasing import erase_rows
from chatmill.models.progress import Progress, no_progress
from chatmill.project import Project
from chatmill.stages.forget.elsewhere import (
    forget_in_settings,
    mark_cards,
    purge_hosted,
    purge_server,
    unfinished_trainings,
)
from chatmill.stages.forget.plan import DoomedModel, ErasurePlan, chosen_messages
from chatmill.stages.forget.versions import (
    remove_leftovers,
    remove_maps,
    remove_reports,
    rewrite_version,
)
from chatmill.store.erasures import (
    DONE,
    SWEEPING,
    Erasure,
    begin_erasure,
    move_erasure,
    unfinished_erasure,
)
from chatmill.store.purging import batch_traces, examples_citing, purge_rows, table_names
from chatmill.store.speaker_names import is_placeholder
from chatmill.store.tombstones import Burial, Person, bury
from chatmill.text.covering import NameCover

STAGE = "forget"
SourceCover = Callable[[Any], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureOutcome:
    """What an erasure did; holds no name of what was forgotten."""

    kind: str
    n_messages: int
    n_conversations: int
    """Conversations that went whole."""
    n_mentions: int
    """Messages of others in which a name was covered."""
    n_examples: int
    n_decisions: int
    versions: tuple[str, ...]
    """Dataset versions that were written anew."""
    n_reports: int
    models: tuple[DoomedModel, ...]
    """Trained on it: retrain these."""
    left: tuple[str, ...]
    """What a person has to do, in sentences."""


def forget(
    project: Project, plan: ErasurePlan, *, progress: Progress | None = None
) -> ErasureOutcome:
    """Take everything a plan names out of the project, for good.

    Args:
        project: An open project.
        plan: Made by `plan_erasure`.
        progress: Told how far it is.

    Raises:
        UsageError: A model is being trained on it at this moment.
        StorageError: Something cannot be written; the same call goes on from there.
        ProjectBusyError: Another stage is running.
    """
    with project.lock(STAGE):
        _finish(project, progress)
        running = unfinished_trainings(plan.models)
        if running:
            raise UsageError(
                "a model is being trained on it; nothing was erased",
                where=", ".join(running),
                fix="Wait until it has ended, or cancel the job, then run it again",
            )
        burial = _burial(project, plan)
        today = datetime.now(UTC).date().isoformat()
        with project.database.write(durable=True) as connection:
            bury(connection, burial)
            number = begin_erasure(connection, plan.kind, plan.to_json(), today)
        return _carry_out(project, number, plan, progress or no_progress)


def finish_erasure(project: Project, *, progress: Progress | None = None) -> ErasureOutcome | None:
    """Finish an erasure that was killed; None where there is none.

    Raises:
        StorageError: Something cannot be written; the same call goes on from there.
        ProjectBusyError: Another stage is running.
    """
    with project.lock(STAGE):
        return _finish(project, progress)


def _finish(project: Project, progress: Progress | None) -> ErasureOutcome | None:
    begun = unfinished_erasure(project.database)
    if begun is None:
        return None
    if begun.plan:
        plan = ErasurePlan.from_json(begun.plan)
        return _carry_out(project, begun.number, plan, progress or no_progress)
    _sweep(project, begun.number, progress or no_progress)
    return _outcome_of(begun)


def _carry_out(
    project: Project, number: int, plan: ErasurePlan, progress: Progress
) -> ErasureOutcome:
    plan = _with_late_examples(project, plan)
    cover = NameCover(plan.names)
    batches = batch_traces(project.database)
    progress("forgetting: rows", 0, 1)
    purge_rows(project.database, plan.row_purge(), cover.value, _room_cover(plan.room_words))
    progress("forgetting: rows", 1, 1)
    erase_rows(
        project.conversations.address,
        plan.rule,
        cover.text,
        lambda done, total: progress("forgetting: messages", done, total),
    )
    vars(project).pop("conversations", None)  # it remembers what it saw in the parts
    for done, version in enumerate(plan.versions):
        progress("forgetting: datasets", done, len(plan.versions))
        rewrite_version(project, version, plan.example_ids, plan.conversation_ids, cover)
    remove_maps(project, plan.versions, is_person=plan.kind == "person")
    progress("forgetting: reports", 0, 1)
    remove_reports(project, plan.evaluation_ids)
    remove_leftovers(project)
    mark_cards(project, plan.models)
    progress("forgetting: uploads", 0, 1)
    purge_server(plan.models, plan.versions)
    left = purge_hosted(project, plan.models, batches)
    if plan.names:
        left += forget_in_settings(project, plan.names)
    outcome = _outcome(plan, left)
    progress("forgetting: traces", 0, 1)
    move_erasure(project.database, number, SWEEPING, asdict(outcome))
    _sweep(project, number, progress)
    return outcome


def _sweep(project: Project, number: int, progress: Progress) -> None:
    """Make the database's file lose the bytes of what was deleted from it."""
    project.database.compact(table_names())
    progress("forgetting: traces", 1, 2)
    move_erasure(project.database, number, DONE)
    progress("forgetting: traces", 2, 2)


def _with_late_examples(project: Project, plan: ErasurePlan) -> ErasurePlan:
    """Add examples that another stage made after the plan, before its messages went."""
    messages = chosen_messages(project, plan)
    late = examples_citing(project.database, plan.conversation_ids, messages)
    return replace(plan, example_ids=tuple(dict.fromkeys((*plan.example_ids, *late))))


def _burial(project: Project, plan: ErasurePlan) -> Burial:
    """Say what to leave tombstones for: people by name in their rooms, and each of their messages.

    The name stands for whoever bears it; the messages are known again under any name, such as
    that which another phone's export has.
    """
    people = {
        Person(name=each.speaker, conversation_id=each.conversation_id)
        for each in plan.speakers
        if not is_placeholder(each.speaker)
    }
    is_person = plan.kind == "person"
    return Burial(
        conversation_ids=frozenset(plan.conversation_ids),
        people=frozenset(people),
        message_ids=chosen_messages(project, plan) if is_person else {},
        before=plan.before,
    )


def _room_cover(words: tuple[str, ...]) -> SourceCover:
    """Cover what a forgotten room is called in the name of the file it came from."""

    def cover(text: str) -> str:
        for word in sorted(words, key=len, reverse=True):
            text = text.replace(word, "○" * len(word))
        return text

    return cover


def _outcome(plan: ErasurePlan, left: list[str]) -> ErasureOutcome:
    return ErasureOutcome(
        kind=plan.kind,
        n_messages=plan.n_messages,
        n_conversations=len(plan.conversation_ids),
        n_mentions=plan.n_mentions,
        n_examples=len(plan.example_ids),
        n_decisions=plan.counts.get("decisions", 0),
        versions=tuple(each.name for each in plan.versions),
        n_reports=len(plan.evaluation_ids),
        models=plan.models,
        left=tuple(left),
    )


def _outcome_of(begun: Erasure) -> ErasureOutcome:
    record = begun.outcome
    models = tuple(DoomedModel(**each) for each in record["models"])
    lists = {"versions": tuple(record["versions"]), "left": tuple(record["left"])}
    return ErasureOutcome(**{**record, **lists, "models": models})
