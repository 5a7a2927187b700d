"""How a claim differs from the sentence it was made of, where a reader must not miss it."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise

from chatmill.checks.grounding.source import Words, content
from chatmill.text.morphemes import Unit
from chatmill.text.opposites import Cue, negations, sides

_MOST_UNITS = 400
"""Longer sentences are logs or attacks; they are compared in their first units only."""
_NEAR = 2
"""Units around what matched in which a negation still belongs to it."""
_CLOSE, _SAME_WORDS = 0.5, 0.8
"""Shares of a claim's units a sentence must have: to be what it was made of; to compare order."""
_MOST_REPLACED = 3
"""Words exchanged side by side; longer stretches were written anew."""
_TYPO = 0.6
"""Likeness of two words from which one is the other mended."""
_CODE = re.compile(
    r"`[^`\n]{1,200}`"
    r"|\b[A-Za-z_]\w*(?:\([^()\n]{0,200}\)|(?=\(|[ ]?[-+*/]?=[ ]?\w))"
)
"""What stands between backticks; a call with what it is given; a name something is assigned to."""
_MONTHS = frozenset(
    (
        *("january", "february", "march", "april", "may", "june", "july"),
        *("august", "september", "october", "november", "december"),
    )
)
"""Two of them are never one word mended, however alike they look."""
_NUMBER_WORDS = {
    word: number
    for words in (
        "zero one two three four five six seven eight nine ten eleven twelve",
        "영 하나 둘 셋 넷 다섯 여섯 일곱 여덟 아홉 열",
        "영 한 두 세 네 다섯 여섯 일곱 여덟 아홉 열",
        "none once twice thrice",
    )
    for number, word in enumerate(words.split())
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One place of a claim that says something else than the source."""

    kind: str
    """`number`, `unit`, `negation`, `opposite`, `order`, `word`."""
    start: int
    """First code point in the claim."""
    end: int
    """One past the last code point in the claim."""
    message: str
    evidence: str
    """What the source says there."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A claim beside the nearest sentence of its source."""

    claim: str
    units: tuple[Unit, ...]
    source: Words
    blocks: tuple[tuple[int, int, int], ...]
    """Runs of equal keys: place in the claim, place in the source, length."""

    @property
    def matched(self) -> set[int]:
        """Places of the claim's units that stand in the source in this order."""
        return {place + n for place, _, length in self.blocks for n in range(length)}

    @property
    def matched_source(self) -> set[int]:
        """Places of the source's units that stand in the claim in this order."""
        return {place + n for _, place, length in self.blocks for n in range(length)}

    @property
    def shared(self) -> float:
        """Share of the claim's content the sentence has, in any order, in [0, 1]."""
        wanted = Counter(unit.key for unit in content(self.units))
        if not wanted:
            return 1.0
        had = wanted & Counter(unit.key for unit in self.source.units)
        return had.total() / wanted.total()


def compare(claim: str, units: Sequence[Unit], source: Words) -> Compared:
    """Line a claim's units up with a sentence's."""
    mine, theirs = tuple(units[:_MOST_UNITS]), source.units[:_MOST_UNITS]
    matcher = SequenceMatcher(None, [u.key for u in mine], [u.key for u in theirs], autojunk=False)
    blocks = tuple((b.a, b.b, b.size) for b in matcher.get_matching_blocks() if b.size)
    return Compared(claim, mine, Words(source.message_id, source.text, theirs), blocks)


def differences(compared: Compared) -> Iterator[Difference]:
    """Yield what is exchanged, turned round or put in another order.

    Nothing is said about a claim that shares too little with the sentence to have come from it.
    """
    if compared.shared < _CLOSE:
        return
    yield from _numbers(compared)
    yield from _units_of_numbers(compared)
    yield from _negation(compared)
    yield from _opposites(compared)
    yield from _order(compared)
    yield from _replaced(compared)


def _numbers(compared: Compared) -> Iterator[Difference]:
    """Find numbers and names another place of the source may have, but not this sentence."""
    mine = [unit for unit in compared.units if _is_exact(unit)]
    theirs = [unit for unit in compared.source.units if _is_exact(unit)]
    extra = Counter(map(_value, mine)) - Counter(map(_value, theirs))
    lacking = Counter(map(_value, theirs)) - Counter(map(_value, mine))
    for unit in mine:
        value = _value(unit)
        if not extra[value]:
            continue
        instead = [_words(compared.source.text, u) for u in theirs
                   if lacking[_value(u)] and _shape(u) == _shape(unit)]  # fmt: skip
        if instead:
            extra[value] -= 1
            said = instead[0]
            yield Difference("number", unit.start, unit.end, f"the source says {said} here", said)


def _units_of_numbers(compared: Compared) -> Iterator[Difference]:
    """Find numbers that are followed by another unit than in the source."""
    after: dict[str, list[Unit]] = {}
    theirs = compared.source.units
    for number, unit in pairwise(theirs):
        if number.key[0].isdigit() and unit.start - number.end <= 1:
            after.setdefault(number.key, []).append(unit)
    for number, unit in pairwise(compared.units):
        known = after.get(number.key, ()) if unit.start - number.end <= 1 else ()
        if not known or any(_is_same_word(unit.key, other.key) for other in known):
            continue
        if unit.key in {other.key for other in theirs} and not _is_unit(unit):
            continue
        said = f"{number.key} {_words(compared.source.text, known[0])}"
        yield Difference("unit", number.start, unit.end, f"the source says {said} here", said)


def _negation(compared: Compared) -> Iterator[Difference]:
    mine = _touching(negations(compared.claim), compared.units, None)
    theirs = _touching(
        negations(compared.source.text), compared.source.units, compared.matched_source
    )
    if len(mine) % 2 == len(theirs) % 2:
        return
    if len(mine) > len(theirs):
        cue = _unmatched_cue(mine, compared)
        words = compared.claim[cue.start : cue.end].strip()
        yield Difference(
            "negation", cue.start, cue.end, "the source does not deny this", words
        )  # fmt: skip
        return
    if _is_mistyped(theirs, compared):
        return
    place = _place_beside(theirs[-1], compared)
    denied = compared.source.text[theirs[-1].start : theirs[-1].end].strip()
    yield Difference("negation", *place, "the source denies this", denied)


def _is_mistyped(cues: Sequence[Cue], compared: Compared) -> bool:
    """Tell whether the claim has the denying word after all, letters exchanged."""
    lost = [compared.source.text[cue.start : cue.end].casefold() for cue in cues]
    known = {unit.key for unit in compared.source.units}
    loose = [_words(compared.claim, u).casefold() for u in compared.units if u.key not in known]
    return any(
        len(word) > len("not") and sorted(word) == sorted(other) for word in lost for other in loose
    )


def _touching(cues: Sequence[Cue], units: Sequence[Unit], matched: set[int] | None) -> list[Cue]:
    """Return the cues in or next to what matched; all of them where nothing is said about that."""
    if matched is None:
        return list(cues)
    near = [units[place] for place in sorted(matched)]
    if not near:
        return []
    first = units[max(0, min(matched) - _NEAR)].start
    last = units[min(len(units) - 1, max(matched) + _NEAR)].end
    return [cue for cue in cues if cue.start < last and cue.end > first]


def _unmatched_cue(cues: Sequence[Cue], compared: Compared) -> Cue:
    matched = compared.matched
    loose = [
        cue
        for cue in cues
        for place, unit in enumerate(compared.units)
        if place not in matched and unit.start < cue.end and cue.start < unit.end
    ]
    return loose[0] if loose else cues[0]


def _place_beside(cue: Cue, compared: Compared) -> tuple[int, int]:
    """Return the claim's word that stands where the source has the cue."""
    pairs = [
        (compared.source.units[theirs + n], compared.units[mine + n])
        for mine, theirs, length in compared.blocks
        for n in range(length)
    ]
    _, nearest = min(
        pairs,
        key=lambda pair: abs(pair[0].end - cue.start),
        default=(None, compared.units[0]),
    )
    return nearest.start, nearest.end


def _opposites(compared: Compared) -> Iterator[Difference]:
    """Find words that take the other side of something than the source does."""
    mine = Counter(side for unit in compared.units for side in sides(unit.key))
    near = _near_source(compared)
    theirs = Counter(side for unit in near for side in sides(unit.key))
    told: set[int] = set()
    matched = compared.matched
    for place, unit in enumerate(compared.units):
        if place in matched or unit.start in told:
            continue
        for dimension, side in sides(unit.key):
            other = (dimension, 1 - side)
            if mine[dimension, side] > theirs[dimension, side] and theirs[other] > mine[other]:
                said = next(u for u in near if other in sides(u.key))
                words = _words(compared.source.text, said)
                told.add(unit.start)
                yield Difference(
                    "opposite", unit.start, unit.end, f"the source says {words} here", words
                )
                break


def _near_source(compared: Compared) -> Sequence[Unit]:
    matched = compared.matched_source
    if not matched:
        return compared.source.units
    return compared.source.units[max(0, min(matched) - _NEAR) : max(matched) + _NEAR + 1]


def _order(compared: Compared) -> Iterator[Difference]:
    """Find two units that changed places, or Korean nouns that changed their particles."""
    mine, theirs = content(compared.units), content(compared.source.units)
    bag, other = Counter(u.key for u in mine), Counter(u.key for u in theirs)
    if (bag & other).total() < _SAME_WORDS * max(bag.total(), 1):
        return
    moved = _moved(
        [u for u in mine if u.is_hard], [u for u in theirs if u.is_hard]
    ) or _moved_words(mine, theirs)
    if moved is None:
        return
    first, second = moved
    said = f"{_words(compared.claim, second)} … {_words(compared.claim, first)}"
    for unit in moved:
        yield Difference(
            "order", unit.start, unit.end, "the source has this the other way round", said
        )


def _moved_words(mine: Sequence[Unit], theirs: Sequence[Unit]) -> tuple[Unit, Unit] | None:
    """Return two words that changed places; in Korean, two that changed their particles."""
    roles = {u.key: u.role for u in theirs if u.role}
    changed = [u for u in mine if u.role and roles.get(u.key, u.role) != u.role]
    if len(changed) > 1:
        return changed[0], changed[1]
    moved = _moved(mine, theirs)
    return None if moved is None or any(u.role for u in moved) else moved


def _moved(mine: Sequence[Unit], theirs: Sequence[Unit]) -> tuple[Unit, Unit] | None:
    """Return the first two units that stand in each other's place."""
    own, others = Counter(u.key for u in mine), Counter(u.key for u in theirs)
    places = {u.key: n for n, u in enumerate(theirs) if others[u.key] == 1 == own[u.key]}
    kept = [unit for unit in mine if unit.key in places]
    for one, later in pairwise(kept):
        if places[one.key] > places[later.key]:
            return one, later
    return None


def _replaced(compared: Compared) -> Iterator[Difference]:
    """Find words that stand where the source has others, and are no mended form of them."""
    theirs = Counter(u.key for u in compared.source.units)
    mine = Counter(u.key for u in compared.units)
    ends = [(0, 0, 0), *compared.blocks, (len(compared.units), len(compared.source.units), 0)]
    code = [found.span() for found in _CODE.finditer(compared.claim)]
    for (a, b, length), (next_a, next_b, _) in pairwise(ends):
        ours = content(compared.units[a + length : next_a])
        instead = content(compared.source.units[b + length : next_b])
        if len(ours) != len(instead) or len(ours) > _MOST_REPLACED:
            continue
        for unit, other in zip(ours, instead, strict=True):
            if mine[unit.key] <= theirs[unit.key] or theirs[other.key] <= mine[other.key]:
                continue
            words = _words(compared.source.text, other)
            is_exact = words.casefold() in _MONTHS or _is_code(unit, code)
            said = _words(compared.claim, unit)
            if is_exact or not _is_mended(said, words, unit.key, other.key):
                yield Difference(
                    "word", unit.start, unit.end, f"the source says {words} here", words
                )


def _is_code(unit: Unit, code: Sequence[tuple[int, int]]) -> bool:
    """Tell a name in code, of which no other typing is a mended one."""
    return unit.key.isascii() and any(a <= unit.start < b for a, b in code)


def _is_mended(ours: str, theirs: str, key: str, other: str) -> bool:
    """Tell whether one word is another form, or a mended typing, of the other."""
    if key in other or other in key:
        return True
    if not ours.isascii():
        return key[0] == other[0]
    short = min(len(ours), len(theirs)) < len("set")
    likeness = SequenceMatcher(None, ours.casefold(), theirs.casefold()).ratio()
    return short or likeness >= _TYPO or set(ours.casefold()) == set(theirs.casefold())


def _is_exact(unit: Unit) -> bool:
    return unit.is_hard or unit.key in _NUMBER_WORDS


def _value(unit: Unit) -> str:
    return str(_NUMBER_WORDS.get(unit.key, unit.key))


def _shape(unit: Unit) -> str:
    key = _value(unit)
    if key.lstrip("-").replace(".", "").isdigit():
        return "number"
    return "sign" if not any(letter.isalnum() for letter in key) else "name"


def _is_unit(unit: Unit) -> bool:
    return len(unit.key) <= len("mbps") and unit.key.isascii()


def _is_same_word(one: str, other: str) -> bool:
    return one == other or (
        len(one) > len("mbps") and SequenceMatcher(None, one, other).ratio() >= _TYPO
    )


def _words(text: str, unit: Unit) -> str:
    return text[unit.start : unit.end]
