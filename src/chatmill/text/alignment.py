"""Finds where a text stands, letter for letter, in messages; the only maker of citations."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from chatmill.records import Citation, Message, TypedSpan
from chatmill.text.spans import Span, trimmed, uncovered

_WORD_START = re.compile(r"(?<!\w)\w|[^\w\s]")
_MIN_LETTERS = 6
"""Shorter matches inside an edited text would be chance, unless they are all of it."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of one message that goes into a question or answer as it stands."""

    message: Message
    span: Span
    """Code points of the message's text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CitedText:
    """A question or answer with the proof of where its words come from."""

    text: str
    citations: tuple[Citation, ...] = ()
    """In order of `at`."""
    typed: tuple[TypedSpan, ...] = ()
    """What no message holds, in order of `at`."""


def join_pieces(pieces: Iterable[Piece]) -> CitedText:
    """Put pieces together: a line end between messages and where one was cut, else a space."""
    text = ""
    citations: list[Citation] = []
    last: Piece | None = None
    for piece in pieces:
        if last is not None:
            text += _joint(last, piece)
        citations.append(
            Citation(
                message_id=piece.message.id,
                start=piece.span.start,
                end=piece.span.end,
                at=len(text),
            )
        )
        text += piece.span.of(piece.message.text)
        last = piece
    return CitedText(text=text, citations=tuple(citations))


def cite(text: str, messages: Sequence[Message], *, origin: str = "reviewer") -> CitedText:
    """Cite whatever of a text stands in the messages and mark the rest as typed.

    Takes the longest match at each word, from word edge to word edge, the message after the last
    citation first among equals. Matches of a few letters inside other words count as typed.

    Args:
        text: A question or answer, possibly edited.
        messages: Where its words may come from, in order.
        origin: Who put in what no message holds.
    """
    citations: list[Citation] = []
    position = 0
    while position < len(text):
        start = _WORD_START.search(text, position)
        if start is None:
            break
        best = _longest_match(text, start.start(), messages, citations)
        if best is None:
            position = _word_end(text, start.start())
            continue
        citations.append(best)
        position = best.at + best.end - best.start
    spans = [Span(each.at, each.at + each.end - each.start) for each in citations]
    typed = tuple(
        TypedSpan(at=gap.start, length=gap.end - gap.start, origin=origin)
        for gap in uncovered(text, spans)
    )
    return CitedText(text=text, citations=tuple(citations), typed=typed)


def broken_citations(
    text: str, citations: Iterable[Citation], messages: Iterable[Message]
) -> tuple[Citation, ...]:
    """List citations that do not reproduce the text exactly or name an unknown message."""
    by_id = {message.id: message for message in messages}
    return tuple(
        each
        for each in citations
        if each.message_id not in by_id
        or not 0 <= each.start < each.end <= len(by_id[each.message_id].text)
        or text[each.at : each.at + each.end - each.start]
        != by_id[each.message_id].text[each.start : each.end]
    )


def uncited(
    text: str, citations: Iterable[Citation], typed: Iterable[TypedSpan] = ()
) -> tuple[Span, ...]:
    """List the stretches of a text that neither a citation nor a typed span covers."""
    spans = [Span(each.at, each.at + each.end - each.start) for each in citations]
    spans += [Span(each.at, each.at + each.length) for each in typed]
    return uncovered(text, spans)


def _joint(last: Piece, piece: Piece) -> str:
    if last.message.id != piece.message.id:
        return "\n"
    between = last.message.text[last.span.end : piece.span.start]
    return "\n" if "\n" in between else " "


def _longest_match(
    text: str, at: int, messages: Sequence[Message], before: Sequence[Citation]
) -> Citation | None:
    best: Citation | None = None
    last = before[-1] if before else None
    word = text[at : _word_end(text, at)]
    for message in messages:
        found = message.text.find(word)
        while found >= 0:
            if _is_edge(message.text, found):
                length = _match_length(text, at, message.text, found)
                candidate = Citation(message_id=message.id, start=found, end=found + length, at=at)
                if length and _is_better(candidate, best, last):
                    best = candidate
            found = message.text.find(word, found + 1)
    if best is None:
        return None
    is_whole = trimmed(text, Span(0, len(text))) == Span(at, at + best.end - best.start)
    return best if is_whole or _is_long_enough(text, best) else None


def _is_better(candidate: Citation, best: Citation | None, last: Citation | None) -> bool:
    if best is None:
        return True
    length, best_length = candidate.end - candidate.start, best.end - best.start
    if length != best_length:
        return length > best_length
    return last is not None and _follows(candidate, last) and not _follows(best, last)


def _follows(candidate: Citation, last: Citation) -> bool:
    return candidate.message_id == last.message_id and candidate.start >= last.end


def _match_length(text: str, at: int, source: str, start: int) -> int:
    """Count the letters both share from here, drawn back to a word edge of both."""
    length = 0
    limit = min(len(text) - at, len(source) - start)
    while length < limit and text[at + length] == source[start + length]:
        length += 1
    while length and not (_is_edge(text, at + length) and _is_edge(source, start + length)):
        length -= 1
    while length and text[at + length - 1].isspace():
        length -= 1
    return length


def _is_edge(text: str, position: int) -> bool:
    if position <= 0 or position >= len(text):
        return True
    return not (_is_word_letter(text[position - 1]) and _is_word_letter(text[position]))


def _is_word_letter(letter: str) -> bool:
    return letter.isalnum() or letter == "_"


def _is_long_enough(text: str, citation: Citation) -> bool:
    words = text[citation.at : citation.at + citation.end - citation.start]
    return sum(not letter.isspace() for letter in words) >= _MIN_LETTERS


def _word_end(text: str, start: int) -> int:
    end = start + 1
    while end < len(text) and not _is_edge(text, end):
        end += 1
    return end
