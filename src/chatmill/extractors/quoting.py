"""Finds the sentences of messages a model's words come from; an example gets those, not its words.

A model chooses, the source speaks: whole sentences of the source stand for what the model wrote,
with the source's letters and case. Nothing inside a sentence is left out, because a dropped `not`
turns it around.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from chatmill.records import Message
from chatmill.text.alignment import Piece, cite
from chatmill.text.sentences import sentences
from chatmill.text.spans import Span, trimmed
from chatmill.text.tokens import tokens

MARK = re.compile(r"^\s*(?:Q|A|질문|답변|문|답)\s?[).:]\s*(?=\S)")
"""`Q)` and `A)` as people and models write them before questions and answers."""
_MEANT_SHARE = 0.5
"""A sentence of the source is meant where this much of it is quoted, or of the model's sentence."""
_SUPPORTED_SHARE = 0.5
"""Below this share of supported words a model's sentence is invented."""
_MOST_COMPARED = 20_000_000
"""Letters of a sentence times letters of the messages it is looked for in, a bound for hostile
text; above it a sentence is found as a whole or by its words alone."""
_SAME = str.maketrans(
    {"“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "\u00a0": " ", "\u3000": " "}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What a model's words are in the source."""

    spans: tuple[tuple[Message, Span], ...]
    """Whole sentences, in the order of the messages."""
    unsupported: tuple[str, ...]
    """Words of the model the source does not have there."""
    invented: tuple[str, ...]
    """Sentences of the model the source does not have."""


@dataclass(slots=True)
class _Search:
    """The cited messages, folded once, and what of them was found."""

    messages: Sequence[Message]
    folded: list[Message] = field(init=False)
    place_of: dict[str, int] = field(init=False)
    found: dict[int, set[Span]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folded = [replace(each, text=fold(each.text)) for each in self.messages]
        self.place_of = {each.id: place for place, each in enumerate(self.messages)}


def fold(text: str) -> str:
    """Return a text of the same length without case and typographic differences."""
    lowered = "".join(low if len(low := letter.lower()) == 1 else letter for letter in text)
    return lowered.translate(_SAME)


def quote(text: str, cited: Sequence[Message], others: Sequence[Message] = ()) -> Quote:
    """Find where a model's question or answer stands.

    Args:
        text: As the model wrote it.
        cited: The messages it named, in order.
        others: Further messages it saw; a sentence that stands there word for word counts too,
            the model only mistook the number.
    """
    search = _Search([*cited, *others])
    n_cited = len(cited)
    unsupported: list[str] = []
    invented: list[str] = []
    for line in text.splitlines():
        bare = MARK.sub("", line, count=1)
        for span in sentences(bare):
            sentence = span.of(bare)
            missing, n_words = _find(sentence, search, 0, n_cited)
            if missing and others:
                elsewhere = _Search(others)
                if not _find(sentence, elsewhere, 0, len(others))[0]:
                    for place, spans in elsewhere.found.items():
                        search.found.setdefault(n_cited + place, set()).update(spans)
                    continue
            unsupported += missing
            if n_words and len(missing) > n_words * (1 - _SUPPORTED_SHARE):
                invented.append(sentence)
    return Quote(
        spans=_in_order(search),
        unsupported=tuple(dict.fromkeys(unsupported)),
        invented=tuple(invented),
    )


def pieces_of(
    spans: Iterable[tuple[Message, Span]], kept: dict[str, tuple[Span, ...]]
) -> list[Piece]:
    """Cut what trimming cuts off quoted sentences, and put neighbours together.

    Args:
        spans: In the order of the messages.
        kept: Message id → what trimming leaves of it.
    """
    pieces: list[Piece] = []
    for message, span in spans:
        for allowed in kept[message.id]:
            part = Span(max(span.start, allowed.start), min(span.end, allowed.end))
            if part.start >= part.end:
                continue
            mark = MARK.match(part.of(message.text))
            start = part.start + mark.end() if mark else part.start
            part = trimmed(message.text, Span(start, part.end))
            last = pieces[-1] if pieces else None
            if last and last.message.id == message.id and _is_gapless(last, part):
                pieces[-1] = Piece(message, Span(last.span.start, part.end))
            elif part.start < part.end:
                pieces.append(Piece(message, part))
    return pieces


def _is_gapless(last: Piece, part: Span) -> bool:
    return not last.message.text[last.span.end : part.start].strip()


def _in_order(search: _Search) -> tuple[tuple[Message, Span], ...]:
    return tuple(
        (search.messages[place], span)
        for place in sorted(search.found)
        for span in sorted(search.found[place])
    )


def _find(sentence: str, search: _Search, first: int, last: int) -> tuple[list[str], int]:
    """Note the source's sentences a sentence stands for.

    Returns:
        Words of it no such sentence has, and how many words it has.
    """
    folded = fold(sentence)
    words = [token.text for token in tokens(folded)]
    if not words:
        return [], 0
    touched = _touched(folded, search, first, last)
    wanted = set(words)
    known: set[str] = set()
    for place, span in touched:
        known |= {token.text for token in tokens(span.of(search.folded[place].text))}
    if not wanted <= known:
        for place, span, own in _short_ones(search, first, last):
            if own <= wanted and own - known:
                touched.append((place, span))
                known |= own
    for place, span in touched:
        search.found.setdefault(place, set()).add(span)
    spelled = {token.text: sentence[token.start : token.end] for token in tokens(folded)}
    return [spelled[word] for word in words if word not in known], len(words)


def _touched(folded: str, search: _Search, first: int, last: int) -> list[tuple[int, Span]]:
    """Find sentences of the source that a sentence quotes, chance matches left out."""
    n_letters = _n_letters(folded)
    quoted: dict[tuple[int, Span], int] = {}
    for place, found in _places(folded, search, first, last):
        text = search.folded[place].text
        for span in sentences(search.messages[place].text):
            if span.start < found.end and found.start < span.end:
                part = text[max(span.start, found.start) : min(span.end, found.end)]
                quoted[place, span] = quoted.get((place, span), 0) + _n_letters(part)
    return [
        (place, span)
        for (place, span), n_quoted in quoted.items()
        if n_quoted
        >= _MEANT_SHARE * min(_n_letters(span.of(search.messages[place].text)), n_letters)
    ]


def _places(folded: str, search: _Search, first: int, last: int) -> list[tuple[int, Span]]:
    """Find where a sentence stands: as a whole, else piece by piece."""
    sentence = folded.strip()
    for place in range(first, last):
        start = search.folded[place].text.find(sentence)
        if start >= 0 and _is_bounded(search.folded[place].text, start, len(sentence)):
            return [(place, Span(start, start + len(sentence)))]
    messages = search.folded[first:last]
    if len(sentence) * sum(len(each.text) for each in messages) > _MOST_COMPARED:
        return []
    return [
        (search.place_of[each.message_id], Span(each.start, each.end))
        for each in cite(folded, messages, origin="model").citations
    ]


def _is_bounded(text: str, start: int, length: int) -> bool:
    """Tell whether a stretch begins and ends where words do."""
    around = text[max(0, start - 1) : start + 1], text[start + length - 1 : start + length + 1]
    return not any(len(pair) > 1 and pair.isalnum() for pair in around)


def _short_ones(search: _Search, first: int, last: int) -> Iterable[tuple[int, Span, set[str]]]:
    """Yield sentences with the words they have: `네.` is too short to be found by its letters."""
    for place in range(first, last):
        for span in sentences(search.messages[place].text):
            own = {token.text for token in tokens(span.of(search.folded[place].text))}
            if own:
                yield place, span, own


def _n_letters(text: str) -> int:
    return sum(not letter.isspace() for letter in text)
