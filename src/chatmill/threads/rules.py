"""Which earlier message each message answers or goes on with, by rules for tidy rooms.

What the platform says (`reply_to`) and whom a message names come first; rules about gaps, speakers,
roles, cues and shared rare words decide the rest.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from chatmill.records import Conversation, ReplyLink, Role
from chatmill.settings import Settings, ThreadsSettings
from chatmill.text.cues import Act, is_question
from chatmill.threads.clock import minutes_between
from chatmill.threads.seen import Seen, look_over, rarity

_ASKING: tuple[Act, ...] = ("question", "problem", "statement")
_MIN_OVERLAP = 0.5
"""Shared rare words count as evidence from here (sum of inverse message frequencies)."""

_OTHER_LANGUAGE = 2.0
"""Evidence against an answer in another language than the question's."""


@dataclass(slots=True)
class _RoomState:
    """What the rules remember while they walk through a room."""

    settings: ThreadsSettings
    weights: Mapping[str, float]
    seen: list[Seen] = field(default_factory=list)
    asker_of: dict[int, str] = field(default_factory=dict)
    """Place → the customer whose thread it is in."""
    waiting: dict[int, str] = field(default_factory=dict)
    """Place of a question nobody answered yet → who asked it, oldest first."""
    last_of: dict[str, int] = field(default_factory=dict)
    """Speaker → place of the last message in the thread they are in."""
    size_of: Counter[str] = field(default_factory=Counter)
    """Customer → messages of the thread they are in."""


def links_by_rules(
    conversation: Conversation, roles: dict[str, Role], settings: Settings
) -> tuple[ReplyLink, ...]:
    """Link each message of people to the one it answers; one that starts something to itself.

    Args:
        conversation: Messages in the order they were sent.
        roles: Message id → role.
        settings: `[threads]` bounds gaps and candidates; `[extract] trim` is cut before looking.
    """
    seen = look_over(conversation, roles, settings)
    state = _RoomState(settings=settings.threads, weights=rarity(seen))
    place_of = {each.message.id: index for index, each in enumerate(seen)}
    links: list[ReplyLink] = []
    for index, each in enumerate(seen):
        told = place_of.get(each.message.reply_to or "")
        earlier = told if told is not None and told < index else None
        if earlier is None:
            earlier = _by_mention(state, each)
        if earlier is None:
            earlier = _by_rules(state, each)
        _remember(state, index, each, earlier)
        target = each if earlier is None else seen[earlier]
        links.append(ReplyLink(later=each.message.id, earlier=target.message.id))
    return tuple(links)


def _by_mention(state: _RoomState, each: Seen) -> int | None:
    """Link to the open question of whoever is named, else to their last message."""
    for name in each.addressed:
        open_places = [p for p in _open_questions(state, each) if state.asker_of.get(p) == name]
        if each.role != "customer" and open_places:
            return max(open_places, key=lambda p: (_overlap(state, each, state.seen[p]), -p))
        for other in reversed(state.seen[-state.settings.candidates :]):
            if other.message.speaker == name:
                return other.place
    return None


def _by_rules(state: _RoomState, each: Seen) -> int | None:
    if each.role == "customer":
        return _customer_link(state, each)
    return _agent_link(state, each)


def _customer_link(state: _RoomState, each: Seen) -> int | None:
    """A customer goes on with the own thread; one who has none starts one."""
    own = state.last_of.get(each.message.speaker)
    if own is None:
        return None
    gap = minutes_between(state.seen[own].message.sent_at, each.message.sent_at)
    is_late = gap is not None and gap > state.settings.max_gap_minutes
    is_full = state.size_of[each.message.speaker] >= state.settings.max_messages
    is_new = is_late or (is_full and each.act in ("question", "problem"))
    return None if is_new else own


