"""The embedded extractor: walks through each thread by roles and cues and cites what it takes."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from chatmill.extractors.base import Extraction
from chatmill.extractors.summary import products_of_example, system_line
from chatmill.records import Example, Message, Rejection, ThreadedConversation, Turn
from chatmill.settings import Settings
from chatmill.text.alignment import Piece, join_pieces
from chatmill.text.cues import (
    Act,
    act_of,
    is_failure,
    is_misplaced,
    is_only_question,
    is_resolved,
    is_self_answer,
    is_thanks,
)
from chatmill.text.facts import facts
from chatmill.text.language import detect_language
from chatmill.text.names import find_mentions
from chatmill.text.products import find_products
from chatmill.text.tokens import tokens
from chatmill.text.trimming import Side, kept_spans

_NO_QUESTION: tuple[Act, ...] = ("empty", "thanks", "ack", "stall", "elsewhere", "ping", "unknown")
_MIN_FOLDED_WORDS = 4
"""A reply to a clarifying question shorter than this says too little to be part of the question."""
_MIN_STATEMENT_WORDS = 3
_UNANSWERED = "nobody answered"
_INSTEAD = {
    "elsewhere": "answered in another place (private message, mail, phone)",
    "asked back": "asked back, but never answered",
    "stall": "only a promise to look into it",
    "unknown": "nobody knew",
}
"""What came instead of an answer → why there is no example."""
_RAW_CHARACTERS = 160
_ID_LETTERS = 16


@dataclass(frozen=True, slots=True)
class _Said:
    """One message as the rules see it: what is left of it and what it does."""

    message: Message
    pieces: tuple[Piece, ...]
    text: str
    act: Act


@dataclass(frozen=True, slots=True)
class _Room:
    """A conversation with what is looked up in it again and again."""

    threaded: ThreadedConversation
    settings: Settings
    speakers: frozenset[str]
    agents: frozenset[str]
    place_of: dict[str, int]
    """Message id → place in the conversation."""


@dataclass(slots=True)
class _OpenTurn:
    """A question on its way to an answer."""

    question: list[_Said] = field(default_factory=list)
    answer: list[_Said] = field(default_factory=list)
    is_asked_back: bool = False
    """The agent asked for something and waits for it."""
    seen: set[str] = field(default_factory=set)
    """What came instead of an answer: keys of `_INSTEAD`."""


class RulesExtractor:
    """Question and answer pairs by roles and cues, in the source's own words."""

    name = "rules"
    version = "1"

    def extract(self, threaded: ThreadedConversation, settings: Settings) -> Extraction:
        """Return one example a thread that has a question and an answer."""
        room = _room(threaded, settings)
        examples: list[Example] = []
        rejections: list[Rejection] = []
        for messages in _threads(threaded):
            turns, left_out = _turns_of_thread(messages, room)
            rejections += left_out
            for start in range(0, len(turns), settings.extract.max_turns):
                part = turns[start : start + settings.extract.max_turns]
                examples.append(_example(part, messages, room, self.name))
        return Extraction(examples=tuple(examples), rejections=tuple(rejections))


def _room(threaded: ThreadedConversation, settings: Settings) -> _Room:
    messages = threaded.conversation.messages
    return _Room(
        threaded=threaded,
        settings=settings,
        speakers=frozenset(m.speaker for m in messages if m.speaker),
        agents=frozenset(m.speaker for m in messages if threaded.roles[m.id] == "agent"),
        place_of={message.id: place for place, message in enumerate(messages)},
    )


def _threads(threaded: ThreadedConversation) -> list[list[Message]]:
    by_thread: dict[str, list[Message]] = {}
    for message in threaded.conversation.messages:
        by_thread.setdefault(threaded.thread_ids[message.id], []).append(message)
    return list(by_thread.values())


def _turns_of_thread(
    messages: Sequence[Message], room: _Room
) -> tuple[list[Turn], list[Rejection]]:
    """Walk through one thread, opening a turn at a question and closing it at the next."""
    threaded, settings = room.threaded, room.settings
    closed: list[_OpenTurn] = []
    current = _OpenTurn()
    for message in messages:
        role = threaded.roles[message.id]
        if message.kind != "text" or role in ("system", "bot"):
            continue
        side: Side = "question" if role == "customer" else "answer"
        said = _said(message, room, side)
        if role == "customer":
            if _starts_new_turn(current, said, settings):
                closed.append(current)
                current = _OpenTurn()
            _hear_customer(current, said)
        elif not _is_between_agents(message, room):
            _hear_agent(current, said)
    closed.append(current)
    turns: list[Turn] = []
    rejections: list[Rejection] = []
    for each in closed:
        reason = _why_not(each, settings)
        if not reason:
            turns.append(_turn(each))
        elif each.question:
            source = threaded.conversation.id
            raw = " / ".join(said.text for said in each.question)[:_RAW_CHARACTERS]
            rejections.append(Rejection(stage="extract", source=source, reason=reason, raw=raw))
    if not turns and not rejections:
        rejections += _nothing_asked(messages, threaded)
    return turns, rejections


def _is_between_agents(message: Message, room: _Room) -> bool:
    """Tell whether an agent speaks to other agents only, by name."""
    named = {each.speaker for each in find_mentions(message.text, room.speakers) if each.speaker}
    return bool(named) and named <= room.agents


