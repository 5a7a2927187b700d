"""Walks through a thread and puts each message where it belongs: a question, its answer, neither.

Who asked a question is its asker, whatever the roles say; everybody else may answer. For each
message the turn it belongs to is found first (by name, by reply link, by who spoke last), then
what it adds to that turn is chosen.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from chatmill.extractors.reading import Room, Said
from chatmill.records import Message

Step = Literal["skip", "new", "more", "answer"]
"""What a message is: neither, the start of a question, more of the question, part of the answer."""


@dataclass(slots=True, eq=False)
class OpenTurn:
    """A question on its way to an answer."""

    asker: str
    question: list[Said] = field(default_factory=list)
    answer: list[Said] = field(default_factory=list)
    is_asked_back: bool = False
    """Somebody asked for something and waits for it."""
    seen: set[str] = field(default_factory=set)
    """What came instead of an answer, and what the asker said of it."""
    heard: list[Said] = field(default_factory=list)
    """Every message that belongs to the turn, part of it or not, in order."""
    margins_question: list[float] = field(default_factory=list)
    """By how much each message of the question was sooner that than nothing."""
    margins_answer: list[float] = field(default_factory=list)
    """The same for the answer."""
    reactions: list[Said] = field(default_factory=list)
    """What the asker said after the first answer and is no part of the turn."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """What comes after a message in its thread."""

    next_said: Said | None
    """The next message."""
    next_of_asker: Said | None
    """The next message of the turn's asker."""
    n_before_asker: int
    """Messages of others in between."""


@dataclass(slots=True)
class Walk:
    """How far the walk through one thread has come."""

    room: Room
    said: Sequence[Said]
    turns: list[OpenTurn] = field(default_factory=list)
    turn_of: dict[str, OpenTurn] = field(default_factory=dict)
    step_of: dict[str, Step] = field(default_factory=dict)
    last: Said | None = None

    def ahead(self, index: int, asker: str) -> Ahead:
        """Look ahead from one message."""
        following = self.said[index + 1 : index + 1 + _LOOK_AHEAD]
        for n_before, each in enumerate(following):
            if each.message.speaker == asker:
                return Ahead(following[0], each, n_before)
        return Ahead(following[0] if following else None, None, len(following))


@dataclass(frozen=True, slots=True)
class Choice:
    """What a message is, of which turn, and how sure that is."""

    step: Step
    turn: OpenTurn | None
    margin: float = 0.0
    """Score of the step over that of `skip`."""


Choose = Callable[[Walk, int, OpenTurn | None], Choice]
"""Given the walk, the index of a message and the turn it seems to belong to: what it is there."""

_LOOK_AHEAD = 12
"""Messages looked at ahead, and links followed back."""
_OPEN_TURNS = 30
"""Turns of a thread a message may still belong to."""


def walk_thread(said: Sequence[Said], room: Room, choose: Choose) -> list[OpenTurn]:
    """Return the turns of one thread, those without an answer too.

    Args:
        said: People's messages of the thread, in order.
        room: The conversation.
        choose: Decides what each message is.
    """
    walk = Walk(room=room, said=said)
    for index, each in enumerate(said):
        _take(walk, each, choose(walk, index, turn_for(walk, each)))
        walk.last = each
    for turn in walk.turns:
        turn.answer = _standing(turn)
    return walk.turns


def _standing(turn: OpenTurn) -> list[Said]:
    """Return the answer without what was corrected or taken back later.

    A correction stands for everything its writer, or whoever answered last, said before it; who
    takes something back (`I was wrong`, `제가 착각했습니다`) takes back all of it, as long as
    somebody else's answer is left.
    """
    answer = list(turn.answer)
    for said in turn.heard:
        speaker = said.message.speaker
        if speaker == turn.asker:
            continue
        if said in answer and "replaces" in said.moves:
            at = answer.index(said)
            answer = answer[at:] if at else answer
        elif "retracts" in said.moves:
            others = [each for each in answer if each.message.speaker != speaker]
            answer = others or answer
    return answer


def turn_for(walk: Walk, said: Said) -> OpenTurn | None:
    """Find the turn a message belongs to; None where there is none yet."""
    speaker = said.message.speaker
    recent = walk.turns[-_OPEN_TURNS:]
    named = [t for t in reversed(recent) if t.asker in said.addressed and t.asker != speaker]
    if named:
        return next((turn for turn in named if not turn.answer), named[0])
    linked = _linked_turn(walk, said)
    own = next((t for t in reversed(recent) if t.asker == speaker), None)
    if own is not None:
        is_helping = (
            linked is not None
            and linked.asker != speaker
            and bool(own.answer or own.seen)
            and not said.asks
            and not said.thanks
        )
        return linked if is_helping else own
    if linked is not None:
        return linked
    return walk.turn_of.get(walk.last.message.id) if walk.last is not None else None


def _linked_turn(walk: Walk, said: Said) -> OpenTurn | None:
    """Follow the reply links back to a message that is in a turn."""
    earlier = walk.room.earlier_of.get(said.message.id)
    for _ in range(_LOOK_AHEAD):
        if earlier is None:
            return None
        if earlier in walk.turn_of:
            return walk.turn_of[earlier]
        earlier = walk.room.earlier_of.get(earlier)
    return None


def _take(walk: Walk, said: Said, choice: Choice) -> None:
    step, turn = choice.step, choice.turn
    if step == "new":
        turn = OpenTurn(asker=said.message.speaker)
        walk.turns.append(turn)
    walk.step_of[said.message.id] = step
    if turn is None:
        return
    walk.turn_of[said.message.id] = turn
    turn.heard.append(said)
    if step in ("new", "more"):
        turn.question.append(said)
        turn.margins_question.append(choice.margin)
        turn.is_asked_back = False
    elif step == "answer":
        turn.answer.append(said)
        turn.margins_answer.append(choice.margin)
        turn.is_asked_back = False
    else:
        pass_over(turn, said)


def pass_over(turn: OpenTurn, said: Said) -> None:
    """Remember what a message that is no part of the turn says about it."""
    if said.message.speaker == turn.asker:
        turn.is_asked_back = False
        if said.misplaced:
            turn.seen.add("misplaced")
        if turn.answer:
            turn.reactions.append(said)
        return
    if said.act in ("stall", "elsewhere", "unknown"):
        turn.seen.add(said.act)
    if said.asks or "requests" in said.moves:
        turn.is_asked_back = True
        turn.seen.add("asked back")
    if "points" in said.moves:
        turn.seen.add("points")


def gap_minutes(earlier: Message, later: Message) -> float | None:
    """Return the minutes between two messages; None where one has no date and time."""
    try:
        moments = [datetime.fromisoformat(each.sent_at) for each in (earlier, later)]
    except ValueError:
        return None
    first, second = (each.replace(tzinfo=None) for each in moments)
    return (second - first).total_seconds() / 60
