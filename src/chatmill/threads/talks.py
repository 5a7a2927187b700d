"""What the chooser of small rooms weighs: a message beside each talk that is going on.

A talk is a thread so far. Features are names with a number, mostly 1; none is a word of a language.
"""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from chatmill.text.cues import is_resolved, is_thanks
from chatmill.text.moves import moves_of, opens_more
from chatmill.threads.clock import minutes_between
from chatmill.threads.likeness import Likeness
from chatmill.threads.seen import Seen

Features = dict[str, float]

_ACT_CLASS = {
    "question": "asks", "problem": "trouble", "statement": "says", "stall": "stalls",
    "thanks": "ends", "ack": "ends", "empty": "empty", "elsewhere": "says", "unknown": "says",
    "ping": "pings",
}  # fmt: skip
_GAPS = ((1.5, "now"), (5, "5m"), (15, "15m"), (60, "1h"), (360, "6h"), (1440, "day"))
_LENGTHS = ((3, "short"), (12, "middle"))
_MANY = 3
_LEAST_CHANCE = 0.01
_LIKENESS, _LEAD = 3.0, 5.0
"""Stretch cosines, and how far they are from the best talk's, to the size of other features."""
_LOOK_BACK = 20
"""Messages of a talk, from its end, in which somebody else's is looked for."""
_AHEAD = 8
"""Later messages in which somebody may name the speaker."""
_PART = re.compile(r"(?=.*[A-Za-z])(?=.*\d)")
_OFTEN, _SELDOM = 0.6, 0.2
"""Shares of talks somebody joined rather than started, of a helper and of an asker."""


@dataclass(slots=True)
class Talk:
    """A thread while it grows."""

    number: int
    members: list[Seen] = field(default_factory=list)
    words: set[str] = field(default_factory=set)
    speakers: dict[str, int] = field(default_factory=dict)
    """Speaker → place of the last message here."""
    asked_at: int = -1
    """Place of the latest request of who started it while nobody else spoke; -1 if answered."""
    is_answered: bool = False

    @property
    def last(self) -> Seen:
        """The latest message."""
        return self.members[-1]

    @property
    def starter(self) -> str:
        """Who began it."""
        return self.members[0].message.speaker

    def add(self, each: Seen) -> None:
        """Take a message in."""
        self.members.append(each)
        self.words |= each.words
        speaker = each.message.speaker
        self.speakers[speaker] = each.place
        if speaker != self.starter:
            if each.act not in ("stall", "thanks", "ack", "empty"):
                self.asked_at = -1
                self.is_answered = self.is_answered or each.act != "question"
        elif each.act in ("question", "problem", "statement"):
            self.asked_at = each.place


@dataclass(slots=True)
class TalkRoom:
    """A room while the chooser walks through it."""

    seen: Sequence[Seen]
    """All of the room."""
    weights: Mapping[str, float]
    """Word → how rare it is in the room, in [0, 1]."""
    chances: Sequence[Mapping[int, float]]
    """For each message, the ranker's chance of each place it may answer; its own is a start."""
    cues: Sequence[Sequence[str]]
    """For each message, the cues of `signals.FLAGS` it has."""
    likeness: Likeness
    talks: list[Talk] = field(default_factory=list)
    latest: dict[str, int] = field(default_factory=dict)
    """Speaker → number of the talk spoken in last."""
    started: Counter[str] = field(default_factory=Counter)
    joined: Counter[str] = field(default_factory=Counter)
    talk_at: list[int] = field(default_factory=list)
    """Place → number of its talk."""
    last: Seen | None = None

    def take(self, each: Seen, number: int | None) -> Talk:
        """Add a message to a talk, or to a new one where `number` is None."""
        speaker = each.message.speaker
        if number is None:
            self.talks.append(Talk(number=len(self.talks)))
            self.started[speaker] += 1
        elif speaker not in self.talks[number].speakers:
            self.joined[speaker] += 1
        talk = self.talks[-1 if number is None else number]
        talk.add(each)
        self.talk_at.append(talk.number)
        self.latest[speaker] = talk.number
        self.last = each
        return talk

    def kind_of(self, each: Seen) -> str:
        """Tell who helps and who asks: what the export says, else what was seen so far."""
        if each.message.role in ("agent", "customer"):
            return "helper" if each.message.role == "agent" else "asker"
        speaker = each.message.speaker
        joined, started = self.joined[speaker], self.started[speaker]
        if joined + started == 0:
            return "unseen"
        share = joined / (joined + started)
        return "helper" if share > _OFTEN else "asker" if share < _SELDOM else "both"


def gap_name(earlier: Seen, later: Seen) -> str:
    """Name how long after a message another came."""
    gap = minutes_between(earlier.message.sent_at, later.message.sent_at)
    if gap is None:
        return "unknown"
    return next((name for longest, name in _GAPS if gap <= longest), "days")


def act_class(each: Seen) -> str:
    """Put the acts that behave alike together."""
    return _ACT_CLASS[each.act]


