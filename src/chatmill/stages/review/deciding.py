"""Keep, edit, reject, undo and redo: each call appends one decision to the log."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, get_args
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

import sqlalchemy as sa

from chatmill.errors import ReviewConflictError, UsageError
from chatmill.project import Project
from chatmill.records import Decision, Example, ExampleState
from chatmill.stages.review.steps import has_new_words, restoring
from chatmill.stages.review.words import check_again, edited_state, state_of
from chatmill.store.decisions import (
    append_decision,
    append_step,
    decisions_on,
    find_decision,
    last_decision_id,
    last_undoable,
    record_decisions,
    state_on,
)
from chatmill.store.double_reviews import (
    POLICIES,
    find_double_review,
    is_chosen,
    note_double_review,
    read_log,
)
from chatmill.store.examples import example_on, list_examples, list_findings
from chatmill.store.leases import drop_lease
from chatmill.text.pairs_file import TurnText

ReviewAction = Literal["keep", "edit", "reject"]
KEEP_CLEAN = "keep-clean"
"""Reviewer recorded for the policy of the same name."""


def decide(  # noqa: PLR0913 - what one decision is made of
    project: Project,
    example_id: str,
    action: ReviewAction,
    *,
    decision_id: str,
    reviewer: str,
    reason: str = "",
    system: str | None = None,
    turns: Sequence[TurnText] | None = None,
    seen: str | None = None,
    may_settle: bool = True,
) -> Decision:
    """Record one decision about one example; sending it again changes nothing.

    An edit keeps the example with the new words: what stands in the source stays cited, the rest
    is marked as typed by the reviewer, and the checks run again at once. Where a second person
    decides otherwise than the first, the example waits for somebody to settle it.

    Args:
        project: Where the example is.
        example_id: Which.
        action: What to do.
        decision_id: A UUID the caller chose.
        reviewer: Who decides.
        reason: Why.
        system: An edit's new system line; None leaves it.
        turns: An edit's new words; None leaves them.
        seen: Id of the newest decision the reviewer knew of, empty for none; None skips the test.
        may_settle: Whether they may settle a disagreement they have a part in.

    Raises:
        UsageError: No such example or action, an edit without words, or a disagreement that
            somebody else must settle.
        ReviewConflictError: Somebody decided since `seen`.
    """
    _require_decision(action, decision_id, reviewer)
    edited = None
    if action == "edit":
        with project.database.read() as connection:
            known = find_decision(connection, decision_id)
            example = example_on(connection, example_id)
        if known is not None:
            return _same_example(known, example_id)
        edited = _edited(project, example, system, turns)
    with project.database.write(lists=False) as connection:
        known = find_decision(connection, decision_id)
        if known is not None:
            return _same_example(known, example_id)
        require_seen(connection, example_id, seen)
        if not may_settle:
            _require_no_part(connection, example_id, reviewer)
        before = state_of(example) if edited else state_on(connection, example_id)
        plain = replace(before, status="rejected" if action == "reject" else "kept")
        decision = Decision(
            id=decision_id,
            example_id=example_id,
            reviewer=reviewer,
            action=action,
            before=before,
            after=edited or plain,
            reason=reason,
        )
        made = append_decision(connection, _open_where_disputed(project, connection, decision))
        _note(project, connection, example_id)
    if edited:
        check_again(project, [example_id])
    return made


def undo(project: Project, reviewer: str, *, decision_id: str | None = None) -> Decision | None:
    """Take back this reviewer's latest decision that still holds; None where there is none."""
    return _take_back(project, reviewer, decision_id or str(uuid4()), redo=False)


def redo(project: Project, reviewer: str, *, decision_id: str | None = None) -> Decision | None:
    """Take back this reviewer's latest undo; None where nothing was undone."""
    return _take_back(project, reviewer, decision_id or str(uuid4()), redo=True)


