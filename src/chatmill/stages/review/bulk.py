"""Keep, reject or undo many examples at once: one step, and one decision an example in the log."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import sqlalchemy as sa

from chatmill.errors import ReviewConflictError, UsageError
from chatmill.project import Project
from chatmill.records import Decision, Status
from chatmill.stages.review.deciding import require_uuid
from chatmill.stages.review.steps import has_new_words, id_in_step, restoring
from chatmill.stages.review.words import check_again
from chatmill.store.choosing import Choice, choose_ids
from chatmill.store.decisions import append_step, newest_on, states_on, step_on
from chatmill.store.double_reviews import is_chosen
from chatmill.store.leases import drop_lease

BulkAction = Literal["keep", "reject", "undo"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkSummary:
    """What one step over many examples did."""

    batch: str
    """The step's id: undo takes all of it back."""
    action: BulkAction
    example_ids: tuple[str, ...]
    """Examples decided about."""
    n_left: int
    """Examples that were so already, had nothing to take back, or need two people's looks."""


def chosen_examples(project: Project, choice: Choice) -> list[str]:
    """Return the ids of a choice, as far as one step reaches.

    Raises:
        UsageError: There are more than one step may change.
    """
    most = project.settings.review.bulk_most
    ids = choose_ids(project.database, choice, most=most + 1)
    if len(ids) > most:
        raise UsageError(
            f"more than {most:,} examples are chosen",
            fix="Choose fewer, or raise [review] bulk_most",
        )
    return ids


def known_step(project: Project, batch: str) -> list[str]:
    """Return the ids of the examples a step decided about; none where it never was."""
    with project.database.read() as connection:
        return [each.example_id for each in step_on(connection, batch)]


def decide_many(  # noqa: PLR0913 - what one step is made of
    project: Project,
    example_ids: Sequence[str],
    action: BulkAction,
    *,
    batch: str,
    reviewer: str,
    reason: str = "",
) -> BulkSummary:
    """Decide about many examples in one step; sending it again changes nothing.

    Each example gets its own decision in the log; what is as wanted already gets none, nor does
    what two people are to look at, each for themselves. `undo` takes back the newest decision
    about each example, whoever made it.

    Args:
        project: Where they are.
        example_ids: Which; unknown and superseded ones are left out.
        action: What to do.
        batch: A UUID the caller chose; the decisions share it.
        reviewer: Who decides.
        reason: Why.

    Raises:
        UsageError: No such action, no UUID, or too many examples.
    """
    if action not in get_args(BulkAction):
        raise UsageError(f"no action {action!r}", fix="Use keep, reject or undo")
    require_uuid(batch)
    if len(example_ids) > project.settings.review.bulk_most:
        raise UsageError("too many examples at once", fix="Choose fewer")
    with project.database.write() as connection:
        made = step_on(connection, batch)
        if not made:
            wanted = _without_second_looks(project, example_ids)
            made = (
                _taking_back(connection, wanted, batch, reviewer)
                if action == "undo"
                else _deciding(connection, wanted, action, batch, reviewer, reason)
            )
            _append(connection, made)
    check_again(project, [each.example_id for each in made if has_new_words(each)])
    ids = tuple(each.example_id for each in made)
    return BulkSummary(
        batch=batch, action=action, example_ids=ids, n_left=len(set(example_ids) - set(ids))
    )


def decide_on_choice(  # noqa: PLR0913 - what one step is made of
    project: Project,
    choice: Choice,
    action: BulkAction,
    *,
    n_expected: int,
    batch: str,
    reviewer: str,
    reason: str = "",
) -> BulkSummary:
    """Decide about all examples of a choice; see `decide_many`.

    Raises:
        ReviewConflictError: There are not as many any more as the reviewer saw.
    """
    require_uuid(batch)
    with project.database.read() as connection:
        known = step_on(connection, batch)
    ids = [each.example_id for each in known] or chosen_examples(project, choice)
    if len(ids) != n_expected and not known:
        raise ReviewConflictError(
            f"{len(ids):,} examples are chosen now, not {n_expected:,}",
            fix="Look at the list again",
        )
    return decide_many(project, ids, action, batch=batch, reviewer=reviewer, reason=reason)


