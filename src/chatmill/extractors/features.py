"""What the scorer weighs: features of a message in its place, and of a finished turn.

No feature is a word of a language; cues know English and Korean and stand for what they mean.
"""

import math

from chatmill.extractors.reading import Said
from chatmill.extractors.turns import Ahead, OpenTurn, Walk, gap_minutes

Features = dict[str, float]
"""Feature name → value; what is missing is 0."""

_LONG_GAP_MINUTES = 60.0
_BURST_MINUTES = 3.0
_TELLING_MOVES = frozenset(
    ("advises", "explains", "failed", "corrects", "speaks_of_oneself", "turns")
)
"""Moves that mean something else before and after an answer."""
_TINY_WORDS = 2
HEARD = 30
"""Messages of a turn in which a repetition is looked for."""


def step_features(walk: Walk, index: int, turn: OpenTurn | None) -> Features:
    """Describe one message where it stands in the walk.

    Args:
        walk: What was taken so far.
        index: The message's place in `walk.said`.
        turn: The turn it seems to belong to.
    """
    said = walk.said[index]
    found = _own(said)
    found |= _role(said)
    found |= _before(walk, said, turn)
    asker = turn.asker if turn is not None else said.message.speaker
    found |= _after(walk.ahead(index, asker), said)
    state = "answered" if turn is not None and turn.answer else "open"
    if turn is not None and turn.is_asked_back:
        state = "asked back"
    if turn is None:
        state = "no turn"
    found[f"state {state}"] = 1.0
    found[f"{state} & {said.act}"] = 1.0
    found[f"{state} & {said.size}"] = 1.0
    for move in said.moves & _TELLING_MOVES:
        found[f"{state} & {move}"] = 1.0
    flags = {
        "asks": said.asks,
        "only asks": said.only_asks,
        "facts": bool(said.n_facts),
        "thanks": said.thanks,
        "resolved": said.resolved,
    }
    return found | {f"{state} & {name}": 1.0 for name, is_there in flags.items() if is_there}


def turn_features(turn: OpenTurn) -> Features:
    """Describe a turn that has an answer."""
    question = " ".join(said.text for said in turn.question)
    n_question = sum(said.n_words for said in turn.question)
    n_answer = sum(said.n_words for said in turn.answer)
    stems_q = frozenset().union(*(said.stems for said in turn.question))
    stems_a = frozenset().union(*(said.stems for said in turn.answer))
    found: Features = {
        "bias": 1.0,
        "question words": math.log1p(n_question),
        "answer words": math.log1p(n_answer),
        "answer messages": math.log1p(len(turn.answer)),
        "question messages": math.log1p(len(turn.question)),
        "question facts": math.log1p(sum(said.n_facts for said in turn.question)),
        "answer facts": math.log1p(sum(said.n_facts for said in turn.answer)),
        "overlap": len(stems_q & stems_a) / max(1, min(len(stems_q), len(stems_a))),
        "best answer": max(turn.margins_answer, default=0.0),
        "mean answer": sum(turn.margins_answer) / max(1, len(turn.margins_answer)),
        "best question": max(turn.margins_question, default=0.0),
        "question asks": float(any(said.asks for said in turn.question)),
        "question marks": float("?" in question),
        "question fails": float(any(said.fails for said in turn.question)),
        "question code": float(any(said.codes for said in turn.question)),
        "question product": float(any(said.products for said in turn.question)),
        "answer product": float(any(said.products for said in turn.answer)),
        "answer tiny, with a fact": float(
            n_answer <= _TINY_WORDS and any(said.n_facts for said in turn.answer)
        ),
        "answer code": float(any(said.codes for said in turn.answer)),
        "answer link": float(any(said.links for said in turn.answer)),
        "answer bare": float(all(said.bare for said in turn.answer)),
        "answer by asker": float(all(s.message.speaker == turn.asker for s in turn.answer)),
        "answer tiny": float(n_answer <= _TINY_WORDS),
        "asked back": float("asked back" in turn.seen),
        "asker thanks": float(any(said.thanks for said in turn.reactions)),
        "asker resolved": float(any(said.resolved for said in turn.reactions)),
        "asker fails": float(any(said.fails or "failed" in said.moves for said in turn.reactions)),
    }
    for move in ("points", "requests", "hedges", "plays", "offers", "advises", "explains"):
        found[f"answer {move}"] = _share(turn.answer, move)
    for move in ("addresses", "plays", "joins", "announces", "speaks_of_oneself"):
        found[f"question {move}"] = _share(turn.question, move)
    found["answer only points or requests"] = float(
        all(said.moves & {"points", "requests"} for said in turn.answer)
    )
    return found


