"""Makes an example of turns: its id, the messages around it, its system line."""

import hashlib
from collections.abc import Iterable, Sequence
from itertools import chain

from chatmill.extractors.reading import Room
from chatmill.extractors.summary import products_of_example, system_line
from chatmill.records import Example, Message, Turn
from chatmill.text.facts import missing_facts
from chatmill.text.language import detect_language
from chatmill.text.products import find_products
from chatmill.text.tokens import stem, tokens

_ID_LETTERS = 16
_THREAD_START = 200
"""Messages of a thread in which a product is looked for when the turns name none."""
_LINE_CHARACTERS = (8, 240)
_KNOWN_SHARE = 0.5
"""Share of a line's words that must stand in the thread."""
_SHORT_WORD = 3
_FRAME = frozenset(
    """
    this about information conversation question support customer answer
    관한 대한 정보입니다 대화입니다 문의입니다 질문입니다 답변입니다 내용입니다 문의 질문 답변
    고객 지원
    """.split()  # noqa: SIM905 - as the word lists of words.py
)
"""Words of a system line that say nothing about its topic."""


def example_of(
    turns: Sequence[Turn],
    thread: Sequence[Message],
    room: Room,
    *,
    extractor: str,
    lines: Iterable[str] = (),
) -> Example:
    """Make an example.

    Args:
        turns: At least one, each word cited.
        thread: The messages they come from.
        room: The conversation they stand in.
        extractor: Its name.
        lines: System lines a model proposed; the first that holds up is taken, else one is made
            from the turns' own words.
    """
    conversation, settings = room.threaded.conversation, room.settings
    texts = [text for turn in turns for text in (turn.question, turn.answer)]
    language = detect_language(" ".join(texts)) or conversation.language
    around = chain((message.text for message in thread[:_THREAD_START]), room.first_product)
    products = products_of_example(texts, around, settings.project.products)
    held = (
        line
        for line in (" ".join(each.split()) for each in lines)
        if holds_up(line, [*texts, *(m.text for m in thread)], products, language)
    )
    cited = cited_ids(turns)
    return Example(
        id=example_id(conversation.id, cited),
        conversation_id=conversation.id,
        system=next(held, "")
        or system_line(
            [turn.question for turn in turns],
            [turn.answer for turn in turns],
            products=products,
            language=language,
        ),
        turns=tuple(turns),
        extractor=extractor,
        context=_context(room, cited),
        language=language,
    )


def holds_up(line: str, source: Sequence[str], products: Sequence[str], language: str) -> bool:
    """Tell whether a line a model wrote may stand: it names every product and invents nothing."""
    shortest, longest = _LINE_CHARACTERS
    words = {stem(each.text) for each in tokens(line)}
    telling = {word for word in words if len(word) > _SHORT_WORD or not word.isascii()} - _FRAME
    known = {stem(each.text) for text in source for each in tokens(text)}
    return (
        shortest <= len(line) <= longest
        and line.isprintable()
        and all(product in line for product in products)
        and set(find_products(line)) <= {*products, *find_products(source)}
        and not missing_facts(line, [*source, *products])
        and (detect_language(line) == "ko") == (language == "ko")
        and len(telling & known) >= _KNOWN_SHARE * len(telling)
    )


def cited_ids(turns: Iterable[Turn]) -> tuple[str, ...]:
    """List the messages turns cite, each once."""
    return tuple(
        dict.fromkeys(
            citation.message_id
            for turn in turns
            for citation in (*turn.question_citations, *turn.answer_citations)
        )
    )


def example_id(conversation_id: str, cited: Sequence[str]) -> str:
    """Return the id every extractor gives an example of these messages."""
    joined = "\x1f".join((conversation_id, *cited))
    return hashlib.sha256(joined.encode()).hexdigest()[:_ID_LETTERS]


def _context(room: Room, cited: Sequence[str]) -> tuple[str, ...]:
    """Name the cited messages and those right before and after each of them, in order."""
    messages = room.threaded.conversation.messages
    n_around = room.settings.extract.context_messages
    places = (room.place_of[each] for each in cited)
    near = {n for place in places for n in range(place - n_around, place + n_around + 1)}
    return tuple(messages[n].id for n in sorted(near) if 0 <= n < len(messages))