def _agent_link(state: _RoomState, each: Seen) -> int | None:
    """An agent answers an open question, or goes on with what the agent said last."""
    own = state.last_of.get(each.message.speaker)
    waiting = _open_questions(state, each)
    if own is not None and _is_recent(state, own, each) and _goes_on(state, own, each, waiting):
        return own
    if waiting:
        return max(waiting, key=lambda p: (_evidence(state, each, state.seen[p]), -p))
    if own is not None and _is_recent(state, own, each):
        return own
    last = state.seen[-1] if state.seen else None
    if last is not None and _is_recent(state, last.place, each):
        return last.place
    return None


def _goes_on(state: _RoomState, own: int, each: Seen, waiting: list[int]) -> bool:
    """Tell whether an agent's message belongs to what the agent said before."""
    asker = state.asker_of.get(own)
    elsewhere = [p for p in waiting if state.asker_of.get(p) != asker]
    still_open = [p for p in waiting if state.asker_of.get(p) == asker]
    if still_open or not elsewhere:
        return bool(still_open) and _stalled_or_asked(state, own)
    if own != len(state.seen) - 1 or not _is_burst(state, own, each):
        return False
    return max(_evidence(state, each, state.seen[p]) for p in elsewhere) < _MIN_OVERLAP


def _stalled_or_asked(state: _RoomState, own: int) -> bool:
    """Tell whether the agent's last words in a thread were no answer yet."""
    last = next(
        (s for s in reversed(state.seen[: own + 1]) if s.role != "customer"), state.seen[own]
    )
    return last.act == "stall" or is_question(last.message.text)


def _open_questions(state: _RoomState, each: Seen) -> list[int]:
    """Places of what customers asked and nobody answered yet, oldest first."""
    first = len(state.seen) - state.settings.candidates
    return [
        place
        for place, asker in state.waiting.items()
        if place >= first
        and asker != each.message.speaker
        and _waited_less(state, state.seen[place], each)
    ]


def _waited_less(state: _RoomState, other: Seen, each: Seen) -> bool:
    gap = minutes_between(other.message.sent_at, each.message.sent_at)
    return gap is None or gap <= state.settings.max_answer_minutes


def _is_recent(state: _RoomState, place: int, each: Seen) -> bool:
    gap = minutes_between(state.seen[place].message.sent_at, each.message.sent_at)
    return gap is None or gap <= state.settings.max_gap_minutes


def _is_burst(state: _RoomState, place: int, each: Seen) -> bool:
    gap = minutes_between(state.seen[place].message.sent_at, each.message.sent_at)
    return gap is None or gap <= state.settings.burst_minutes


def _overlap(state: _RoomState, a: Seen, b: Seen) -> float:
    return sum(state.weights.get(word, 0.0) for word in a.words & b.words)


def _evidence(state: _RoomState, answer: Seen, question: Seen) -> float:
    """Shared rare words, where there are enough of them to mean something, and the language."""
    overlap = _overlap(state, answer, question)
    asks = 0.1 if question.act in ("question", "problem") else 0.0
    is_same_language = answer.language == question.language or not answer.language
    speaks = 0.0 if is_same_language else -_OTHER_LANGUAGE
    return (overlap if overlap >= _MIN_OVERLAP else 0.0) + asks + speaks


def _remember(state: _RoomState, index: int, each: Seen, earlier: int | None) -> None:
    state.seen.append(each)
    speaker = each.message.speaker
    asker = state.asker_of.get(earlier) if earlier is not None else None
    if each.role == "customer" and (asker is None or each.act in _ASKING):
        asker = speaker
    if earlier is None:
        state.size_of[speaker] = 0
    state.last_of[speaker] = index
    if asker is not None:
        state.asker_of[index] = asker
        state.last_of[asker] = index
        state.size_of[asker] += 1
    if each.role == "customer" and each.act in _ASKING:
        state.waiting[index] = speaker
    elif each.role != "customer" and each.act in ("statement", "problem", "elsewhere", "ack"):
        for place in [place for place, name in state.waiting.items() if name == asker]:
            del state.waiting[place]
    if len(state.waiting) > state.settings.candidates:
        del state.waiting[next(iter(state.waiting))]
