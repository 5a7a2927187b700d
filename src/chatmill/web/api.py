"""`/api/v1`: everything the review page does, as JSON; decisions are idempotent by their UUID."""

from dataclasses import dataclass
from typing import Annotated, Literal, cast
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from chatmill.project import Project
from chatmill.records import Decision
from chatmill.stages import review
from chatmill.store.queue import read_progress
from chatmill.web.auth import Session
from chatmill.web.views import (
    DecisionView,
    ItemView,
    ProgressView,
    decision_view,
    item_view,
    progress_view,
)

MAX_TEXT = 200_000
MAX_TURNS = 100
MAX_AHEAD = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What every request works with."""

    project: Project
    conversations: review.ConversationReader

    def item(self, example_id: str) -> ItemView:
        """Lay out one example."""
        return item_view(review.review_item(self.project, example_id, self.conversations))

    def progress(self) -> ProgressView:
        """Count what is decided."""
        return progress_view(read_progress(self.project.database))


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class TurnBody(_Body):
    """A question and an answer as the reviewer wrote them."""

    question: str = Field(max_length=MAX_TEXT)
    answer: str = Field(max_length=MAX_TEXT)


class DecisionBody(_Body):
    """One decision; `id` is the client's, so that sending it again records it once."""

    id: UUID
    example_id: str = Field(max_length=200)
    action: Literal["keep", "edit", "reject"]
    reason: str = Field(default="", max_length=2000)
    system: str | None = Field(default=None, max_length=MAX_TEXT)
    turns: list[TurnBody] | None = Field(default=None, max_length=MAX_TURNS)
    seen: str | None = Field(default=None, max_length=200)


class TakeBackBody(_Body):
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


router = APIRouter(prefix="/api/v1")


def _desk(request: Request) -> Desk:
    return cast("Desk", request.app.state.desk)


def _session(request: Request) -> Session:
    return cast("Session", request.state.session)


DeskHere = Annotated[Desk, Depends(_desk)]
SessionHere = Annotated[Session, Depends(_session)]
ExampleId = Annotated[str, Query(max_length=200)]


@router.get("/queue/next")
def queue_next(
    desk: DeskHere,
    after: ExampleId | None = None,
    limit: Annotated[int, Query(ge=1, le=MAX_AHEAD)] = 1,
) -> QueueReply:
    """Return the pending examples that come next, flagged first."""
    ids = review.next_example_ids(desk.project, after=after, limit=limit)
    return QueueReply(items=[desk.item(each) for each in ids], progress=desk.progress())


@router.get("/queue/previous")
def queue_previous(desk: DeskHere, before: ExampleId) -> QueueReply:
    """Return the example that stands before one in the queue, decided or not."""
    found = review.previous_example_id(desk.project, before)
    return QueueReply(items=[desk.item(found)] if found else [], progress=desk.progress())


@router.get("/examples/{example_id}")
def example(desk: DeskHere, example_id: str) -> QueueReply:
    """Return one example."""
    return QueueReply(items=[desk.item(example_id)], progress=desk.progress())


@router.get("/progress")
def progress(desk: DeskHere) -> ProgressView:
    """Return how far the review is."""
    return desk.progress()


@router.post("/decisions")
def post_decision(desk: DeskHere, session: SessionHere, body: DecisionBody) -> DecidedReply:
    """Record a decision."""
    turns = (
        None
        if body.turns is None
        else [review.TurnText(question=t.question, answer=t.answer) for t in body.turns]
    )
    decision = review.decide(
        desk.project,
        body.example_id,
        body.action,
        decision_id=str(body.id),
        reviewer=session.reviewer,
        reason=body.reason,
        system=body.system,
        turns=turns,
        seen=body.seen,
    )
    return _decided(desk, decision)


@router.post("/undo")
def post_undo(desk: DeskHere, session: SessionHere, body: TakeBackBody) -> DecidedReply:
    """Take back this reviewer's latest decision."""
    return _decided(desk, review.undo(desk.project, session.reviewer, decision_id=str(body.id)))


@router.post("/redo")
def post_redo(desk: DeskHere, session: SessionHere, body: TakeBackBody) -> DecidedReply:
    """Take back this reviewer's latest undo."""
    return _decided(desk, review.redo(desk.project, session.reviewer, decision_id=str(body.id)))


def _decided(desk: Desk, decision: Decision | None) -> DecidedReply:
    return DecidedReply(
        decision=decision_view(decision) if decision else None,
        item=desk.item(decision.example_id) if decision else None,
        progress=desk.progress(),
    )
