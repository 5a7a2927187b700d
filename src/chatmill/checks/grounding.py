"""Is every word of an example in its source: citations exact, sentences covered, facts present."""

from collections.abc import Iterator, Sequence

from chatmill.checks.base import Checked, Passage, finding
from chatmill.records import Finding, Message
from chatmill.text.alignment import broken_citations, uncited
from chatmill.text.facts import Fact, facts, missing_facts
from chatmill.text.products import find_products
from chatmill.text.spans import Span


class GroundingCheck:
    """Finds words, numbers and names that the cited messages do not have."""

    name = "grounding"
    version = "1"

    def check(self, checked: Checked) -> Iterator[Finding]:
        """Yield errors for uncovered words and foreign facts, and say what a person typed."""
        cited = checked.cited_messages
        for passage in checked.passages:
            yield from self._citations(checked, passage)
            yield from self._facts(checked, passage, cited)
        yield from self._system(checked, cited)

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
        for gap in uncited(passage.text, passage.citations, passage.typed):
            yield finding(
                self.name,
                checked,
                "error",
                passage.field,
                "stands in no cited message",
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

    def _facts(
        self, checked: Checked, passage: Passage, cited: Sequence[Message]
    ) -> Iterator[Finding]:
        sources = [message.text for message in cited]
        for fact in missing_facts(passage.text, sources):
            if fact.kind == "identifier" and fact.text in " ".join(sources):
                continue
            yield finding(
                self.name,
                checked,
                "error",
                passage.field,
                f"the source has no {_called(fact)} {fact.text}",
                start=fact.start,
                end=fact.end,
                evidence=_nearest(fact, sources),
            )

    def _system(self, checked: Checked, cited: Sequence[Message]) -> Iterator[Finding]:
        """Every fact of the system line stands in the cited text; a product, in the room."""
        line = checked.example.system
        texts = [message.text for message in cited]
        texts += [passage.text for passage in checked.passages]
        known = checked.settings.project.products
        products = {each.casefold() for each in find_products(line, known)}
        room = " ".join(
            [checked.conversation.title, *(m.text for m in checked.conversation.messages)]
        )
        for fact in missing_facts(line, texts):
            if fact.text in room or fact.text.casefold() in products & {
                each.casefold() for each in find_products(room, known)
            }:
                continue
            yield finding(
                self.name,
                checked,
                "error",
                "system",
                f"the source has no {_called(fact)} {fact.text}",
                start=fact.start,
                end=fact.end,
                evidence=fact.text,
            )


def _called(fact: Fact) -> str:
    return {"url": "address", "email": "address", "part": "name", "identifier": "name"}.get(
        fact.kind, fact.kind
    )


def _nearest(fact: Fact, sources: Sequence[str]) -> str:
    """Name what the source says of the same kind, the closest in length and letters first."""
    same = {each.text for source in sources for each in facts(source) if each.kind == fact.kind}

    def distance(text: str) -> tuple[int, str]:
        shared = sum(a == b for a, b in zip(text, fact.text, strict=False))
        return (max(len(text), len(fact.text)) - shared, text)

    return min(same, key=distance, default="")