class Weighing:
    """Everything that can be said of one message and the talks around it."""

    def __init__(self, room: TalkRoom, each: Seen, near: list[Talk]) -> None:
        """Take over a message and the talks it may belong to, the latest first."""
        self._room, self._each, self._near = room, each, near
        self._me = each.message.speaker
        self._act, self._kind = act_class(each), room.kind_of(each)
        self._moves = sorted(moves_of(each.message.text)) + (
            ["turns_first"] if opens_more(each.message.text) else []
        )
        self._moves += room.cues[each.place]
        waiting = [t for t in near if t.asked_at >= 0 and t.starter != self._me]
        self._waiting = sorted(waiting, key=lambda t: t.asked_at)
        mine = room.latest.get(self._me)
        self._mine = None if mine is None else room.talks[mine]
        self._overlaps = {t.number: self._overlap(t.words) for t in near}
        self._chances = room.chances[each.place]
        self._chance_of = dict.fromkeys((t.number for t in near), 0.0)
        for place, chance in self._chances.items():
            number = room.talk_at[place] if place < each.place else -1
            if number in self._chance_of:
                self._chance_of[number] += chance
        self._likeliest = max(self._chance_of.values(), default=0.0)
        self._ahead = self._looks_ahead()
        self._most = max(self._overlaps.values(), default=0.0)
        self._alike = room.likeness.to_talks(each, {t.number: t.members for t in near})
        self._most_alike: Features = {}
        for alike in self._alike.values():
            for name, cosine in alike.items():
                self._most_alike[name] = max(cosine, self._most_alike.get(name, cosine))

    def of_start(self) -> Features:
        """Say what speaks for a new talk."""
        act, kind, room = self._act, self._kind, self._room
        found = ["S", f"S|{act}", f"S|{kind}", f"S|{kind}|{act}"]
        found += [f"S|m:{move}" for move in self._moves]
        found += [f"S|{act}|m:{move}" for move in self._moves]
        gap = "first" if room.last is None else gap_name(room.last, self._each)
        found += [f"S|gap:{gap}", f"S|gap:{gap}|{act}", f"S|{self._length()}|{act}"]
        if self._mine is None:
            found += ["S|none", f"S|none|{act}"]
        else:
            side = self._side(self._mine)
            done = "done" if self._mine.is_answered else "open"
            since = gap_name(self._mine.last, self._each)
            found += [f"S|{side}", f"S|{side}|{act}", f"S|{side}|{done}|{act}"]
            found += [f"S|own:{since}", f"S|own:{since}|{act}"]
        found.append("S|waiting" if self._waiting else "S|idle")
        found.append(f"S|{'waiting' if self._waiting else 'idle'}|{kind}|{act}")
        if self._each.named:
            found.append("S|named")
        found += [f"S|{each}" for each in self._ahead]
        found += [f"S|{each}|{kind}" for each in self._ahead]
        if is_thanks(self._each.message.text) or is_resolved(self._each.message.text):
            found.append("S|settles")
        features = dict.fromkeys(found, 1.0)
        chance = self._chances.get(self._each.place, 0.0)
        features["S|chance"] = math.log(chance + _LEAST_CHANCE)
        features["S|overlap"] = -min(self._most, _MANY)
        likest = _LIKENESS * self._most_alike.get("most", 0.0)
        features["S|alike"] = features[f"S|alike|{act}"] = likest
        return features

    def of_talk(self, talk: Talk) -> Features:
        """Say what speaks for going on with a talk."""
        act, kind, last = self._act, self._kind, talk.last
        side, rank = self._side(talk), min(self._near.index(talk), _MANY)
        gap = gap_name(last, self._each)
        their = act_class(last)
        found = [side, f"{side}|{act}", f"{side}|{their}", f"{side}|{their}|{act}"]
        found += [f"rank:{rank}", f"{side}|rank:{rank}", f"rank:{rank}|{act}", f"{side}|{kind}"]
        found += [f"gap:{gap}", f"{side}|gap:{gap}", f"gap:{gap}|{act}", f"rank:{rank}|gap:{gap}"]
        found += self._by_names(talk) + self._by_state(talk, side)
        found += [f"{side}|m:{move}" for move in self._moves]
        found += [f"{side}|{kind}|{their}", f"{side}|{kind}|{act}"]
        found += [f"{side}|{each}" for each in self._ahead]
        if last.language and self._each.language and last.language != self._each.language:
            found.append("language")
        features = dict.fromkeys(found, 1.0)
        features |= self._by_words(talk, side) | self._by_likeness(talk)
        chance = self._chance_of[talk.number]
        features["chance"] = math.log(chance + _LEAST_CHANCE)
        if chance == self._likeliest:
            features["likeliest"] = features[f"likeliest|{side}"] = 1.0
        return features

    def _side(self, talk: Talk) -> str:
        """Say who I am in a talk, and who spoke last there: `starter<other`."""
        if self._me not in talk.speakers:
            me = "new"
        else:
            me = "starter" if talk.starter == self._me else "member"
        speaker = talk.last.message.speaker
        if speaker == self._me:
            return f"{me}<me"
        return f"{me}<starter" if speaker == talk.starter else f"{me}<other"

    def _by_names(self, talk: Talk) -> list[str]:
        """Whom the message names, and whom the talk named last."""
        found = []
        for how, named in (("names", self._each.addressed), ("mentions", self._each.named)):
            if named:
                is_starter, is_member = (
                    talk.starter in named,
                    any(n in talk.speakers for n in named),
                )
                who = "starter" if is_starter else "member" if is_member else "other"
                found += [f"{how} {who}", f"{how} {who}|{self._act}"]
                if talk.last.message.speaker in named:
                    found.append(f"{how} last")
                if not is_member and not talk.speakers.keys() - {self._me}:
                    found.append(f"{how} nobody here")
        called = talk.last.named
        if called:
            found.append("called me" if self._me in called else "called other")
        return found

    def _by_state(self, talk: Talk, side: str) -> list[str]:
        """What is open in the talk."""
        found = []
        act, kind = self._act, self._kind
        is_mine = self._mine is talk
        found.append("latest of mine" if is_mine else "not latest of mine")
        found.append(f"{found[-1]}|{side}")
        if is_mine:
            found.append(f"mine|{act}")
        state = "done" if talk.is_answered else "open"
        found += [f"{state}|{side}", f"{state}|{side}|{act}"]
        if talk in self._waiting:
            place = self._waiting.index(talk)
            which = (
                "only"
                if len(self._waiting) == 1
                else "oldest"
                if place == 0
                else ("newest" if place == len(self._waiting) - 1 else "between")
            )
            found += [f"waits:{which}", f"waits:{which}|{kind}", f"waits:{which}|{act}"]
            found.append(f"waits:{which}|{side}")
        elif self._waiting:
            found += [f"others wait|{side}", f"others wait|{kind}|{act}"]
        last = talk.last
        asker = self._asker_before(talk)
        if asker:
            found += [f"replied to {asker}", f"replied to {asker}|{act}"]
        if last.act == "question" and last.message.speaker != self._me:
            who = self._asked_whom(talk)
            found += [f"asked {who}", f"asked {who}|{act}", f"asked {who}|{kind}"]
        text = self._each.message.text
        if is_thanks(text) or is_resolved(text):
            found.append(f"settles|{side}|{state}")
        return found

    def _asker_before(self, talk: Talk) -> str:
        """Tell whose question the last message of a talk seems to answer: `me`, `other` or ``."""
        if len(talk.members) < 2 or talk.last.message.speaker == self._me:  # noqa: PLR2004 - two
            return ""
        speaker = talk.last.message.speaker
        before = _last_of_others(talk, speaker)
        if before is None or before.act != "question":
            return ""
        return "me" if before.message.speaker == self._me else "other"

    def _asked_whom(self, talk: Talk) -> str:
        """Tell whom the question at the end of a talk was put to, by who spoke before."""
        speaker = talk.last.message.speaker
        before = _last_of_others(talk, speaker)
        if before is None:
            return "anybody"
        return "me" if before.message.speaker == self._me else "another"

    def _looks_ahead(self) -> list[str]:
        """What comes next: more of mine in the same breath, somebody who names me."""
        place, seen = self._each.place, self._room.seen
        found = []
        if place + 1 < len(seen) and seen[place + 1].message.speaker == self._me:
            gap = gap_name(self._each, seen[place + 1])
            if gap in ("now", "unknown"):
                found.append("goes on")
        for later in seen[place + 1 : place + 1 + _AHEAD]:
            if later.message.speaker == self._me:
                break
            if self._me in later.named:
                found.append("named next")
                break
        return found

    def _by_words(self, talk: Talk, side: str) -> Features:
        overlap = self._overlaps[talk.number]
        parts = sum(1 for word in self._each.words & talk.words if _PART.match(word))
        found = {
            "overlap": min(overlap, _MANY),
            f"overlap|{side}": min(overlap, _MANY),
            "overlap last": min(self._overlap(talk.last.words), _MANY),
            "parts": float(min(parts, _MANY)),
            "size": math.log(len(talk.members)),
        }
        if overlap > 0 and overlap == self._most:
            found["most overlap"] = 1.0
        return found

    def _by_likeness(self, talk: Talk) -> Features:
        """How alike the sentences are, and how far behind the most similar talk."""
        where = "in" if self._me in talk.speakers else "new"
        found: Features = {}
        for name, cosine in self._alike[talk.number].items():
            found[f"alike {name}"] = found[f"alike {name}|{where}"] = _LIKENESS * cosine
            behind = _LEAD * (cosine - self._most_alike[name])
            found[f"behind {name}"] = found[f"behind {name}|{self._act}"] = behind
        return found

    def _overlap(self, words: set[str] | frozenset[str]) -> float:
        return sum(self._room.weights.get(word, 0.0) for word in self._each.words & words)

    def _length(self) -> str:
        n_words = len(self._each.bare.split())
        return next((name for longest, name in _LENGTHS if n_words <= longest), "long")


def _last_of_others(talk: Talk, speaker: str) -> Seen | None:
    """Return the last message of a talk that somebody else wrote, if it is near its end."""
    latest = talk.members[: -_LOOK_BACK - 1 : -1]
    return next((each for each in latest if each.message.speaker != speaker), None)