def _share(said: list[Said], move: str) -> float:
    return sum(move in each.moves for each in said) / len(said) if said else 0.0


def _own(said: Said) -> Features:
    found: Features = {"bias": 1.0, f"act {said.act}": 1.0, f"size {said.size}": 1.0}
    flags = {
        "asks": said.asks,
        "only asks": said.only_asks,
        "question mark": "?" in said.text,
        "facts": bool(said.n_facts),
        "many facts": said.n_facts > 2,  # noqa: PLR2004 - figures in a row
        "link": said.links,
        "code": said.codes,
        "bare": said.bare,
        "thanks": said.thanks,
        "resolved": said.resolved,
        "fails": said.fails,
        "misplaced": said.misplaced,
        "solves": said.solves,
        "product": bool(said.products),
        "names somebody": bool(said.addressed),
    }
    found |= {name: 1.0 for name, is_there in flags.items() if is_there}
    found |= {f"move {move}": 1.0 for move in said.moves}
    return found


def _role(said: Said) -> Features:
    told = said.message.role != "unknown"
    return {f"{'told' if told else 'guessed'} {said.role}": 1.0}


def _before(walk: Walk, said: Said, turn: OpenTurn | None) -> Features:
    found: Features = {}
    last = walk.last
    if last is not None:
        is_same = last.message.speaker == said.message.speaker
        gap = gap_minutes(last.message, said.message)
        step = walk.step_of[last.message.id]
        found[f"after {'own' if is_same else 'other'} {step}"] = 1.0
        if is_same and (gap is None or gap <= _BURST_MINUTES):
            found[f"burst after {step}"] = 1.0
    if turn is None:
        return found
    speaker = said.message.speaker
    gap = gap_minutes(turn.heard[-1].message, said.message)
    stems_q = frozenset().union(*(each.stems for each in turn.question))
    shared = len(said.stems & stems_q) / len(said.stems) if said.stems else 0.0
    earlier = walk.room.earlier_of.get(said.message.id)
    flags = {
        "late": gap is not None and gap > _LONG_GAP_MINUTES,
        "asked in pieces": len(turn.question) > 1,
        "two answers": len(turn.answer) > 1,
        "five answers": len(turn.answer) > 4,  # noqa: PLR2004 - it has gone on for long
        "I answered": any(each.message.speaker == speaker for each in turn.answer),
        "others answered": any(each.message.speaker != speaker for each in turn.answer),
        "asker reacted": bool(turn.reactions),
        "asker thanked": any(each.thanks for each in turn.reactions),
        "asker has it": any(each.resolved for each in turn.reactions),
        "asker still fails": any(e.fails or "failed" in e.moves for e in turn.reactions),
        "shares words": shared > 0,
        "shares many words": shared > 0.3,  # noqa: PLR2004 - a third of its words
        "linked": earlier is not None and walk.turn_of.get(earlier) is turn,
        "links to question": any(each.message.id == earlier for each in turn.question),
        "names asker": turn.asker in said.addressed,
        "names another": bool(said.addressed - {turn.asker, speaker}),
        "repeats": any(said.letters == each.letters for each in turn.heard[-HEARD:]),
    }
    return found | {name: 1.0 for name, is_there in flags.items() if is_there}


def _after(ahead: Ahead, said: Said) -> Features:
    found: Features = {}
    following = ahead.next_said
    if following is None:
        found["nothing follows"] = 1.0
    elif following.message.speaker == said.message.speaker:
        found["goes on"] = 1.0
        if "corrects" in following.moves:
            found["corrects oneself next"] = 1.0
    asker = ahead.next_of_asker
    if asker is None:
        found["asker says no more"] = 1.0
        return found
    if ahead.n_before_asker == 0:
        found["asker is next"] = 1.0
    flags = {
        "asker thanks next": asker.thanks,
        "asker has it next": asker.resolved,
        "asker fails next": asker.fails or "failed" in asker.moves,
        "asker asks next": asker.asks,
        "asker acknowledges next": asker.act in ("ack", "thanks"),
        "asker tells next": asker.act in ("statement", "problem"),
    }
    return found | {name: 1.0 for name, is_there in flags.items() if is_there}
