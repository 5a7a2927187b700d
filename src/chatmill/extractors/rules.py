"""The embedded extractor: walks through each thread by cues and learnt weights, and cites."""

import hashlib
from collections.abc import Sequence
from itertools import chain

from chatmill.extractors.base import Extraction
from chatmill.extractors.reading import Room, Said, read_message, room_of, trimmed_pieces
from chatmill.extractors.reasons import why_not, why_nothing
from chatmill.extractors.scorer import Scorer, shipped_scorer
from chatmill.extractors.summary import products_of_example, system_line
from chatmill.extractors.turns import OpenTurn, walk_thread
from chatmill.records import Example, Message, Rejection, ThreadedConversation, Turn
from chatmill.settings import Settings
from chatmill.text.alignment import CitedText, Piece, join_pieces
from chatmill.text.language import detect_language
from chatmill.text.names import find_mentions
from chatmill.text.trimming import Side

_RAW_CHARACTERS = 160
_ID_LETTERS = 16
_THREAD_START = 200
"""Messages of a thread in which a product is looked for when the turns name none."""


class RulesExtractor:
    """Question and answer pairs by roles, cues and learnt weights, in the source's own words."""

    name = "rules"
    version = "2"

    def __init__(self, scorer: Scorer | None = None) -> None:
        """Take the weights that come with chatmill, or others to measure them."""
        self._scorer = scorer or shipped_scorer()

    def extract(self, threaded: ThreadedConversation, settings: Settings) -> Extraction:
        """Return one example for each asker of a thread who got an answer."""
        room = room_of(threaded, settings)
        examples: list[Example] = []
        rejections: list[Rejection] = []
        for messages in _threads(threaded):
            kept, left_out = _turns_of_thread(messages, room, self._scorer)
            rejections += left_out
            for turns in kept:
                for start in range(0, len(turns), settings.extract.max_turns):
                    part = turns[start : start + settings.extract.max_turns]
                    examples.append(_example(part, messages, room, self.name))
        return Extraction(examples=tuple(examples), rejections=tuple(rejections))


def _threads(threaded: ThreadedConversation) -> list[list[Message]]:
    by_thread: dict[str, list[Message]] = {}
    for message in threaded.conversation.messages:
        by_thread.setdefault(threaded.thread_ids[message.id], []).append(message)
    return list(by_thread.values())


def _turns_of_thread(
    messages: Sequence[Message], room: Room, scorer: Scorer
) -> tuple[list[list[Turn]], list[Rejection]]:
    """Return the turns of each asker, in the order of their first question."""
    said = [read_message(each, room) for each in messages if _is_heard(each, room)]
    kept: dict[str, list[Turn]] = {}
    rejections: list[Rejection] = []
    found = walk_thread(said, room, scorer.choose)
    for turn in found:
        made = _turn(turn, room)
        reason = why_not(turn, scorer)
        if not reason and made is not None:
            kept.setdefault(turn.asker, []).append(made)
        else:
            rejections.append(_rejection(room, reason or "nothing was asked", turn.question))
    if not found and any(each.text for each in said):
        reason, about = why_nothing(said)
        rejections.append(_rejection(room, reason, about))
    return list(kept.values()), rejections


def _is_heard(message: Message, room: Room) -> bool:
    """Leave out what no person said, and what agents say to each other by name."""
    role = room.threaded.roles[message.id]
    if message.kind != "text" or role in ("system", "bot"):
        return False
    if role == "customer":
        return True
    named = {each.speaker for each in find_mentions(message.text, room.speakers) if each.speaker}
    return not named or not named <= room.agents


def _rejection(room: Room, reason: str, said: Sequence[Said]) -> Rejection:
    raw = " / ".join(each.text or each.message.text for each in said)[:_RAW_CHARACTERS]
    source = room.threaded.conversation.id
    return Rejection(stage="extract", source=source, reason=reason, raw=raw)


def _turn(turn: OpenTurn, room: Room) -> Turn | None:
    """Cite a turn; None where trimming leaves nothing of a side."""
    question = _cited(turn.question, room, "question")
    answer = _cited(turn.answer, room, "answer")
    if not question.text or not answer.text:
        return None
    return Turn(
        question=question.text,
        answer=answer.text,
        question_citations=question.citations,
        answer_citations=answer.citations,
    )


def _cited(said: Sequence[Said], room: Room, side: Side) -> CitedText:
    """Join what trimming leaves; who asks is trimmed as one who asks, whatever the role."""
    pieces: list[Piece] = []
    for each in said:
        is_asked_by_agent = side == "question" and each.role != "customer"
        pieces += trimmed_pieces(each.message, room, side) if is_asked_by_agent else each.pieces
    return join_pieces(pieces)


def _example(
    turns: Sequence[Turn], thread: Sequence[Message], room: Room, extractor: str
) -> Example:
    conversation = room.threaded.conversation
    questions = [turn.question for turn in turns]
    answers = [turn.answer for turn in turns]
    texts = [text for turn in turns for text in (turn.question, turn.answer)]
    language = detect_language(" ".join(texts)) or conversation.language
    cited = _cited_ids(turns)
    around = chain((message.text for message in thread[:_THREAD_START]), room.first_product)
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


def _cited_ids(turns: Sequence[Turn]) -> tuple[str, ...]:
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


def _context(room: Room, cited: Sequence[str]) -> tuple[str, ...]:
    """Name the cited messages and those right before and after each of them, in order."""
    messages = room.threaded.conversation.messages
    n_around = room.settings.extract.context_messages
    places = (room.place_of[each] for each in cited)
    near = {n for place in places for n in range(place - n_around, place + n_around + 1)}
    return tuple(messages[n].id for n in sorted(near) if 0 <= n < len(messages))
