"""What `rules` takes of a document: only what asks and answers already."""

from collections.abc import Iterable

from chatmill.extractors.base import Extraction
from chatmill.extractors.examples import example_of
from chatmill.extractors.reading import room_of
from chatmill.extractors.sections import (
    ANSWER_MARK,
    DocumentSection,
    section_of,
    section_rejection,
    titled,
)
from chatmill.records import Message, ThreadedConversation, Turn
from chatmill.settings import Settings
from chatmill.text.alignment import CitedText, Piece, join_pieces
from chatmill.text.spans import Span, trimmed

NO_QUESTION = "not written as a question and its answer; the extractor llm asks what it answers"
NO_ANSWER = "a question without an answer below it"


def asked_sections(
    threaded: ThreadedConversation, settings: Settings, *, extractor: str
) -> Extraction:
    """Return the example of a section whose heading asks and whose text answers.

    Args:
        threaded: A section of a document.
        settings: `[project] products` is used.
        extractor: Name of who extracts.
    """
    section = section_of(threaded)
    turn = _turn(section)
    if turn is None:
        reason = NO_ANSWER if section.question is not None else NO_QUESTION
        return Extraction(examples=(), rejections=(section_rejection(section, reason),))
    room = room_of(section.threaded, settings)
    example = example_of([turn], titled(section), room, extractor=extractor)
    return Extraction(examples=(example,), rejections=())


def _turn(section: DocumentSection) -> Turn | None:
    asked = section.question
    if asked is None or asked.start >= asked.end:
        return None
    answer = whole_answer(section.paragraphs)
    if not answer.text:
        return None
    question = join_pieces([Piece(section.headings, asked)])
    return Turn(
        question=question.text,
        answer=answer.text,
        question_citations=question.citations,
        answer_citations=answer.citations,
    )


def whole_answer(paragraphs: Iterable[Message]) -> CitedText:
    """Cite paragraphs whole, without an `A.` before the first."""
    pieces: list[Piece] = []
    for message in paragraphs:
        mark = ANSWER_MARK.match(message.text) if not pieces else None
        span = trimmed(message.text, Span(mark.end() if mark else 0, len(message.text)))
        if span.start < span.end:
            pieces.append(Piece(message, span))
    return join_pieces(pieces)
