"""Learns over all conversations which candidates are part numbers, by points that can be read."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from chatmill.records import Conversation
from chatmill.text.part_numbers import candidates

VERSION = "1"
"""Changes whenever the same messages would give other products."""
LEAST_POINTS = 2
"""With as many points a candidate counts as a product."""
_FEW_ROOMS, _MANY_ROOMS = 2, 4
_MANY_DIGITS, _LONG_NUMBER, _LONG_PREFIX = 3, 6, 7
_LONG_NAME, _MANY_RUNS = 12, 3
_SERIAL_MEMBERS, _SERIAL_DIGITS, _SERIAL_SHARE = 6, 5, 0.8
_YEARS = range(1950, 2036)
_PLAIN_WORD = re.compile(r"(?:[a-z]{3,}|\b[A-Z][a-z]{2,})(?=-?\d)|\d[A-Z]?[a-z]{3,}")
_MIXED = re.compile(r"[A-Za-z]+\d+[A-Z]+\d*[A-Z]?")
_MAKERS = re.compile(
    r"(?:STM32|ESP(?:32|8)|NRF5|ATMEGA|ATTINY|ATSAM|LPC\d|PIC\d|MSP4|TMS3|KSZ|DP8|RTL8|LAN\d{4}|ENC\d|BCM|MT\d{4}|IMX|RP2|CH3"
    r"|CP2|FT2|MAX\d{3}|LM\d{3}|TPS\d|ADS\d|SN74|W[567]\d|WIZ|WIZFI|GD32|HC\d|SIM\d{3}|BG\d{2}|MCP\d|AT2[458]|INA\d|BMP\d|BME\d"
    r"|DS\d{4}|PCF\d|TCA\d|SX12|CC\d{4})",
    re.IGNORECASE,
)
"""Beginnings of names that well-known makers of chips give."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mentions:
    """How one conversation speaks of one candidate."""

    spelling: str
    n_mentions: int
    n_speakers: int
    n_for: int
    """Mentions beside which a word says that it is a product."""
    n_against: int
    """Mentions beside which a word says that it is an order, a pin, an error …"""
    first_message_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What all conversations together say of one candidate."""

    name: str
    """In the spelling most people use."""
    n_mentions: int
    n_rooms: int
    points: int
    reasons: tuple[str, ...]
    """Each with its points."""

    @property
    def is_product(self) -> bool:
        """Whether the points are enough."""
        return self.points >= LEAST_POINTS


def count_mentions(conversation: Conversation) -> tuple[Mentions, ...]:
    """Count the candidates of one conversation, in order of first mention."""
    names = {message.speaker.casefold() for message in conversation.messages if message.speaker}
    speakers = names | {part for name in names for part in re.split(r"[\s,()\[\]/|@]+", name)}
    found: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for message in conversation.messages:
        if message.kind == "text":
            for each in candidates(message.text, speakers):
                found[each.spelling].append((each.hint, message.speaker, message.id))
    return tuple(
        Mentions(
            spelling=spelling,
            n_mentions=len(seen),
            n_speakers=len({speaker for _hint, speaker, _id in seen}),
            n_for=sum(hint == "product" for hint, _speaker, _id in seen),
            n_against=sum(hint == "other" for hint, _speaker, _id in seen),
            first_message_id=seen[0][2],
        )
        for spelling, seen in found.items()
    )


def judge_candidates(rooms: Iterable[Sequence[Mentions]]) -> tuple[Judgement, ...]:
    """Judge every candidate by what all conversations say of it.

    Args:
        rooms: The candidates of each conversation, in any order.

    Returns:
        Those with most mentions first; the order of `rooms` makes no difference.
    """
    gathered: dict[str, list[list[Mentions]]] = defaultdict(list)
    for mentions in rooms:
        in_room: dict[str, list[Mentions]] = defaultdict(list)
        for each in mentions:
            in_room[each.spelling.casefold()].append(each)
        for key, spellings in in_room.items():
            gathered[key].append(spellings)
    families = _families(gathered)
    judged = [_judge(rooms_of, families[_family(key)]) for key, rooms_of in gathered.items()]
    return tuple(sorted(judged, key=lambda each: (-each.n_mentions, each.name)))


@dataclass(frozen=True, slots=True)
class _Family:
    """Candidates with the same letters in front and as many digits after them."""

    members: tuple[str, ...]
    n_lonely: int
    """Members that one person mentions in one room."""


def _family(key: str) -> tuple[str, int]:
    match = re.match(r"(\d{0,2}[a-z]+)-?(\d*)", key)
    return (match.group(1), len(match.group(2))) if match else (key, 0)


def _families(gathered: dict[str, list[list[Mentions]]]) -> dict[tuple[str, int], _Family]:
    members: dict[tuple[str, int], list[str]] = defaultdict(list)
    lonely: dict[tuple[str, int], int] = defaultdict(int)
    for key, rooms in gathered.items():
        members[_family(key)].append(key)
        n_speakers = sum(each.n_speakers for room in rooms for each in room)
        lonely[_family(key)] += len(rooms) == 1 and n_speakers == 1
    return {
        family: _Family(tuple(sorted(keys)), lonely[family]) for family, keys in members.items()
    }


def _judge(rooms: list[list[Mentions]], family: _Family) -> Judgement:
    every = [each for room in rooms for each in room]
    counts: dict[str, int] = defaultdict(int)
    for each in every:
        counts[each.spelling] += each.n_mentions
    name = min(counts, key=lambda spelling: (-counts[spelling], spelling))
    scored = [*_shape(name), *_use(rooms, every), *_relatives(name, family)]
    return Judgement(
        name=name,
        n_mentions=sum(counts.values()),
        n_rooms=len(rooms),
        points=sum(points for points, _reason in scored),
        reasons=tuple(f"{points:+d} {reason}" for points, reason in scored),
    )


def _shape(name: str) -> Iterable[tuple[int, str]]:
    digits = re.findall(r"\d+", name)
    n_digits = sum(map(len, digits))
    if n_digits >= _MANY_DIGITS:
        yield 2, f"{n_digits} digits"
    else:
        yield (1, "two digits") if n_digits > 1 else (-2, "one digit")
    if _MIXED.match(name) and n_digits > 1:
        yield 1, "letters between digits"
    if _MAKERS.match(name):
        yield 1, "begins as makers' names do"
    if _PLAIN_WORD.search(name):
        yield -3, "a word with a number"
    if any(len(each) == len("2026") and int(each) in _YEARS for each in digits):
        yield -1, "a year"
    if max(map(len, digits)) >= _LONG_NUMBER:
        yield -3, "a long number"
    is_long = len(name) >= _LONG_NAME and len(digits) >= _MANY_RUNS
    if is_long or (len(digits) > 1 and n_digits == len(digits)):
        yield -3, "letters and digits by turns"
    if len(re.match(r"[A-Za-z]*", name).group()) >= _LONG_PREFIX:  # type: ignore[union-attr]  # matches always
        yield -2, "many letters"


def _use(rooms: list[list[Mentions]], every: list[Mentions]) -> Iterable[tuple[int, str]]:
    if len(rooms) >= _FEW_ROOMS:
        yield (2 if len(rooms) >= _MANY_ROOMS else 1), f"in {len(rooms)} rooms"
    if len(rooms) > 1 or sum(each.n_speakers for each in every) > 1:
        yield 1, "several people say it"
    n_for = sum(each.n_for for each in every)
    n_against = sum(each.n_against for each in every)
    if n_against > n_for and 2 * n_against >= sum(each.n_mentions for each in every):
        yield -3, "called an order, an error, a pin or the like"
    elif n_for:
        yield 2, "called a chip, a board, a model or the like"


def _relatives(name: str, family: _Family) -> Iterable[tuple[int, str]]:
    n_digits = _family(name.casefold())[1]
    others = [each.upper() for each in family.members if each != name.casefold()]
    if (
        len(family.members) >= _SERIAL_MEMBERS
        and n_digits >= _SERIAL_DIGITS
        and not _MAKERS.match(name)
        and family.n_lonely >= _SERIAL_SHARE * len(family.members)
    ):
        yield -3, f"one of {len(family.members)} numbers hardly anybody repeats"
    elif others and n_digits >= _MANY_DIGITS:
        yield 1, f"like {', '.join(others[:3])}"