def keep_clean(project: Project) -> list[Decision]:
    """Keep every pending example without an error finding, as the policy `keep-clean`.

    Running it again decides only about what came back to the queue since.
    """
    pending = list_examples(project.database, status="pending")
    found = list_findings(project.database, example_ids=[each.id for each in pending])
    clean = [
        each
        for each in pending
        if not any(finding.severity == "error" for finding in found.get(each.id, ()))
    ]
    with project.database.read() as connection:
        last = {each.id: last_decision_id(connection, each.id) for each in clean}
    made = [
        Decision(
            id=str(uuid5(NAMESPACE_URL, f"chatmill:{KEEP_CLEAN}:{each.id}:{last[each.id]}")),
            example_id=each.id,
            reviewer=KEEP_CLEAN,
            action="keep",
            before=state_of(each),
            after=replace(state_of(each), status="kept"),
            reason="no error findings",
        )
        for each in clean
    ]
    return record_decisions(project.database, made)


def _require_decision(action: str, decision_id: str, reviewer: str) -> None:
    if action not in get_args(ReviewAction):
        raise UsageError(f"no action {action!r}", fix="Use keep, edit or reject")
    if not reviewer:
        raise UsageError("a decision needs a reviewer", fix="Name one: --reviewer NAME")
    if reviewer in POLICIES:
        raise UsageError(f"{reviewer!r} is a name chatmill decides under", fix="Use your own name")
    require_uuid(decision_id)


def require_uuid(decision_id: str) -> None:
    """Refuse an id that is no UUID.

    Raises:
        UsageError: It is none.
    """
    try:
        UUID(decision_id)
    except ValueError as error:
        raise UsageError(f"{decision_id!r} is no UUID", where="decision id") from error


def _same_example(known: Decision, example_id: str) -> Decision:
    if known.example_id != example_id:
        raise UsageError("this id was used for another example", where=f"decision {known.id}")
    return known


def require_seen(connection: sa.Connection, example_id: str, seen: str | None) -> None:
    """Refuse a decision about an example that somebody decided about since it was looked at.

    Raises:
        ReviewConflictError: Somebody did.
    """
    newest = last_decision_id(connection, example_id)
    if seen is None or newest == seen:
        return
    latest = find_decision(connection, newest)
    who = f"{latest.reviewer} ({latest.action})" if latest else "somebody"
    raise ReviewConflictError(
        f"{who} decided about it in the meantime",
        where=example_id,
        fix="Look at it again and decide once more",
    )


def _require_no_part(connection: sa.Connection, example_id: str, reviewer: str) -> None:
    """Refuse to let one of two who disagree settle it.

    Raises:
        UsageError: They are one of them.
    """
    review = find_double_review(connection, example_id)
    if review is None or review.state != "disputed":
        return
    if reviewer in {review.first_reviewer, review.second_reviewer}:
        raise UsageError(
            "you and another reviewer disagree about it",
            where=example_id,
            fix="A third reviewer or an admin settles it",
        )


def _open_where_disputed(
    project: Project, connection: sa.Connection, decision: Decision
) -> Decision:
    """Leave an example open about which this decision is the second of two that disagree."""
    if not is_chosen(decision.example_id, project.settings.review.double_share):
        return decision
    log = decisions_on(connection, example_id=decision.example_id)
    review = read_log([*log, decision])
    if review is None or review.state != "disputed":
        return decision
    return replace(decision, after=replace(decision.after, status="pending"))


def _note(project: Project, connection: sa.Connection, example_id: str) -> None:
    """What follows from a decision: nobody's lease, and how far the double review is."""
    drop_lease(connection, example_id)
    if is_chosen(example_id, project.settings.review.double_share):
        note_double_review(connection, example_id)


def _edited(
    project: Project,
    example: Example,
    system: str | None,
    turns: Sequence[TurnText] | None,
) -> ExampleState:
    conversation = project.conversations.get(example.conversation_id)
    return edited_state(example, conversation, system=system, turns=turns)


def _take_back(project: Project, reviewer: str, decision_id: str, *, redo: bool) -> Decision | None:
    require_uuid(decision_id)
    with project.database.write(lists=False) as connection:
        known = find_decision(connection, decision_id)
        if known is not None:
            return known
        targets = last_undoable(connection, reviewer, redo=redo)
        made = restoring(
            targets, reviewer, decision_id, reason="redo" if redo else "undo", as_one=False
        )
        append_step(connection, made)
        for each in made:
            _note(project, connection, each.example_id)
        taken_back = find_decision(connection, decision_id)
    check_again(project, [each.example_id for each in made if has_new_words(each)])
    return taken_back
