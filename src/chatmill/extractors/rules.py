"""The embedded extractor: walks through each thread by cues and learnt weights, and cites."""

from collections.abc import Sequence

from chatmill.extractors.base import Extraction
from chatmill.extractors.documents import asked_sections
from chatmill.extractors.examples import example_of
from chatmill.extractors.reading import Room, Said, read_message, room_of, trimmed_pieces
from chatmill.extractors.reasons import why_not, why_nothing
from chatmill.extractors.scorer import Scorer, shipped_scorer
from chatmill.extractors.sections import is_document
from chatmill.extractors.turns import OpenTurn, walk_thread
from chatmill.records import Example, Message, Rejection, ThreadedConversation, Turn
from chatmill.settings import Settings
from chatmill.text.alignment import CitedText, Piece, join_pieces
from chatmill.text.names import find_mentions
from chatmill.text.trimming import Side

_RAW_CHARACTERS = 160


class RulesExtractor:
    """Question and answer pairs by roles, cues and learnt weights, in the source's own words."""

    name = "rules"
    version = "2"

    def __init__(self, scorer: Scorer | None = None) -> None:
        """Take the weights that come with chatmill, or others to measure them."""
        self._scorer = scorer or shipped_scorer()

    def extract(self, threaded: ThreadedConversation, settings: Settings) -> Extraction:
        """Return one example for each asker of a thread who got an answer."""
        if is_document(threaded):
            return asked_sections(threaded, settings, extractor=self.name)
        room = room_of(threaded, settings)
        examples: list[Example] = []
        rejections: list[Rejection] = []
        for messages in _threads(threaded):
            kept, left_out = _turns_of_thread(messages, room, self._scorer)
            rejections += left_out
            for turns in kept:
                for start in range(0, len(turns), settings.extract.max_turns):
                    part = turns[start : start + settings.extract.max_turns]
                    examples.append(example_of(part, messages, room, extractor=self.name))
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
