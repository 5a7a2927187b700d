"""The queue: what comes next, decisions (idempotent by their UUID), undo and redo."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from chatmill.errors import UsageError
from chatmill.records import Decision
from chatmill.stages import review
from chatmill.web.api.desk import (
    MAX_AHEAD,
    MAX_TEXT,
    MAX_TURNS,
    Body,
    Desk,
    DeskHere,
    ExampleId,
    ReaderHere,
    ReviewerHere,
)
from chatmill.web.roles import Session
from chatmill.web.views import DecisionView, ItemView, ProgressView


class TurnBody(Body):
    """A question and an answer as the reviewer wrote them."""

    question: str = Field(max_length=MAX_TEXT)
    answer: str = Field(max_length=MAX_TEXT)


class DecisionBody(Body):
    """One decision; `id` is the client's, so that sending it again records it once."""

    id: UUID
    example_id: str = Field(max_length=200)
    action: Literal["keep", "edit", "reject"]
    reason: str = Field(default="", max_length=2000)
    system: str | None = Field(default=None, max_length=MAX_TEXT)
    turns: list[TurnBody] | None = Field(default=None, max_length=MAX_TURNS)
    seen: str | None = Field(default=None, max_length=200)


class TakeBackBody(Body):
    """An undo or redo; `id` as in `DecisionBody`."""

    id: UUID


class QueueReply(BaseModel):
    """What comes next, and how far the review is."""

    items: list[ItemView]
    progress: ProgressView


class DecidedReply(BaseModel):
    """What a decision did; no decision where there was nothing to take back."""

    decision: DecisionView | None
    item: ItemView | None
    progress: ProgressView


router = APIRouter()


@router.get("/queue/next")
def queue_next(
    desk: DeskHere,
    session: ReaderHere,
    after: ExampleId | None = None,
    limit: Annotated[int, Query(ge=1, le=MAX_AHEAD)] = 1,
) -> QueueReply:
    """Return the pending examples that come next, flagged first."""
    ids = review.next_example_ids(desk.project, after=after, limit=limit)
    return QueueReply(items=[desk.item(each, session) for each in ids], progress=desk.progress())


@router.get("/queue/previous")
def queue_previous(desk: DeskHere, session: ReaderHere, before: ExampleId) -> QueueReply:
    """Return the example that stands before one in the queue, decided or not."""
    found = review.previous_example_id(desk.project, before)
    return QueueReply(items=[desk.item(found, session)] if found else [], progress=desk.progress())


@router.get("/progress")
def progress(desk: DeskHere, session: ReaderHere) -> ProgressView:
    """Return how far the review is."""
    del session
    return desk.progress()


@router.post("/decisions")
def post_decision(desk: DeskHere, session: ReviewerHere, body: DecisionBody) -> DecidedReply:
    """Record a decision; words typed from masked ones get the original words back."""
    system, turns = _words(desk, session, body)
    decision = review.decide(
        desk.project,
        body.example_id,
        body.action,
        decision_id=str(body.id),
        reviewer=session.user,
        reason=body.reason,
        system=system,
        turns=turns,
        seen=body.seen,
    )
    return _decided(desk, session, decision)


@router.post("/undo")
def post_undo(desk: DeskHere, session: ReviewerHere, body: TakeBackBody) -> DecidedReply:
    """Take back this reviewer's latest decision."""
    return _decided(
        desk, session, review.undo(desk.project, session.user, decision_id=str(body.id))
    )


@router.post("/redo")
def post_redo(desk: DeskHere, session: ReviewerHere, body: TakeBackBody) -> DecidedReply:
    """Take back this reviewer's latest undo."""
    return _decided(
        desk, session, review.redo(desk.project, session.user, decision_id=str(body.id))
    )


def _words(
    desk: Desk, session: Session, body: DecisionBody
) -> tuple[str | None, list[review.TurnText] | None]:
    """Return the words of an edit as they are to be stored."""
    turns = (
        None
        if body.turns is None
        else [review.TurnText(question=t.question, answer=t.answer) for t in body.turns]
    )
    if session.sees_original or body.action != "edit":
        return body.system, turns
    if body.seen is None:
        raise UsageError(
            "an edit of masked words says what it was made from",
            where=body.example_id,
            fix="Send the example's revision as `seen`",
        )
    item = review.review_item(desk.project, body.example_id, desk.conversations)
    veil = desk.veils.of_item(item, is_open=False)
    system = None if body.system is None else veil.restored(body.system, item.example.system)
    return system, None if turns is None else veil.restored_turns(item.example, turns)


def _decided(desk: Desk, session: Session, decision: Decision | None) -> DecidedReply:
    if decision is None:
        return DecidedReply(decision=None, item=None, progress=desk.progress())
    item = desk.item(decision.example_id, session)
    made = next(each for each in item.history if each.id == decision.id)
    return DecidedReply(decision=made, item=item, progress=desk.progress())
