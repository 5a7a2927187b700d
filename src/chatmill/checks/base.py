"""What a check is: it looks at one example beside its source and yields findings."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, Protocol

from chatmill.records import Citation, Conversation, Example, Finding, Message, Severity, TypedSpan
from chatmill.settings import Settings
from chatmill.text.spans import Span

BY_EXTRACTOR = "the extractor"
"""Begins the origin of words an extractor wrote: questions about documents."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """One question or answer of an example, under the name findings call it."""

    field: str
    """`turns[0].question`, `turns[0].answer`, …"""
    kind: Literal["question", "answer"]
    text: str
    citations: tuple[Citation, ...]
    typed: tuple[TypedSpan, ...]

    @property
    def written(self) -> tuple[Span, ...]:
        """The stretches an extractor wrote itself."""
        return tuple(
            Span(each.at, each.at + each.length)
            for each in self.typed
            if each.origin.startswith(BY_EXTRACTOR)
        )


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What a check may look at; what is worked out from it is worked out once for all checks."""

    example: Example
    conversation: Conversation
    settings: Settings

    @cached_property
    def messages(self) -> dict[str, Message]:
        """The conversation's messages by id."""
        return {message.id: message for message in self.conversation.messages}

    @cached_property
    def passages(self) -> tuple[Passage, ...]:
        """Every question and answer, in order."""
        return tuple(
            passage
            for number, turn in enumerate(self.example.turns)
            for passage in (
                Passage(
                    field=f"turns[{number}].question",
                    kind="question",
                    text=turn.question,
                    citations=turn.question_citations,
                    typed=turn.question_typed,
                ),
                Passage(
                    field=f"turns[{number}].answer",
                    kind="answer",
                    text=turn.answer,
                    citations=turn.answer_citations,
                    typed=turn.answer_typed,
                ),
            )
        )

    def text_of(self, field: str) -> str:
        """Return the words of a field of the example; empty for the whole example."""
        if field == "system":
            return self.example.system
        return self._texts.get(field, "")

    @cached_property
    def _texts(self) -> dict[str, str]:
        return {passage.field: passage.text for passage in self.passages}

    @cached_property
    def cited_messages(self) -> tuple[Message, ...]:
        """The messages some citation names, in the conversation's order."""
        cited = cited_messages(self.example)
        return tuple(m for m in self.conversation.messages if m.id in cited)


def cited_messages(example: Example) -> set[str]:
    """Return the ids of the messages an example's words come from."""
    return {
        each.message_id
        for turn in example.turns
        for each in (*turn.question_citations, *turn.answer_citations)
    }


class Check(Protocol):
    """One thing to look for.

    A check never raises because of what an example says, and gives the same findings for the same
    example, conversation and settings. One that finds several kinds of things lists them as `kinds`
    (see `kinds_of`) and calls its findings `NAME.KIND`, such as `odd.image`.
    """

    name: str
    """As in `[check] severity` and in findings."""
    version: str
    """Changes whenever the same example would get other findings."""

    def check(self, checked: Checked) -> Iterator[Finding]:
        """Yield what is odd, at the exact words."""
        ...


def kinds_of(check: Check) -> Mapping[str, str]:
    """Return kind → what it finds, in a few words; empty where a check finds one kind only."""
    kinds: Mapping[str, str] = getattr(check, "kinds", {})
    return kinds


def finding(  # noqa: PLR0913 - the fields of a finding
    check: str,
    checked: Checked,
    severity: Severity,
    field: str,
    message: str,
    *,
    start: int = 0,
    end: int = 0,
    evidence: str = "",
) -> Finding:
    """Make a finding about an example; `check` is the check's name, or `NAME.KIND`."""
    return Finding(
        example_id=checked.example.id,
        check=check,
        severity=severity,
        field=field,
        start=start,
        end=end,
        message=message,
        evidence=evidence,
    )
