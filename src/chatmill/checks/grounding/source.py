"""What an example may say: its messages' sentences, and which of them a claim is nearest to."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from chatmill.records import Message
from chatmill.text.facts import Fact, FactKind, facts
from chatmill.text.morphemes import Unit, units
from chatmill.text.sentences import sentences

_MOST_PLACES = 64
"""A unit that stands in more sentences says nothing about which one is meant."""
_MOST_LETTERS = 20_000_000
"""Letters all sentences of one example together are searched in, letter for letter."""
_MOST_FACTS = 2_000
"""Facts of the source among which the nearest is looked for."""
_MOST_COMPARED = 50_000
"""Facts all foreign ones of one example together are compared with."""
_GAIN = 2
"""Units a neighbouring sentence must add to be taken along."""
_EMPTY = frozenset(
    """
    a an the of to in on at for and or but is are was were be been being it its
    this that these those
    i you we they he she my your our their me him her us them do does did have has had so as if then
    there here by with from just also very well please thank thanks hi hello hey ok okay um uh oh
    것 거 수 등 때 이 그 저 그것 이것 저것 좀 잘 더 네 예 음 아 어 및 또
    또는 그리고 그런데 근데 있 주 보
    안녕 감사 건 게 걸 분 중 내 제 저희 우리 문 드리 요 습니다
    """.split()  # noqa: SIM905 - as the word lists elsewhere
)


@dataclass(frozen=True, slots=True)
class Words:
    """One sentence, or two side by side, of one message."""

    message_id: str
    text: str
    units: tuple[Unit, ...]


class Source:
    """The messages an example cites, for asking what stands in them; cut up when first asked."""

    def __init__(self, messages: Iterable[Message]) -> None:
        self._messages = tuple(messages)
        self._left = _MOST_LETTERS
        self._comparisons_left = _MOST_COMPARED
        self._nearest_facts: dict[tuple[FactKind, str], str] = {}

    @cached_property
    def _sentences(self) -> list[tuple[str, str, int]]:
        """Message id, sentence and place of the message, in order."""
        return [
            (message.id, span.of(message.text), place)
            for place, message in enumerate(self._messages)
            for span in sentences(message.text)
        ]

    @cached_property
    def _whole(self) -> frozenset[str]:
        return frozenset(text for _, text, _ in self._sentences)

    @cached_property
    def _units(self) -> list[tuple[Unit, ...]]:
        return [_cached_units(text) for _, text, _ in self._sentences]

    @cached_property
    def _places(self) -> dict[str, list[int]]:
        """Where each key stands: numbers of sentences, each once."""
        found: dict[str, list[int]] = {}
        for number, own in enumerate(self._units):
            for key in {unit.key for unit in own}:
                found.setdefault(key, []).append(number)
        return found

    @cached_property
    def _n_letters(self) -> int:
        return sum(len(each.text) for each in self._messages)

    @cached_property
    def facts(self) -> tuple[Fact, ...]:
        """Every fact of the messages, in order."""
        return tuple(fact for message in self._messages for fact in facts(message.text))

    @cached_property
    def fact_values(self) -> frozenset[str]:
        """Every fact as `facts` makes them comparable, numbers also bare."""
        known: set[str] = set()
        for fact in self.facts:
            known.add(fact.value)
            if fact.kind == "number":
                known.add(fact.bare)
            elif fact.kind in ("part", "identifier", "url", "email"):
                known.add(fact.value.casefold())
        return frozenset(known)

    @cached_property
    def _facts_of_kind(self) -> dict[FactKind, list[str]]:
        """What the first facts say, by kind, each once."""
        found: dict[FactKind, dict[str, None]] = {}
        for fact in self.facts[:_MOST_FACTS]:
            found.setdefault(fact.kind, {})[fact.text] = None
        return {kind: list(texts) for kind, texts in found.items()}

    def nearest_fact(self, fact: Fact) -> str:
        """Return the fact of the same kind that is closest in length and letters; empty for none.

        Of very many foreign facts only the first are compared: a hostile example must not cost
        without bound.
        """
        asked = (fact.kind, fact.text)
        if asked in self._nearest_facts:
            return self._nearest_facts[asked]
        same = self._facts_of_kind.get(fact.kind, [])
        self._comparisons_left -= len(same)
        if self._comparisons_left < 0:
            return ""

        def distance(text: str) -> tuple[int, str]:
            shared = sum(a == b for a, b in zip(text, fact.text, strict=False))
            return (max(len(text), len(fact.text)) - shared, text)

        found = min(same, key=distance, default="")
        self._nearest_facts[asked] = found
        return found

    def has_sentence(self, text: str) -> bool:
        """Tell whether a message has exactly this sentence."""
        return text in self._whole

    def find(self, text: str) -> tuple[str, int] | None:
        """Return the message text that holds these words, edge to edge, and where.

        Only so many letters are searched in all: a hostile example must not cost without bound.
        """
        self._left -= self._n_letters
        if self._left < 0:
            return None
        for message in self._messages:
            start = message.text.find(text)
            if start >= 0 and _is_bounded(message.text, start, start + len(text)):
                return message.text, start
        return None

    def knows(self, key: str) -> bool:
        """Tell whether any message has a unit."""
        return key in self._places

    def nearest(self, claim: Sequence[Unit]) -> Words | None:
        """Return the sentence that shares most with a claim, with a neighbour where that adds."""
        wanted = Counter(unit.key for unit in claim)
        shared: Counter[int] = Counter()
        for key in wanted:
            places = self._places.get(key, ())
            if len(places) <= _MOST_PLACES:
                weight = 1 if key in _EMPTY else 4
                shared.update(dict.fromkeys(places, weight))
        if not shared:
            return None
        best = max(shared, key=lambda n: (shared[n], -len(self._units[n]), -n))
        return self._widened(best, wanted)

    def _widened(self, best: int, wanted: Counter[str]) -> Words:
        message_id, text, place = self._sentences[best]
        own = self._units[best]
        lacking = (wanted - Counter(unit.key for unit in own)).keys() - _EMPTY
        gains = {
            number: len(lacking & {unit.key for unit in self._units[number]})
            for number in (best - 1, best + 1)
            if 0 <= number < len(self._sentences) and self._sentences[number][2] == place
        }
        other = max(gains, key=lambda number: gains[number], default=best)
        if gains.get(other, 0) < _GAIN:
            return Words(message_id, text, own)
        first, second = sorted((best, other))
        joined = f"{self._sentences[first][1]} {self._sentences[second][1]}"
        return Words(message_id, joined, _cached_units(joined))


def content(found: Iterable[Unit]) -> list[Unit]:
    """Return the units that say something: no articles, pronouns, greetings."""
    return [unit for unit in found if unit.key not in _EMPTY]


@lru_cache(maxsize=8192)
def _cached_units(text: str) -> tuple[Unit, ...]:
    return units(text)


def _is_bounded(text: str, start: int, end: int) -> bool:
    """Tell whether a stretch begins and ends where words do."""
    before, after = text[max(0, start - 1) : start + 1], text[end - 1 : end + 1]
    return not any(
        len(pair) > 1 and _is_word(pair[0]) and _is_word(pair[1]) for pair in (before, after)
    )


def _is_word(letter: str) -> bool:
    return letter.isalnum() or letter == "_"
