"""Says why a turn or a thread gives no example, in words a person can act on."""

from collections.abc import Sequence

from chatmill.extractors.reading import Said
from chatmill.extractors.scorer import Scorer
from chatmill.extractors.turns import OpenTurn, pass_over

_ASKING = ("question", "problem")
_UNANSWERED = "nobody answered"
_NOTHING_ASKED = "nothing was asked"
_MISPLACED = "asked in the wrong place"
_INSTEAD = {
    "elsewhere": "answered in another place (private message, mail, phone)",
    "points": "sent to another place, no answer here",
    "asked back": "asked back, but never answered",
    "stall": "only a promise to look into it",
    "unknown": "nobody knew",
}
"""What came instead of an answer → why there is no example."""
_MISGIVINGS = {
    "answer only points or requests": "the answer only points elsewhere or asks for more",
    "answer points": "the answer points elsewhere",
    "answer requests": "the answer asks for more",
    "answer hedges": "the answer is a guess",
    "answer plays": "small talk",
    "answer offers": "the answer is an offer",
    "answer bare": "the answer is a bare link or code",
    "answer tiny": "the answer is a word or two",
    "answer by asker": "only the asker spoke",
    "question addresses": "a question to a person",
    "question plays": "small talk",
    "question announces": "an announcement",
    "question joins": "somebody joins another's question",
    "asker fails": "it did not help the asker",
    "asked back": "not clear before more was asked",
}
"""Feature that speaks against a turn → in words."""
_MAX_MISGIVINGS = 2


def why_not(turn: OpenTurn, scorer: Scorer) -> str:
    """Say why a turn is no example; empty where it is one."""
    if "misplaced" in turn.seen:
        return _MISPLACED
    if not turn.answer:
        return next((reason for seen, reason in _INSTEAD.items() if seen in turn.seen), _UNANSWERED)
    if all("points" in each.moves for each in turn.answer):
        return _INSTEAD["points"]
    if scorer.worth(turn) >= scorer.keep_from:
        return ""
    if not any(each.act in _ASKING for each in turn.question):
        return _NOTHING_ASKED
    named = (_MISGIVINGS[name] for name in scorer.misgivings(turn) if name in _MISGIVINGS)
    against = tuple(dict.fromkeys(named))[:_MAX_MISGIVINGS]
    return "too little to learn from: " + (", ".join(against) or "question and answer say little")


def why_nothing(said: Sequence[Said]) -> tuple[str, Sequence[Said]]:
    """Say why a thread has no turn at all, and show the messages it is about."""
    asking = [each for each in said if each.act in _ASKING]
    if not asking:
        return _NOTHING_ASKED, said
    turn = OpenTurn(asker=asking[0].message.speaker, question=asking)
    others = [each for each in said if each.message.speaker != turn.asker]
    for each in said:
        pass_over(turn, each)
    if "misplaced" in turn.seen:
        return _MISPLACED, asking
    for seen, reason in _INSTEAD.items():
        if seen in turn.seen:
            return reason, asking
    return ("too little to learn from: small talk" if others else _UNANSWERED), asking
