"""The queue: what comes next, decisions (idempotent by their UUID), undo and redo."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, Field

from chatmill.errors import UsageError
from chatmill.records import Decision
from chatmill.stages import review
from chatmill.store.queue import QueueChoice
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
    answer,
)
from chatmill.web.roles import Session
from chatmill.web.views import DecisionView, ItemView, ProgressView

MAX_LEASES = 100
MAX_NAME = 1000


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


class LeasesBody(Body):
    """Examples somebody has before them."""

    example_ids: list[Annotated[str, Field(max_length=200)]] = Field(max_length=MAX_LEASES)


class ReleaseBody(Body):
    """Examples somebody gives back; all of theirs where none are named."""

    example_ids: list[Annotated[str, Field(max_length=200)]] | None = Field(
        default=None, max_length=MAX_LEASES
    )


class LeasesReply(BaseModel):
    """Examples that are the asker's to decide about, until the time is up."""

    example_ids: list[str]
    seconds: float
    """How long without another sign of life."""


router = APIRouter()


async def _choice(
    order: Literal["priority", "age", "newest"] = "priority",
    topic: Annotated[str, Query(max_length=MAX_NAME)] = "",
    file: Annotated[str, Query(max_length=MAX_NAME)] = "",
    reviewer: Annotated[str, Query(max_length=MAX_NAME)] = "",
) -> QueueChoice:
    return QueueChoice(order=order, topic=topic, file=file, reviewer=reviewer)


ChoiceHere = Annotated[QueueChoice, Depends(_choice)]
"""Which part of the queue, in which order: `order=`, `topic=`, `file=`, `reviewer=`."""


@router.get("/queue/next", response_model=QueueReply)
def queue_next(
    desk: DeskHere,
    session: ReaderHere,
    choice: ChoiceHere,
    after: ExampleId | None = None,
    limit: Annotated[int, Query(ge=1, le=MAX_AHEAD)] = 1,
) -> Response:
    """Hand out the examples that come next: nobody else gets them while somebody looks at them.

    A reader, who decides nothing, sees what comes next and keeps nobody from it.
    """
    if session.may("reviewer"):
        ids = review.hand_out(
            desk.project,
            session.user,
            after=after,
            limit=limit,
            choice=choice,
            may_settle=session.may("admin"),
        )
    else:
        ids = review.next_example_ids(desk.project, after=after, limit=limit, choice=choice)
    items = [desk.item(each, session) for each in ids]
    return answer(QueueReply(items=items, progress=desk.progress()))


@router.post("/queue/renew")
def queue_renew(desk: DeskHere, session: ReviewerHere, body: LeasesBody) -> LeasesReply:
    """Say that somebody still looks; answers with those of the examples that are theirs."""
    return LeasesReply(
        example_ids=review.still_looking(desk.project, session.user, body.example_ids),
        seconds=review.lease_seconds(desk.project),
    )


@router.post("/queue/release")
def queue_release(desk: DeskHere, session: ReviewerHere, body: ReleaseBody) -> LeasesReply:
    """Give examples back, on skipping or leaving, so that others get them."""
    review.let_go(desk.project, session.user, body.example_ids)
    return LeasesReply(example_ids=[], seconds=0)


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


@router.post("/decisions", response_model=DecidedReply)
def post_decision(desk: DeskHere, session: ReviewerHere, body: DecisionBody) -> Response:
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
        may_settle=session.may("admin"),
    )
    return answer(_decided(desk, session, decision))


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
    desk.relisting.soon()
    desk.retraining.soon()
    item = desk.item(decision.example_id, session)
    made = next(each for each in item.history if each.id == decision.id)
    return DecidedReply(decision=made, item=item, progress=desk.progress())
