"""What an extractor sees of a section of a document: its headings, and its paragraphs of today."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from chatmill.records import Conversation, Message, Rejection, ThreadedConversation
from chatmill.text.cues import is_question
from chatmill.text.spans import Span, trimmed

PLATFORM = "document"
"""Conversations of this platform are sections, as `importers.documents` makes them."""
BETWEEN = " › "
"""Stands between the headings of the first message."""
QUESTION_MARK = re.compile(r"^\s*(?:Q|질문|문)\s?\d{0,4}\s?[).:：]\s*(?=\S)")
ANSWER_MARK = re.compile(r"^\s*(?:A|답변|답)\s?\d{0,4}\s?[).:：]\s*(?=\S)")
_FAQ = re.compile(
    r"\b(?:faqs?|frequently asked|q ?& ?a)\b|자주\s?묻는|질문과\s?답|질의\s?응답", re.IGNORECASE
)
_HOW_TO = re.compile(r"^(?:how|when|where|what)\s+to\b", re.IGNORECASE)
"""Heads a chapter as often as it asks."""
_RAW_CHARACTERS = 160


@dataclass(frozen=True, slots=True)
class DocumentSection:
    """One section as its last edition has it."""

    threaded: ThreadedConversation
    """The conversation with only these messages."""
    headings: Message
    """Headings from the outermost in."""
    paragraphs: tuple[Message, ...]
    """What stands below them; a paragraph that was there before keeps its message."""

    @property
    def messages(self) -> tuple[Message, ...]:
        """All of it, in order."""
        return (self.headings, *self.paragraphs)

    @property
    def heading(self) -> Span:
        """Where the section's own heading stands in the headings."""
        text = self.headings.text
        start = text.rfind(BETWEEN) + len(BETWEEN) if BETWEEN in text else 0
        return Span(start, len(text))

    @property
    def question(self) -> Span | None:
        """Where the heading asks something, without a `Q.` before it; None where it asks nothing.

        "How to reset" heads a chapter, and asks only where the document collects questions.
        """
        text, span = self.headings.text, self.heading
        own = span.of(text)
        mark = QUESTION_MARK.match(own)
        if mark is not None:
            return trimmed(text, Span(span.start + mark.end(), span.end))
        if not is_question(own) or (_HOW_TO.match(own) and not own.rstrip().endswith("?")):
            collects = _FAQ.search(text[: span.start]) and _HOW_TO.match(own)
            return span if collects else None
        return span


def is_document(threaded: ThreadedConversation) -> bool:
    """Say whether a conversation is a section of a document."""
    return threaded.conversation.platform == PLATFORM


def section_of(threaded: ThreadedConversation) -> DocumentSection:
    """Read the last edition of a section.

    Args:
        threaded: Of the platform `document`: ids are `WORDS.EDITION`, and the messages of the
            edition imported last stand last.
    """
    messages = threaded.conversation.messages
    edition = _edition(messages[-1])
    first: dict[str, Message] = {}
    for message in messages:
        first.setdefault(message.id.rpartition(".")[0] or message.id, message)
    today = [
        first[each.id.rpartition(".")[0] or each.id]
        for each in messages
        if _edition(each) == edition
    ]
    conversation: Conversation = replace(threaded.conversation, messages=tuple(today))
    return DocumentSection(
        threaded=replace(threaded, conversation=conversation),
        headings=today[0],
        paragraphs=tuple(today[1:]),
    )


def titled(section: DocumentSection) -> list[Message]:
    """Return the messages with the document's name in front, where products are looked for."""
    title = section.threaded.conversation.title
    return [Message(id="", speaker="", text=title), *section.messages]


def section_rejection(
    section: DocumentSection, reason: str, messages: Sequence[Message] = ()
) -> Rejection:
    """Say why a section gives no example."""
    shown = messages or section.messages
    raw = " / ".join(each.text for each in shown)[:_RAW_CHARACTERS]
    source = section.threaded.conversation.id
    return Rejection(stage="extract", source=source, reason=" ".join(reason.split()), raw=raw)


def _edition(message: Message) -> str:
    return message.id.rpartition(".")[2]