def _said(message: Message, room: _Room, side: Side) -> _Said:
    spans = kept_spans(message.text, room.settings.extract.trim, room.speakers, side)
    pieces = tuple(Piece(message, span) for span in spans)
    text = join_pieces(pieces).text
    return _Said(message, pieces, text, act_of(text))


def _starts_new_turn(current: _OpenTurn, said: _Said, settings: Settings) -> bool:
    """Tell whether a customer who was answered asks again, and not only says how it went."""
    if not current.answer or said.act in _NO_QUESTION:
        return False
    if said.act == "question":
        return not any(_is_repeat(said, asked) for asked in current.question)
    is_feedback = is_thanks(said.message.text) or is_resolved(said.text)
    is_report = said.act == "problem" and is_failure(said.text)
    return not is_feedback and is_report and _is_substantial(said, settings)


def _is_repeat(said: _Said, asked: _Said) -> bool:
    """Tell whether somebody sent the same words again."""
    return "".join(said.text.split()).casefold() == "".join(asked.text.split()).casefold()


def _is_substantial(said: _Said, settings: Settings) -> bool:
    products = find_products(said.text, settings.project.products)
    return bool(products) or len(tokens(said.text)) >= _MIN_STATEMENT_WORDS


def _hear_customer(current: _OpenTurn, said: _Said) -> None:
    if is_misplaced(said.text):
        current.seen.add("misplaced")
        return
    if current.answer:
        return
    if current.question and is_self_answer(said.text) and "asked back" not in current.seen:
        current.answer.append(said)
        return
    if current.is_asked_back:
        current.is_asked_back = False
        is_telling = said.act in ("statement", "problem") and (
            len(tokens(said.text)) >= _MIN_FOLDED_WORDS or bool(facts(said.text))
        )
        if is_telling:
            current.question.append(said)
        return
    if said.act in ("question", "problem", "statement"):
        current.question.append(said)


def _hear_agent(current: _OpenTurn, said: _Said) -> None:
    if not current.question:
        return
    if said.act in ("stall", "elsewhere", "unknown"):
        if not current.answer:
            current.seen.add(said.act)
        return
    if said.act in ("empty", "thanks", "ping"):
        return
    if is_only_question(said.text):
        if not current.answer:
            current.is_asked_back = True
            current.seen.add("asked back")
        return
    if said.act == "ack" and (current.answer or current.is_asked_back):
        return
    current.answer.append(said)
    current.is_asked_back = False


def _why_not(turn: _OpenTurn, settings: Settings) -> str:
    """Say why a turn is no example; empty where it is one."""
    if not any(_is_ask(said, settings) for said in turn.question):
        return "nothing was asked"
    if "misplaced" in turn.seen:
        return "asked in the wrong place"
    if turn.answer:
        return ""
    return next((reason for seen, reason in _INSTEAD.items() if seen in turn.seen), _UNANSWERED)


def _is_ask(said: _Said, settings: Settings) -> bool:
    if said.act in ("question", "problem"):
        return True
    products = find_products(said.text, settings.project.products)
    is_named = bool(products) or any(f.kind in ("hex", "part") for f in facts(said.text))
    return said.act == "statement" and is_named


def _turn(turn: _OpenTurn) -> Turn:
    question = join_pieces(piece for said in turn.question for piece in said.pieces)
    answer = join_pieces(piece for said in turn.answer for piece in said.pieces)
    return Turn(
        question=question.text,
        answer=answer.text,
        question_citations=question.citations,
        answer_citations=answer.citations,
    )


def _nothing_asked(messages: Sequence[Message], threaded: ThreadedConversation) -> list[Rejection]:
    texts = [m.text for m in messages if m.kind == "text" and threaded.roles[m.id] != "system"]
    if not any(texts):
        return []
    return [
        Rejection(
            stage="extract",
            source=threaded.conversation.id,
            reason="nothing was asked",
            raw=" / ".join(texts)[:_RAW_CHARACTERS],
        )
    ]


def _example(
    turns: Sequence[Turn], thread: Sequence[Message], room: _Room, extractor: str
) -> Example:
    conversation = room.threaded.conversation
    questions = [turn.question for turn in turns]
    answers = [turn.answer for turn in turns]
    texts = [text for turn in turns for text in (turn.question, turn.answer)]
    language = detect_language(" ".join(texts)) or conversation.language
    cited = _cited(turns)
    around = (message.text for part in (thread, conversation.messages) for message in part)
    products = products_of_example(texts, around, room.settings.project.products)
    return Example(
        id=_example_id(conversation.id, cited),
        conversation_id=conversation.id,
        system=system_line(questions, answers, products=products, language=language),
        turns=tuple(turns),
        extractor=extractor,
        context=_context(room, cited),
        language=language,
    )


def _cited(turns: Sequence[Turn]) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(
            citation.message_id
            for turn in turns
            for citation in (*turn.question_citations, *turn.answer_citations)
        )
    )


def _example_id(conversation_id: str, cited: Sequence[str]) -> str:
    joined = "\x1f".join((conversation_id, *cited))
    return hashlib.sha256(joined.encode()).hexdigest()[:_ID_LETTERS]


def _context(room: _Room, cited: Sequence[str]) -> tuple[str, ...]:
    """Name the cited messages and those right before and after each of them, in order."""
    messages = room.threaded.conversation.messages
    n_around = room.settings.extract.context_messages
    places = (room.place_of[each] for each in cited)
    near = {n for place in places for n in range(place - n_around, place + n_around + 1)}
    return tuple(messages[n].id for n in sorted(near) if 0 <= n < len(messages))
