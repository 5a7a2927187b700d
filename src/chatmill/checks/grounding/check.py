"""The check itself: walks an example's sentences and says what their messages do not support."""

from collections.abc import Iterator

from chatmill.checks.base import Checked, Passage, cited_messages, finding
from chatmill.checks.grounding.claims import (
    Judged,
    Remark,
    foreign_facts,
    judge_sentence,
    unsupported_words,
)
from chatmill.checks.grounding.differences import compare
from chatmill.checks.grounding.score import SCORED, example_score
from chatmill.checks.grounding.source import Source, Words
from chatmill.records import Finding, Message, Severity
from chatmill.text.alignment import broken_citations, uncited
from chatmill.text.morphemes import units
from chatmill.text.products import find_products
from chatmill.text.sentences import sentences
from chatmill.text.spans import Span

_MIN_EVIDENCE = 0.9995
"""From this score on nothing is worth sorting by."""

_MOST_MESSAGES, _MOST_LETTERS = 20_000, 1_000
"""Rooms and words up to which it is looked up where else foreign words stand."""
_MOST_REMARKS = 200
"""Findings about one sentence; one with more of them is a log or an attack."""
_RETYPED = 0.6
"""Share of a passage's content a message must have for the passage to be its words typed anew."""


class GroundingCheck:
    """Finds words, numbers, names and statements that the cited messages do not have."""

    name = "grounding"
    version = "2"

    def check(self, checked: Checked) -> Iterator[Finding]:
        """Yield errors for what the source does not say, and what a person typed; then a score."""
        cited = checked.cited_messages
        whole = Source(cited or _shown(checked))
        scores: list[float] = []
        for passage in checked.passages:
            source = whole
            if cited and not passage.citations:
                source = Source((*cited, *_retyped(checked, passage)))
            yield from self._citations(checked, passage)
            for span in sentences(passage.text):
                judged = judge_sentence(passage.text, span, source)
                scores.append(judged.score)
                yield from self._sentence(checked, passage, span, judged)
            yield from self._words(checked, passage, source)
        yield from self._system(checked, whole)
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

    def _sentence(
        self, checked: Checked, passage: Passage, span: Span, judged: Judged
    ) -> Iterator[Finding]:
        for remark in judged.remarks[:_MOST_REMARKS]:
            yield self._remark(checked, passage.field, _with_room(remark, passage.text, checked))
        if not judged.is_foreign:
            return
        elsewhere = _elsewhere(checked, span.of(passage.text))
        message = "no cited message supports this sentence"
        if elsewhere:
            message = "stands only in a message the example does not cite"
        yield finding(
            self.name,
            checked,
            "error" if elsewhere else "warning",
            passage.field,
            message,
            start=span.start,
            end=span.end,
            evidence=elsewhere or span.of(passage.text),
        )

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

    def _system(self, checked: Checked, source: Source) -> Iterator[Finding]:
        """Every fact of the system line stands in the cited text; a product, in the room."""
        line = checked.example.system
        said = Source(
            Message(id=passage.field, speaker="", text=passage.text) for passage in checked.passages
        )
        known = checked.settings.project.products
        products = {each.casefold() for each in find_products(line, known)}
        room = ""
        in_room: set[str] = set()
        for remark in foreign_facts(line, source):
            words = line[remark.start : remark.end]
            if not any(True for _ in foreign_facts(words, said)):
                continue
            if not room:
                room = _room(checked)
                in_room = {each.casefold() for each in find_products(room, known)}
            if words in room or words.casefold() in products & in_room:
                continue
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


def _room(checked: Checked) -> str:
    return " ".join([checked.conversation.title, *(m.text for m in checked.conversation.messages)])


def _elsewhere(checked: Checked, words: str) -> str:
    """Name a message that has these words and is not cited; empty where none has."""
    if len(checked.conversation.messages) > _MOST_MESSAGES or len(words) > _MOST_LETTERS:
        return ""
    cited = cited_messages(checked.example)
    return next(
        (m.id for m in checked.conversation.messages if words in m.text and m.id not in cited), ""
    )


def _with_room(remark: Remark, text: str, checked: Checked) -> Remark:
    """Say of a foreign fact where else in the room it stands."""
    words = text[remark.start : remark.end]
    if not remark.message.startswith("the source has no") or len(words) < len("W55"):
        return remark
    elsewhere = _elsewhere(checked, words)
    if not elsewhere:
        return remark
    return Remark(
        severity="error",
        start=remark.start,
        end=remark.end,
        message=f"{remark.message}, but message {elsewhere} does, which is not cited",
        evidence=remark.evidence,
    )
