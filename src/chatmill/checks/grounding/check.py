"""The check itself: walks an example's sentences and says what their messages do not support."""

from collections.abc import Iterator
from dataclasses import replace

from chatmill.checks.base import Checked, Passage, finding
from chatmill.checks.grounding.claims import Remark, judge_sentence, unsupported_words
from chatmill.checks.grounding.differences import compare
from chatmill.checks.grounding.room import Room
from chatmill.checks.grounding.score import SCORED, example_score
from chatmill.checks.grounding.source import Source, Words
from chatmill.checks.grounding.system import judge_system
from chatmill.records import Finding, Message, Severity
from chatmill.text.alignment import broken_citations, uncited
from chatmill.text.morphemes import units
from chatmill.text.sentences import sentences
from chatmill.text.spans import Cover, Span

_MIN_EVIDENCE = 0.9995
"""From this score on nothing is worth sorting by."""

_MOST_REMARKS = 500
"""Findings about one question or answer; one with more of them is a log or an attack."""
_RETYPED = 0.6
"""Share of a passage's content a message must have for the passage to be its words typed anew."""


class GroundingCheck:
    """Finds words, numbers, names and statements that the cited messages do not have."""

    name = "grounding"
    version = "3"

    def check(self, checked: Checked) -> Iterator[Finding]:
        """Yield errors for what the source does not say, and what a person typed; then a score."""
        cited = checked.cited_messages
        whole = Source(cited or _shown(checked))
        room = Room(checked)
        scores: list[float] = []
        for passage in checked.passages:
            source = whole
            if cited and not passage.citations:
                source = Source((*cited, *_retyped(checked, passage)))
            yield from self._citations(checked, passage)
            yield from self._sentences(checked, passage, source, room, scores)
            yield from self._words(checked, passage, source)
        yield from self._system(checked, whole, room)
        score = example_score(scores)
        if score < _MIN_EVIDENCE:
            yield finding(self.name, checked, "info", "", SCORED, evidence=f"{score:.3f}")

    def _citations(self, checked: Checked, passage: Passage) -> Iterator[Finding]:
        for each in broken_citations(
            passage.text, passage.citations, checked.conversation.messages
        ):
            yield finding(
                self.name,
                checked,
                "error",
                passage.field,
                "is cited from a message that says something else",
                start=each.at,
                end=min(len(passage.text), each.at + each.end - each.start),
                evidence=each.message_id,
            )

    def _sentences(
        self, checked: Checked, passage: Passage, source: Source, room: Room, scores: list[float]
    ) -> Iterator[Finding]:
        """Yield what is wrong with each sentence of a passage, and append their scores."""
        written = Cover(passage.written if passage.kind == "question" else ())
        left = _MOST_REMARKS
        for span in sentences(passage.text):
            judged = judge_sentence(passage.text, span, source)
            scores.append(judged.score)
            remarks = [_with_room(each, passage.text, room) for each in judged.remarks[:left]]
            if judged.is_foreign and left:
                remarks.append(_foreign_sentence(passage.text, span, room))
            left = max(0, left - len(remarks))
            for remark in remarks:
                yield self._remark(checked, passage.field, _mildly(remark, written))

    def _words(self, checked: Checked, passage: Passage, source: Source) -> Iterator[Finding]:
        """Say of what no citation covers whether the messages have it in other words."""
        for gap in uncited(passage.text, passage.citations, passage.typed):
            loose = list(unsupported_words(passage.text, gap, source))
            severity: Severity = "error" if loose else "info"
            yield finding(
                self.name,
                checked,
                severity,
                passage.field,
                "stands in no cited message" if loose else "is not cited, but its words are there",
                start=gap.start,
                end=gap.end,
                evidence=gap.of(passage.text),
            )
        for typed in passage.typed:
            span = Span(typed.at, typed.at + typed.length)
            yield finding(
                self.name,
                checked,
                "info",
                passage.field,
                f"typed by {typed.origin}, not in the source",
                start=span.start,
                end=span.end,
                evidence=span.of(passage.text),
            )

    def _system(self, checked: Checked, source: Source, room: Room) -> Iterator[Finding]:
        """Say of the system line what nobody said in the conversation."""
        said = Source(
            Message(id=passage.field, speaker="", text=passage.text) for passage in checked.passages
        )
        products = checked.settings.project.products
        for remark in judge_system(checked.example.system, source, said, room, products):
            yield self._remark(checked, "system", remark)

    def _remark(self, checked: Checked, field: str, remark: Remark) -> Finding:
        return finding(
            self.name,
            checked,
            remark.severity,
            field,
            remark.message,
            start=remark.start,
            end=remark.end,
            evidence=remark.evidence,
        )


def _shown(checked: Checked) -> tuple[Message, ...]:
    """Return the messages shown around the example."""
    near = set(checked.example.context)
    return tuple(each for each in checked.conversation.messages if each.id in near)


def _retyped(checked: Checked, passage: Passage) -> tuple[Message, ...]:
    """Return the shown messages a passage without any citation was clearly made of."""
    claim = units(passage.text)
    return tuple(
        message
        for message in _shown(checked)
        if message.text
        and compare(
            passage.text, claim, Words(message.id, message.text, units(message.text))
        ).shared
        >= _RETYPED
    )


def _foreign_sentence(text: str, span: Span, room: Room) -> Remark:
    elsewhere = room.elsewhere(span.of(text))
    return Remark(
        severity="error" if elsewhere else "warning",
        start=span.start,
        end=span.end,
        message=(
            "stands only in a message the example does not cite"
            if elsewhere
            else "no cited message supports this sentence"
        ),
        evidence=elsewhere or span.of(text),
    )


def _with_room(remark: Remark, text: str, room: Room) -> Remark:
    """Say of a foreign fact where else in the room it stands."""
    words = text[remark.start : remark.end]
    if not remark.message.startswith("the source has no") or len(words) < len("W55"):
        return remark
    elsewhere = room.elsewhere(words)
    if not elsewhere:
        return remark
    return replace(
        remark,
        severity="error",
        message=f"{remark.message}, but message {elsewhere} does, which is not cited",
    )


def _mildly(remark: Remark, written: Cover) -> Remark:
    """Make a note of a warning about words an extractor wrote itself: they are no quotation."""
    if remark.severity == "warning" and written.touches(remark.start, remark.end):
        return replace(remark, severity="info")
    return remark