def keep_one(  # noqa: PLR0913 - what one step is made of
    project: Project,
    kept_id: str,
    rejected_ids: Sequence[str],
    *,
    batch: str,
    reviewer: str,
    reason: str = "",
) -> BulkSummary:
    """Keep one example of a cluster and reject others of it, in one step; as `decide_many`.

    Raises:
        UsageError: No UUID, too many examples, or the one to keep is among the others.
    """
    require_uuid(batch)
    if kept_id in rejected_ids:
        raise UsageError("one example cannot be kept and rejected", where=kept_id)
    if len(rejected_ids) >= project.settings.review.bulk_most:
        raise UsageError("too many examples at once", fix="Choose fewer")
    with project.database.write() as connection:
        made = step_on(connection, batch)
        if not made:
            kept = _without_second_looks(project, [kept_id])
            rejected = _without_second_looks(project, rejected_ids)
            made = [
                *_deciding(connection, kept, "keep", batch, reviewer, ""),
                *_deciding(connection, rejected, "reject", batch, reviewer, reason),
            ]
            _append(connection, made)
    ids = tuple(each.example_id for each in made)
    n_left = len({kept_id, *rejected_ids} - set(ids))
    return BulkSummary(batch=batch, action="keep", example_ids=ids, n_left=n_left)


def undo_step(project: Project, batch: str, *, reviewer: str, undo_id: str) -> BulkSummary:
    """Take back what still holds of one step, whoever made it; sending it again changes nothing.

    Raises:
        UsageError: There is no such step.
    """
    require_uuid(undo_id)
    with project.database.write() as connection:
        targets = step_on(connection, batch)
        if not targets:
            raise UsageError(f"no step {batch}")
        made = step_on(connection, undo_id)
        if not made:
            ids = [each.example_id for each in targets]
            states, newest = states_on(connection, ids), newest_on(connection, ids)
            holding = [
                each
                for each in targets
                if newest[each.example_id].id == each.id
                and states.get(each.example_id) == each.after
            ]
            made = restoring(holding, reviewer, undo_id, reason="undo", as_one=True)
            _append(connection, made)
    check_again(project, [each.example_id for each in made if has_new_words(each)])
    return BulkSummary(
        batch=undo_id,
        action="undo",
        example_ids=tuple(each.example_id for each in made),
        n_left=len(targets) - len(made),
    )


def _without_second_looks(project: Project, example_ids: Sequence[str]) -> list[str]:
    """Leave out what two people are to look at, each for themselves."""
    share = project.settings.review.double_share
    return [each for each in dict.fromkeys(example_ids) if not is_chosen(each, share)]


def _append(connection: sa.Connection, made: Sequence[Decision]) -> None:
    """Append a step; nobody has its examples before them any more."""
    append_step(connection, made)
    for each in made:
        drop_lease(connection, each.example_id)


def _deciding(  # noqa: PLR0913, PLR0917 - what one step is made of
    connection: sa.Connection,
    example_ids: Sequence[str],
    action: BulkAction,
    batch: str,
    reviewer: str,
    reason: str,
) -> list[Decision]:
    status: Status = "kept" if action == "keep" else "rejected"
    states = states_on(connection, example_ids)
    return [
        Decision(
            id=id_in_step(batch, each),
            example_id=each,
            reviewer=reviewer,
            action="keep" if action == "keep" else "reject",
            before=states[each],
            after=replace(states[each], status=status),
            reason=reason,
            batch=batch,
        )
        for each in example_ids
        if each in states and states[each].status != status
    ]


def _taking_back(
    connection: sa.Connection, example_ids: Sequence[str], batch: str, reviewer: str
) -> list[Decision]:
    """Take back the newest decision about each example, where it is one that can be taken back."""
    states, newest = states_on(connection, example_ids), newest_on(connection, example_ids)
    targets = [
        newest[each]
        for each in example_ids
        if each in newest
        and newest[each].action in ("keep", "edit", "reject")
        and states.get(each) == newest[each].after
    ]
    return restoring(targets, reviewer, batch, reason="undo", as_one=True)
