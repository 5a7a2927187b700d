"""What the API answers: one example as a page shows it, cut into segments."""

from typing import Literal

from pydantic import BaseModel

from chatmill.records import Decision, Finding, Turn
from chatmill.stages.review import ReviewItem, ShownText, Veil
from chatmill.store.examples import cited_messages
from chatmill.store.queue import ReviewProgress
from chatmill.web.segments import (
    Mark,
    Segment,
    citation_marks,
    cut_shown,
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
    private: str = ""
    """Kind of the personal data that stands here: `phone`, `name` …; a placeholder where masked."""


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
    look: Literal["first", "second", "settle"]
    """What a decision is: the only opinion, a second one, or what settles a disagreement."""
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
    is_masked: bool
    """Whether personal data stands behind placeholders here."""
    expected: float | None = None
    """How sure triage is that it is kept as it is; only where `[review] triage_shown` says so."""


class ProgressView(BaseModel):
    """How far the review is."""

    n_total: int
    n_decided: int
    n_kept: int
    n_rejected: int
    n_pending: int
    n_flagged: int


def item_view(item: ReviewItem, veil: Veil) -> ItemView:
    """Lay out one example for the page, as the veil lets it be seen."""
    example, conversation = item.example, item.conversation
    shown = sum(1 + each.n_skipped for each in item.source)
    replaced = item.replaced.turns if item.replaced else ()
    return ItemView(
        id=example.id,
        status=example.status,
        revision=item.revision,
        look=item.look,
        language=example.language or conversation.language,
        extractor=example.extractor,
        system=_text(veil.show(example.system), finding_marks("system", item.findings)),
        turns=[_turn(item, index, turn, veil) for index, turn in enumerate(example.turns)],
        findings=[_finding(item, each, veil) for each in item.findings],
        returned=[
            ReturnedView(
                turn=each.turn,
                question=veil.shown(each.question),
                cosine=each.cosine,
                answer=veil.shown(each.answer),
                reason=veil.shown(each.reason),
            )
            for each in item.returned
        ],
        replaced=[
            PairText(question=veil.shown(turn.question), answer=veil.shown(turn.answer))
            for turn in replaced
        ],
        history=[decision_view(each, veil) for each in item.history],
        title=veil.shown(conversation.title) or conversation.id,
        file=veil.shown(conversation.source),
        platform=conversation.platform,
        n_messages=len(conversation.messages),
        n_skipped_after=len(conversation.messages) - shown,
        source=_source(item, veil),
        is_masked=not veil.is_open,
    )


def decision_view(decision: Decision, veil: Veil) -> DecisionView:
    """Lay out one decision."""
    return DecisionView(
        id=decision.id,
        example_id=decision.example_id,
        reviewer=decision.reviewer,
        action=decision.action,
        reason=veil.shown(decision.reason),
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


def _turn(item: ReviewItem, index: int, turn: Turn, veil: Veil) -> TurnView:
    found = item.findings
    return TurnView(
        question=_text(
            veil.show(turn.question),
            [
                *citation_marks(index, "q", turn.question_citations),
                *typed_marks(turn.question_typed),
                *finding_marks(f"turns[{index}].question", found),
            ],
        ),
        answer=_text(
            veil.show(turn.answer),
            [
                *citation_marks(index, "a", turn.answer_citations),
                *typed_marks(turn.answer_typed),
                *finding_marks(f"turns[{index}].answer", found),
            ],
        ),
    )


def _finding(item: ReviewItem, finding: Finding, veil: Veil) -> FindingView:
    return FindingView(
        check=finding.check,
        severity=finding.severity,
        field=finding.field,
        message=veil.shown(finding.message),
        evidence=_evidence(item, finding, veil),
    )


def _evidence(item: ReviewItem, finding: Finding, veil: Veil) -> str:
    """Show the words a finding is about as they are shown where they stand.

    Cut out of their sentence, words may not be recognised as somebody's name.
    """
    texts = {"system": item.example.system}
    for index, turn in enumerate(item.example.turns):
        texts[f"turns[{index}].question"] = turn.question
        texts[f"turns[{index}].answer"] = turn.answer
    text = texts.get(finding.field, "")
    if veil.is_open or not finding.evidence:
        return finding.evidence
    if text[finding.start : finding.end] == finding.evidence:
        shown = veil.show(text)
        return shown.text[shown.at(finding.start) : shown.at(finding.end, is_end=True)]
    return veil.shown(finding.evidence)


def _source(item: ReviewItem, veil: Veil) -> list[MessageView]:
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
                speaker=veil.shown(message.speaker),
                role=message.role,
                kind=message.kind,
                sent_at=message.sent_at,
                n_skipped=each.n_skipped,
                is_cited=message.id in cited,
                segments=_segments(cut_shown(veil.show(message.text), marks)),
            )
        )
    return views


def _text(shown: ShownText, marks: list[Mark]) -> TextView:
    return TextView(text=shown.text, segments=_segments(cut_shown(shown, marks)))


def _segments(segments: tuple[Segment, ...]) -> list[SegmentView]:
    return [
        SegmentView(
            text=each.text,
            spans=list(each.spans),
            findings=list(each.findings),
            origin=each.origin,
            private=each.private,
        )
        for each in segments
    ]
