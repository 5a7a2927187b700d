"""Cuts texts into segments, so that no page has to count code points (JavaScript counts UTF-16)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from chatmill.records import Citation, Finding, TypedSpan
from chatmill.stages.review import ShownText


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Something to show on a stretch of a text."""

    start: int
    """First code point."""
    end: int
    """One past the last code point."""
    span: str = ""
    """Key of a cited span; the same key stands on both sides."""
    finding: int | None = None
    """Index of a finding."""
    origin: str = ""
    """Who typed it, where no message holds it."""
    private: str = ""
    """What kind of personal data stands here, hidden or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A stretch of a text on which the same marks stand throughout."""

    text: str
    spans: tuple[str, ...] = ()
    findings: tuple[int, ...] = ()
    origin: str = ""
    private: str = ""


def cut(text: str, marks: Iterable[Mark]) -> tuple[Segment, ...]:
    """Cut a text at every edge of a mark; the segments put together are the text.

    Marks that reach beyond the text (a finding older than an edit) are drawn in.
    """
    inside = [
        (max(0, mark.start), min(len(text), mark.end), mark)
        for mark in marks
        if mark.start < len(text)
    ]
    edges = sorted({0, len(text), *(at for start, end, _ in inside for at in (start, end))})
    segments: list[Segment] = []
    for start, end in pairwise(edges):
        on = [mark for first, last, mark in inside if first <= start and end <= last]
        segments.append(
            Segment(
                text=text[start:end],
                spans=tuple(dict.fromkeys(mark.span for mark in on if mark.span)),
                findings=tuple(
                    dict.fromkeys(mark.finding for mark in on if mark.finding is not None)
                ),
                origin=next((mark.origin for mark in on if mark.origin), ""),
                private=next((mark.private for mark in on if mark.private), ""),
            )
        )
    return tuple(segments)


def cut_shown(shown: ShownText, marks: Iterable[Mark]) -> tuple[Segment, ...]:
    """Cut a text as somebody sees it; the marks are those of the stored text."""
    moved = [
        replace(mark, start=shown.at(mark.start), end=shown.at(mark.end, is_end=True))
        for mark in marks
    ]
    private = [Mark(start=each.start, end=each.end, private=each.kind) for each in shown.places]
    return cut(shown.text, [*moved, *private])


def span_key(turn: int, side: str, index: int) -> str:
    """Name a citation: the same on the pair and in the source."""
    return f"{turn}{side}{index}"


def citation_marks(turn: int, side: str, citations: Sequence[Citation]) -> list[Mark]:
    """Mark what a question (`q`) or answer (`a`) cites, in the turn's own text."""
    return [
        Mark(start=each.at, end=each.at + each.end - each.start, span=span_key(turn, side, index))
        for index, each in enumerate(citations)
    ]


def source_marks(
    message_id: str, turn: int, side: str, citations: Sequence[Citation]
) -> list[Mark]:
    """Mark what is cited, in the text of one message."""
    return [
        Mark(start=each.start, end=each.end, span=span_key(turn, side, index))
        for index, each in enumerate(citations)
        if each.message_id == message_id
    ]


def typed_marks(typed: Sequence[TypedSpan]) -> list[Mark]:
    """Mark what no message holds."""
    return [Mark(start=each.at, end=each.at + each.length, origin=each.origin) for each in typed]


def finding_marks(field: str, findings: Sequence[Finding]) -> list[Mark]:
    """Mark the words findings are about; one about a whole field marks nothing."""
    return [
        Mark(start=each.start, end=each.end, finding=index)
        for index, each in enumerate(findings)
        if each.field == field and each.start < each.end
    ]
