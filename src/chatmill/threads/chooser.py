"""The learnt chooser for small rooms: which talk each message goes on with, by linear weights."""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from chatmill.records import Conversation, ReplyLink, Role
from chatmill.settings import Settings, ThreadsSettings
from chatmill.text.moves import moves_of
from chatmill.threads.clock import minutes_between
from chatmill.threads.likeness import Embed, Likeness
from chatmill.threads.ranker import link_chances
from chatmill.threads.seen import Seen, look_over, rarity
from chatmill.threads.signals import FLAGS, read_signals
from chatmill.threads.talks import Features, Talk, TalkRoom, Weighing

_COMMENTS = ("thanks", "ack", "empty", "stall")
"""Acts that say nothing somebody would answer."""
_LOOK_BACK = 20
"""Messages of a talk, from its end, that may be answered."""
WEIGHTS = Path(__file__).parent / "weights" / "talks.json"


@lru_cache(maxsize=1)
def shipped_weights() -> Mapping[str, float]:
    """Read the weights that come with chatmill: feature → weight."""
    weights: Mapping[str, float] = json.loads(WEIGHTS.read_text(encoding="utf-8"))["weights"]
    return weights


def links_by_talks(
    conversation: Conversation,
    roles: dict[str, Role],
    settings: Settings,
    weights: Mapping[str, float] | None = None,
) -> tuple[ReplyLink, ...]:
    """Link each message of people to the one it answers; one that starts something to itself.

    Args:
        conversation: Messages in the order they were sent.
        roles: Message id → role.
        settings: `[threads]` bounds gaps and sizes; `[extract] trim` is cut before looking.
        weights: Feature → weight; the shipped ones where None.
    """
    seen = look_over(conversation, roles, settings)
    known = shipped_weights() if weights is None else weights
    room = open_room(seen, settings.threads)
    place_of = {each.message.id: each.place for each in seen}
    links: list[ReplyLink] = []
    for each in seen:
        told = place_of.get(each.message.reply_to or "", len(seen))
        talk: Talk | None
        if told < each.place:
            talk, earlier = room.talks[room.talk_at[told]], seen[told]
        else:
            talk = choose(room, each, near_talks(room, each, settings.threads), known, settings)
            earlier = each if talk is None else answered_in(talk, each)
        room.take(each, None if talk is None else talk.number)
        links.append(ReplyLink(later=each.message.id, earlier=earlier.message.id))
    return tuple(links)


def open_room(
    seen: Sequence[Seen], settings: ThreadsSettings, embed: Embed | None = None
) -> TalkRoom:
    """Make ready to walk through a room; `embed` as for `Likeness`."""
    signals = read_signals([each.message for each in seen])
    chances = link_chances(signals, settings) if seen else []
    cues = [
        [name for name, is_there in zip(FLAGS, row, strict=True) if is_there]
        for row in signals.flags.tolist()
    ]
    return TalkRoom(
        seen=seen, weights=rarity(seen), chances=chances, cues=cues, likeness=Likeness(seen, embed)
    )


def choose(
    room: TalkRoom,
    each: Seen,
    near: Sequence[Talk],
    weights: Mapping[str, float],
    settings: Settings,
) -> Talk | None:
    """Return the talk a message goes on with; None where it starts one."""
    moves = moves_of(each.message.text)
    if "announces" in moves and "points" not in moves and not each.addressed:
        return None
    weighing = Weighing(room, each, list(near))
    best, most = None, _score(weights, weighing.of_start())
    for talk in near:
        score = _score(weights, weighing.of_talk(talk))
        if score > most and _has_room(talk, each, settings.threads):
            best, most = talk, score
    return best


def _has_room(talk: Talk, each: Seen, settings: ThreadsSettings) -> bool:
    """Tell whether a talk may grow: a full one only by an answer it still waits for."""
    if len(talk.members) < settings.max_messages:
        return True
    is_answer = each.act not in ("question", "problem") and each.message.speaker != talk.starter
    return talk.asked_at >= 0 and is_answer


def near_talks(room: TalkRoom, each: Seen, settings: ThreadsSettings) -> list[Talk]:
    """Return the talks a message may go on with, the latest first."""
    first = each.place - settings.candidates
    near = [
        talk
        for talk in room.talks[-settings.candidates :]
        if talk.last.place >= first and _is_in_time(talk, each, settings)
    ]
    return sorted(near, key=lambda talk: -talk.last.place)


def _is_in_time(talk: Talk, each: Seen, settings: ThreadsSettings) -> bool:
    gap = minutes_between(talk.last.message.sent_at, each.message.sent_at)
    if gap is None or gap <= settings.max_gap_minutes:
        return True
    return talk.asked_at >= 0 and gap <= settings.max_answer_minutes


def answered_in(talk: Talk, each: Seen) -> Seen:
    """Return the message of a talk another one answers: mostly its last.

    Somebody new who has the same problem answers the first; who began the talk, or thanks, looks
    past what others only commented.
    """
    me = each.message.speaker
    if talk.last.message.speaker == me:
        return talk.last
    if me not in talk.speakers and "joins" in moves_of(each.message.text):
        return talk.members[0]
    if me == talk.starter or each.act == "thanks":
        for member in talk.members[: -_LOOK_BACK - 1 : -1]:
            if member.message.speaker == me:
                break
            if member.act not in _COMMENTS and "retracts" not in moves_of(member.message.text):
                return member
    return talk.last


def _score(weights: Mapping[str, float], features: Features) -> float:
    return sum(weights.get(name, 0.0) * value for name, value in features.items())
