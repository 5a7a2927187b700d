"""Split one example in two, or merge it with the next: steps of the log, undone in one."""

import hashlib
from dataclasses import replace
from typing import Literal

import sqlalchemy as sa

from chatmill.errors import UsageError
from chatmill.project import Project
from chatmill.records import Decision, Example, ExampleState
from chatmill.stages.review.deciding import require_seen, require_uuid
from chatmill.stages.review.steps import id_in_step
from chatmill.stages.review.words import check_again, state_of
from chatmill.store.decisions import append_decision, step_on
from chatmill.store.examples import add_example, example_on, following_id

_ID_LETTERS = 16


def split_example(  # noqa: PLR0913 - what one decision is made of
    project: Project,
    example_id: str,
    at: int,
    *,
    decision_id: str,
    reviewer: str,
    seen: str | None = None,
) -> list[Decision]:
    """Make two examples of one; every word keeps its citation.

    The first keeps its id and the turns before `at`; the others are a new example at the end of the
    queue. Undone, the first has all its turns again and the second is rejected.

    Args:
        project: Where the example is.
        example_id: Which.
        at: Index of the turn the second one starts with.
        decision_id: A UUID the caller chose; sending it again changes nothing.
        reviewer: Who decides.
        seen: Id of the newest decision the reviewer knew of, empty for none; None skips the test.

    Returns:
        The decision about the first and the one about the second, which names it.

    Raises:
        UsageError: No such example, or no such place in it.
        ReviewConflictError: Somebody decided since `seen`.
    """
    require_uuid(decision_id)
    with project.database.write() as connection:
        known = _known_step(connection, decision_id, example_id)
        if known:
            return known
        example = example_on(connection, example_id)
        require_seen(connection, example_id, seen)
        if not 0 < at < len(example.turns):
            raise UsageError(
                f"an example of {len(example.turns)} turns cannot be split before turn {at + 1}",
                where=example_id,
                fix="Choose a turn after the first",
            )
        second = _second_part(example, at, decision_id)
        add_example(connection, second, status="rejected")
        first_state = replace(state_of(example), turns=example.turns[:at])
        steps = [
            _step(example, first_state, "split", f"{second.id} split off"),
            _step(
                replace(second, status="rejected"),
                state_of(second),
                "split",
                f"split off from {example_id}",
            ),
        ]
        made = _append(connection, steps, step=decision_id, reviewer=reviewer)
    check_again(project, [each.example_id for each in made])
    return made


def merge_with_next(
    project: Project,
    example_id: str,
    *,
    decision_id: str,
    reviewer: str,
    seen: str | None = None,
) -> list[Decision]:
    """Add the turns of the next example of the same conversation to this one.

    The next one is rejected as merged; undone, both are as they were.

    Args:
        project: Where the example is.
        example_id: Which.
        decision_id: A UUID the caller chose; sending it again changes nothing.
        reviewer: Who decides.
        seen: Id of the newest decision the reviewer knew of, empty for none; None skips the test.

    Returns:
        The decision about this one and the one about the other.

    Raises:
        UsageError: No such example, or none follows it in its conversation.
        ReviewConflictError: Somebody decided since `seen`.
    """
    require_uuid(decision_id)
    with project.database.write() as connection:
        known = _known_step(connection, decision_id, example_id)
        if known:
            return known
        example = example_on(connection, example_id)
        require_seen(connection, example_id, seen)
        other_id = following_id(connection, example_id)
        if other_id is None:
            raise UsageError("no example follows it in its conversation", where=example_id)
        other = example_on(connection, other_id)
        whole = replace(state_of(example), turns=(*example.turns, *other.turns))
        gone = replace(state_of(other), status="rejected")
        steps = [
            _step(example, whole, "merge", f"with {other_id}"),
            _step(other, gone, "merge", f"into {example_id}"),
        ]
        made = _append(connection, steps, step=decision_id, reviewer=reviewer)
    check_again(project, [example_id])
    return made


def _known_step(connection: sa.Connection, decision_id: str, example_id: str) -> list[Decision]:
    known = step_on(connection, decision_id)
    if known and known[0].example_id != example_id:
        raise UsageError("this id was used for another example", where=f"decision {decision_id}")
    return known


def _second_part(example: Example, at: int, decision_id: str) -> Example:
    key = f"{example.id}\n{at}\n{decision_id}"
    return replace(
        example,
        id=hashlib.sha256(key.encode()).hexdigest()[:_ID_LETTERS],
        turns=example.turns[at:],
        supersedes=None,
    )


def _step(
    example: Example, after: ExampleState, action: Literal["split", "merge"], reason: str
) -> Decision:
    """Make one decision of a step; `_append` says whose and which."""
    return Decision(
        id="",
        example_id=example.id,
        reviewer="",
        action=action,
        before=state_of(example),
        after=after,
        reason=reason,
    )


def _append(
    connection: sa.Connection, made: list[Decision], *, step: str, reviewer: str
) -> list[Decision]:
    """Append the decisions of one step; the first has the step's id."""
    return [
        append_decision(
            connection,
            replace(
                each,
                id=id_in_step(step, each.example_id) if at else step,
                reviewer=reviewer,
                batch=step,
            ),
        )
        for at, each in enumerate(made)
    ]
