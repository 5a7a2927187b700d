"""What the API answers: one example as a page shows it, cut into segments."""

from typing import Literal

from pydantic import BaseModel

from chatmill.records import Decision, Turn
from chatmill.stages.review import ReviewItem
from chatmill.store.examples import cited_messages
from chatmill.store.queue import ReviewProgress
from chatmill.web.segments import (
    Mark,
    Segment,
    citation_marks,
    cut,
    finding_marks,
    source_marks,
    typed_marks,
)


class SegmentView(BaseModel):
    """A stretch of text with what is marked on it."""

    text: str
    spans: list[str] = []
    findings: list[int] = []
    origin: str = ""


class TextView(BaseModel):
    """A text whole (to edit) and cut (to show)."""

    text: str
    segments: list[SegmentView]


class TurnView(BaseModel):
    """One question and answer."""

    question: TextView
    answer: TextView


class FindingView(BaseModel):
    """What a check found, and where."""

    check: str
    severity: Literal["error", "warning", "info"]
    field: str
    message: str
    evidence: str


class ReturnedView(BaseModel):
    """What the tuned model did not follow."""

    turn: int
    question: str
    cosine: float
    answer: str
    reason: str


class MessageView(BaseModel):
    """One message of the source conversation."""

    id: str
    speaker: str
    role: str
    kind: str
    sent_at: str
    n_skipped: int
    is_cited: bool
    segments: list[SegmentView]


class DecisionView(BaseModel):
    """One line of the example's history."""

    id: str
    example_id: str
    reviewer: str
    action: str
    reason: str
    decided_at: str


class PairText(BaseModel):
    """A question and an answer, nothing else."""

    question: str
    answer: str


class ItemView(BaseModel):
    """One example and everything a reviewer sees of it."""

    id: str
    status: Literal["pending", "kept", "rejected"]
    revision: str
    """Id of the newest decision about it; sent back as `seen`."""
    language: str
    extractor: str
    system: TextView
    turns: list[TurnView]
    findings: list[FindingView]
    returned: list[ReturnedView]
    replaced: list[PairText]
    """The words somebody kept before the conversation changed."""
    history: list[DecisionView]
    title: str
    file: str
    platform: str
    n_messages: int
    n_skipped_after: int
    source: list[MessageView]


class ProgressView(BaseModel):
    """How far the review is."""

    n_total: int
    n_decided: int
    n_kept: int
    n_rejected: int
    n_pending: int
    n_flagged: int


def item_view(item: ReviewItem) -> ItemView:
    """Lay out one example for the page."""
    example, conversation = item.example, item.conversation
    shown = sum(1 + each.n_skipped for each in item.source)
    return ItemView(
        id=example.id,
        status=example.status,
        revision=item.history[-1].id if item.history else "",
        language=example.language or conversation.language,
        extractor=example.extractor,
        system=_text(example.system, finding_marks("system", item.findings)),
        turns=[_turn(item, index, turn) for index, turn in enumerate(example.turns)],
        findings=[
            FindingView(
                check=each.check,
                severity=each.severity,
                field=each.field,
                message=each.message,
                evidence=each.evidence,
            )
            for each in item.findings
        ],
        returned=[
            ReturnedView(
                turn=each.turn,
                question=each.question,
                cosine=each.cosine,
                answer=each.answer,
                reason=each.reason,
            )
            for each in item.returned
        ],
        replaced=[
            PairText(question=turn.question, answer=turn.answer)
            for turn in (item.replaced.turns if item.replaced else ())
        ],
        history=[decision_view(each) for each in item.history],
        title=conversation.title or conversation.id,
        file=conversation.source,
        platform=conversation.platform,
        n_messages=len(conversation.messages),
        n_skipped_after=len(conversation.messages) - shown,
        source=_source(item),
    )


def decision_view(decision: Decision) -> DecisionView:
    """Lay out one decision."""
    return DecisionView(
        id=decision.id,
        example_id=decision.example_id,
        reviewer=decision.reviewer,
        action=decision.action,
        reason=decision.reason,
        decided_at=decision.decided_at,
    )


def progress_view(progress: ReviewProgress) -> ProgressView:
    """Lay out the counts."""
    return ProgressView(
        n_total=progress.n_total,
        n_decided=progress.n_decided,
        n_kept=progress.n_kept,
        n_rejected=progress.n_rejected,
        n_pending=progress.n_pending,
        n_flagged=progress.n_flagged,
    )


def _turn(item: ReviewItem, index: int, turn: Turn) -> TurnView:
    found = item.findings
    return TurnView(
        question=_text(
            turn.question,
            [
                *citation_marks(index, "q", turn.question_citations),
                *typed_marks(turn.question_typed),
                *finding_marks(f"turns[{index}].question", found),
            ],
        ),
        answer=_text(
            turn.answer,
            [
                *citation_marks(index, "a", turn.answer_citations),
                *typed_marks(turn.answer_typed),
                *finding_marks(f"turns[{index}].answer", found),
            ],
        ),
    )


def _source(item: ReviewItem) -> list[MessageView]:
    cited = cited_messages(item.example)
    views: list[MessageView] = []
    for each in item.source:
        message = each.message
        marks = [
            mark
            for index, turn in enumerate(item.example.turns)
            for mark in (
                *source_marks(message.id, index, "q", turn.question_citations),
                *source_marks(message.id, index, "a", turn.answer_citations),
            )
        ]
        views.append(
            MessageView(
                id=message.id,
                speaker=message.speaker,
                role=message.role,
                kind=message.kind,
                sent_at=message.sent_at,
                n_skipped=each.n_skipped,
                is_cited=message.id in cited,
                segments=_segments(cut(message.text, marks)),
            )
        )
    return views


def _text(text: str, marks: list[Mark]) -> TextView:
    return TextView(text=text, segments=_segments(cut(text, marks)))


def _segments(segments: tuple[Segment, ...]) -> list[SegmentView]:
    return [
        SegmentView(
            text=each.text,
            spans=list(each.spans),
            findings=list(each.findings),
            origin=each.origin,
        )
        for each in segments
    ]
