"""Words while they are written, and what reshapes an example: previews, splits, merges, remarks."""

from typing import Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from chatmill.records import Decision
from chatmill.stages import review
from chatmill.web.api.desk import (
    MAX_TEXT,
    MAX_TURNS,
    Body,
    Desk,
    DeskHere,
    ReaderHere,
    ReviewerHere,
)
from chatmill.web.api.queue import DecidedReply, TurnBody
from chatmill.web.roles import Session
from chatmill.web.views import ItemView, item_view

MAX_REMARK = 4_000

router = APIRouter()


class PreviewBody(Body):
    """Words somebody is writing."""

    system: str | None = Field(default=None, max_length=MAX_TEXT)
    turns: list[TurnBody] = Field(max_length=MAX_TURNS)


class ChangeView(BaseModel):
    """A stretch of words against the source."""

    text: str
    kind: Literal["same", "added", "removed"]


class PreviewReply(BaseModel):
    """What an edit would make of an example; nothing is stored."""

    item: ItemView
    changes: dict[str, list[ChangeView]]
    """Field → its words against those of the source."""


class ReshapeBody(Body):
    """A split or a merge; `id` as in a decision."""

    id: UUID
    example_id: str = Field(max_length=200)
    seen: str | None = Field(default=None, max_length=200)


class SplitBody(ReshapeBody):
    """A split; `at` is the index of the turn the second example starts with."""

    at: int = Field(ge=1, le=MAX_TURNS)


class RemarkBody(Body):
    """A comment, or a question where somebody is asked; `id` as in a decision."""

    id: UUID
    example_id: str = Field(max_length=200)
    text: str = Field(max_length=MAX_REMARK)
    expert: str = Field(default="", max_length=200)


class ReshapedReply(DecidedReply):
    """What a split or a merge did."""

    other: ItemView | None
    """The example split off, or the one merged in."""


class AskView(BaseModel):
    """A question to whoever asks for the list."""

    example_id: str
    asker: str
    question: str


class AsksReply(BaseModel):
    """What is asked of somebody, and whom they can ask."""

    asks: list[AskView]
    people: list[str]


@router.post("/examples/{example_id}/preview")
def preview(
    desk: DeskHere, session: ReviewerHere, example_id: str, body: PreviewBody
) -> PreviewReply:
    """Check and cite words while they are written, and compare them with the source."""
    item = review.review_item(desk.project, example_id, desk.conversations)
    veil = desk.veils.of_item(item, is_open=session.sees_original)
    turns = [review.TurnText(question=t.question, answer=t.answer) for t in body.turns]
    made = review.preview_edit(
        desk.project,
        example_id,
        system=None if body.system is None else veil.restored(body.system, item.example.system),
        turns=veil.restored_turns(item.example, turns),
        conversations=desk.conversations,
    )
    return PreviewReply(
        item=item_view(made.item, veil),
        changes={
            field: [ChangeView(text=veil.shown(each.text), kind=each.kind) for each in changes]
            for field, changes in made.changes.items()
        },
    )


@router.post("/splits")
def post_split(desk: DeskHere, session: ReviewerHere, body: SplitBody) -> ReshapedReply:
    """Make two examples of one."""
    made = review.split_example(
        desk.project,
        body.example_id,
        body.at,
        decision_id=str(body.id),
        reviewer=session.user,
        seen=body.seen,
    )
    return _reshaped(desk, session, made)


@router.post("/merges")
def post_merge(desk: DeskHere, session: ReviewerHere, body: ReshapeBody) -> ReshapedReply:
    """Add the next example of the conversation to this one."""
    made = review.merge_with_next(
        desk.project,
        body.example_id,
        decision_id=str(body.id),
        reviewer=session.user,
        seen=body.seen,
    )
    return _reshaped(desk, session, made)


@router.post("/remarks")
def post_remark(desk: DeskHere, session: ReviewerHere, body: RemarkBody) -> DecidedReply:
    """Comment on an example, or ask somebody about it."""
    project, example_id = desk.project, body.example_id
    text = body.text
    if not session.sees_original:
        item = review.review_item(project, example_id, desk.conversations)
        text = desk.veils.of_item(item, is_open=False).restored(text)
    decision_id = str(body.id)
    if body.expert:
        decision = review.ask(
            project,
            example_id,
            text,
            expert=body.expert,
            decision_id=decision_id,
            reviewer=session.user,
        )
    else:
        decision = review.comment(
            project, example_id, text, decision_id=decision_id, reviewer=session.user
        )
    shown = desk.item(decision.example_id, session)
    said = next(each for each in shown.history if each.id == decision.id)
    return DecidedReply(decision=said, item=shown, progress=desk.progress())


@router.get("/asks")
def asks(desk: DeskHere, session: ReaderHere) -> AsksReply:
    """List what the visitor is asked and has not answered, and whom they can ask."""
    found = review.asked_of(desk.project, session.user)
    return AsksReply(
        asks=[
            AskView(
                example_id=each.example_id,
                asker=each.asker,
                question=_seen_by(desk, session, each.example_id, each.question),
            )
            for each in found
        ],
        people=review.people_to_ask(desk.project),
    )


def _seen_by(desk: Desk, session: Session, example_id: str, text: str) -> str:
    if session.sees_original:
        return text
    item = review.review_item(desk.project, example_id, desk.conversations)
    return desk.veils.of_item(item, is_open=False).shown(text)


def _reshaped(desk: Desk, session: Session, made: list[Decision]) -> ReshapedReply:
    first, second = made
    item = desk.item(first.example_id, session)
    return ReshapedReply(
        decision=next(each for each in item.history if each.id == first.id),
        item=item,
        other=desk.item(second.example_id, session),
        progress=desk.progress(),
    )
