"""Tells whether two texts say the same in nearly the same words.

Words are compared one by one, because one word decides what a question asks: whatever differs must
be explained as spacing, a particle, an ending, politeness, filler or a slip of a finger. A number,
a name, a unit, a negation or any other word that only one text has makes them two questions.
"""

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from chatmill.checks.duplicates.hangul import can_be_slip, is_hangul, one_edit_apart, root

_TOKEN = re.compile(r"\d+(?:[.,:]\d+)*|[a-z_]+(?:'[a-z]+)?|[가-힣]+|[^\W\d_a-z가-힣]+")
_SIGNED = re.compile(r"(?<![\w)\]])[-−+]\d+")
_FILLER = frozenset(
    """
    hi hello hey dear team all there good morning afternoon evening please kindly thanks
    thank advance very much best regards cheers sorry bother quick question just also well
    so ok okay the a an this that these those it its i we you my our your me us he they of
    for is are am was were be been being will would can could may might shall should do
    does did have has had im ive id tell know like help welcome appreciated any and to
    안녕하세요 안녕하십니까 안녕 문의드립니다 문의 드립니다 질문드립니다 질문 있습니다
    혹시 그런데 근데 저기요 수고하십니다 수고하세요 수고 많으십니다 감사합니다 고맙습니다
    부탁드립니다 부탁드려요 부탁 빠른 답변 담당자님 님 좀 네 예 아 저 제가 저희 저희가
    우리 그 이 것 게 거 건 수 있을까요 있나요 주세요 주시면 감사하겠습니다 알려주세요 알려
    알려주실 가르쳐주세요 궁금합니다 바랍니다 은 는 을 를 이 가 의 에 에서 에서는 에는 로
    으로 로는 으로는 와 과 하고 랑 이랑 라고 이라고 까지 도 만 요
    """.split()  # noqa: SIM905 - as the word lists elsewhere
)
_AFTER_NUMBER = frozenset(["도", "만", "이", "수", "네"])
"""Filler elsewhere; after a number a unit, or part of it."""
_DECIDING = frozenset(
    ["from", "to", "into", "before", "after", "than", "then", "후", "전", "뒤", "보다"]
)
"""Words that turn the meaning round when their neighbours change places."""
_PHRASES = re.compile(r"\b(?:in advance|of course|by the way|at the moment)\b")
_CANNOT = {"cannot": "not"}
_EMOTICON = re.compile("[ㄱ-ㅎㅏ-ㅣ]+")
_SIGN = re.compile(r"[-−+]\d")
_HANGUL = re.compile("[가-힣]+")
_PHRASE_ENDS = ("advance", "course", "way", "moment")
_MIN_LATIN_SLIP = 5
_JOINED_AT_MOST = 4
_MAX_TOKENS = 4_000
_LONGEST_REMEMBERED = 40
"""Characters; longer words are hardly written twice."""
_ACROSS = 2
"""Shingles that begin in what two texts share and end in what they do not."""


@dataclass(frozen=True, slots=True)
class Words:
    """A text as it is compared."""

    tokens: tuple[str, ...]
    """Folded words in order, filler included."""
    letters: str
    """All of them in one, without spaces."""
    numbers: tuple[str, ...]
    """Numbers in sorted order, with their signs where they have one."""

    @property
    def shingles(self) -> set[str]:
        """Three letters each, white space and punctuation left out."""
        letters = self.letters
        return {letters[at : at + 3] for at in range(max(1, len(letters) - 2))}


@dataclass(frozen=True, slots=True)
class _Part:
    """Where two texts differ, as one of them has it."""

    tokens: tuple[str, ...]
    stems: tuple[str, ...]
    """What each stands for; empty for filler, the number itself for a number."""
    around: tuple[str, str]
    """The words before and after."""


@dataclass(frozen=True, slots=True)
class _Word:
    """What stands between two spaces."""

    tokens: tuple[str, ...]
    numbers: tuple[str, ...]


def words_of(text: str) -> Words:
    """Cut a text for comparing."""
    plain = text.casefold()
    if any(end in plain for end in _PHRASE_ENDS):
        plain = _PHRASES.sub(" ", plain)
    tokens: list[str] = []
    numbers: list[str] = []
    for each in plain.split():
        word = _known_word(each) if len(each) <= _LONGEST_REMEMBERED else _word(each)
        tokens += word.tokens
        numbers += word.numbers
    tokens = tokens[:_MAX_TOKENS]
    return Words(tokens=tuple(tokens), letters="".join(tokens), numbers=tuple(sorted(numbers)))


def _word(text: str) -> _Word:
    plain = text.replace("’", "'")
    tokens = [each for each in _TOKEN.findall(plain) if not _EMOTICON.fullmatch(each)]
    numbers = [each for each in tokens if each[0].isdigit()]
    return _Word(tuple(tokens), (*numbers, *_SIGNED.findall(plain)))


_known_word = lru_cache(maxsize=50_000)(_word)


def jaccard(a: Words, b: Words) -> float:
    """Return the share of shingles both have of those either has, in [0, 1]."""
    one, other = a.shingles, b.shingles
    shared = len(one & other)
    return shared / (len(one) + len(other) - shared)


def is_alike(a: Words, b: Words, least: float) -> bool:
    """Tell whether the Jaccard similarity of two texts is at least `least`, in [0, 1].

    What they begin and end with is shared; where that alone is enough, nothing is compared.
    """
    if a.letters == b.letters:
        return True
    start, end = _shared_letters(a.letters, b.letters)
    only_a = max(0, len(a.letters) - start - end) + _ACROSS
    only_b = max(0, len(b.letters) - start - end) + _ACROSS
    n_shingles = len(a.shingles)
    if n_shingles - only_a >= least * (n_shingles + only_b):
        return True
    return jaccard(a, b) >= least


def _shared_letters(a: str, b: str) -> tuple[int, int]:
    """Count what two texts begin with and, of the rest, what they end with alike."""
    shorter = min(len(a), len(b))
    start = _most_alike(shorter, lambda low, high: a[low:high] == b[low:high])
    n_a, n_b = len(a), len(b)
    end = _most_alike(
        shorter - start, lambda low, high: a[n_a - high : n_a - low] == b[n_b - high : n_b - low]
    )
    return start, end


def _most_alike(most: int, is_alike_within: Callable[[int, int], bool]) -> int:
    """Find by halves how far two texts are alike; slices compare faster than letters."""
    low, high = 0, most + 1
    while high - low > 1:
        middle = (low + high) // 2
        if is_alike_within(low, middle):
            low = middle
        else:
            high = middle
    return low


def slips_between(a: Words, b: Words) -> tuple[tuple[str, str], ...] | None:
    """Explain how two texts differ.

    Returns:
        Pairs of words of which one would be a slip of a finger, usually none; None where something
        that matters differs.
    """
    if a.numbers != b.numbers:
        return None
    if a.letters == b.letters:
        return ()
    here, there = _differing(a.tokens, b.tokens)
    only_a, only_b = _surplus(here, there)
    _join(only_a, there, only_b)
    _join(only_b, here, only_a)
    slips = _pair_off(only_a, only_b)
    return slips if slips is not None and _keeps_order(here, there) else None


def _differing(a: tuple[str, ...], b: tuple[str, ...]) -> tuple[_Part, _Part]:
    """Leave out the words both texts begin and end with."""
    shorter = min(len(a), len(b))
    start = 0
    while start < shorter and a[start] == b[start]:
        start += 1
    end, most = 0, shorter - start
    while end < most and a[-1 - end] == b[-1 - end]:
        end += 1
    return _part(a, start, len(a) - end), _part(b, start, len(b) - end)


def _part(tokens: tuple[str, ...], start: int, end: int) -> _Part:
    inside = tokens[start:end]
    stems = list(map(_stem, inside))
    if not _AFTER_NUMBER.isdisjoint(inside):
        for at, token in enumerate(inside, start):
            if at > 0 and tokens[at - 1][0].isdigit() and token in _AFTER_NUMBER:
                stems[at - start] = token
    around = (tokens[start - 1] if start else "", tokens[end] if end < len(tokens) else "")
    return _Part(inside, tuple(stems), around)


@lru_cache(maxsize=200_000)
def _stem(token: str) -> str:
    if token.endswith("n't"):
        return "not"
    token = token.split("'", maxsplit=1)[0]
    if token in _FILLER:
        return ""
    if is_hangul(token):
        found = root(token)
        return "" if found in _filler_roots() else found
    for ending in ("ing", "ed", "es", "s", "e"):
        if token.endswith(ending) and len(token) >= len(ending) + 2:
            return token[: -len(ending)]
    return _CANNOT.get(token, token)


@lru_cache(maxsize=1)
def _filler_roots() -> frozenset[str]:
    """Return the roots of polite verbs, whatever their ending."""
    return frozenset(root(each) for each in _FILLER if is_hangul(each) and len(each) > 2)  # noqa: PLR2004 - syllables


@lru_cache(maxsize=50_000)
def _is_near_filler(token: str) -> bool:
    """Tell whether a word may be a slip of a polite one."""
    fillers = _filler_by_length()
    near = itertools.chain.from_iterable(fillers.get(len(token) + more, ()) for more in (-1, 0, 1))
    return any(_can_be_slip(token, each) for each in near)


@lru_cache(maxsize=1)
def _filler_by_length() -> dict[int, list[str]]:
    by_length: dict[int, list[str]] = {}
    for each in sorted(_FILLER):
        by_length.setdefault(len(each), []).append(each)
    return by_length


def _surplus(a: _Part, b: _Part) -> tuple[list[str], list[str]]:
    """List, for each text, the words that the other does not have as often, by stem."""
    if a.stems == b.stems:
        return [], []
    balance: dict[str, int] = {}
    for each in a.stems:
        balance[each] = balance.get(each, 0) + 1
    for each in b.stems:
        balance[each] = balance.get(each, 0) - 1
    more = {each: count for each, count in balance.items() if each and not each[0].isdigit()}
    fewer = {each: -count for each, count in more.items()}
    return _last_of(a, more), _last_of(b, fewer)


def _last_of(part: _Part, wanted: dict[str, int]) -> list[str]:
    """Take as many words of each stem as are wanted, from the end, and list them in order."""
    found = []
    if any(count > 0 for count in wanted.values()):
        for token, each in zip(reversed(part.tokens), reversed(part.stems), strict=True):
            if wanted.get(each, 0) > 0:
                wanted[each] -= 1
                found.append(token)
    return found[::-1]


def _join(surplus: list[str], other: _Part, other_surplus: list[str]) -> None:
    """Take out words that are several words of the other text without the spaces."""
    for word in list(surplus):
        pieces = _pieces_of(word, other.tokens)
        if pieces:
            surplus.remove(word)
            for piece in pieces:
                if piece in other_surplus:
                    other_surplus.remove(piece)


def _pieces_of(word: str, tokens: tuple[str, ...]) -> tuple[str, ...]:
    """Find the words in a row that make up one word, but for its ending; empty where none do."""
    for start, first in enumerate(tokens):
        if not word.startswith(first) or first == word:
            continue
        joined = first
        for end in range(start + 1, min(start + _JOINED_AT_MOST, len(tokens))):
            joined += tokens[end]
            if joined == word or (_HANGUL.fullmatch(joined) and root(joined) == root(word)):
                return tokens[start : end + 1]
            if not word.startswith(joined):
                break
    return ()


def _pair_off(only_a: list[str], only_b: list[str]) -> tuple[tuple[str, str], ...] | None:
    """Explain each word left as a slip for one left on the other side, or for a polite one."""
    slips = []
    rest = list(only_b)
    for word in only_a:
        other = next((each for each in rest if _can_be_slip(word, each)), None)
        if other is None and not _is_near_filler(word):
            return None
        if other is not None:
            rest.remove(other)
            slips.append((word, other))
    return tuple(slips) if all(_is_near_filler(each) for each in rest) else None


def _can_be_slip(a: str, b: str) -> bool:
    if is_hangul(a) and is_hangul(b):
        return can_be_slip(a, b) or (min(len(a), len(b)) > 2 and can_be_slip(root(a), root(b)))  # noqa: PLR2004 - syllables
    is_long = min(len(a), len(b)) >= _MIN_LATIN_SLIP - 1 and max(len(a), len(b)) >= _MIN_LATIN_SLIP
    return is_long and a[0] == b[0] and one_edit_apart(a, b)


def _keeps_order(a: _Part, b: _Part) -> bool:
    """Tell whether numbers and words like `from` and `에게` still go with the same words."""
    if a.stems == b.stems:
        return True
    if _swaps_particles(a, b):
        return False
    numbers = [[each for each in part.tokens if each[0].isdigit()] for part in (a, b)]
    has_order = numbers[0] == numbers[1]
    if has_order and _DECIDING.isdisjoint(a.tokens):
        return True
    here, there = list(_anchors(a, has_order)), list(_anchors(b, has_order))
    for before, anchor, after in here:
        beside = [each for each in there if each[1] == anchor]
        match = next((each for each in beside if before == each[0] or after == each[2]), None)
        if match is None:
            return not beside and not anchor[0].isdigit()
        there.remove(match)
    return True


def _anchors(part: _Part, has_order: bool) -> Iterator[tuple[str, str, str]]:  # noqa: FBT001 - of numbers
    """Yield words whose neighbours matter, between the stems of these: numbers where they moved."""
    around = (part.around[0], *part.tokens, part.around[1])
    for at, token in enumerate(part.tokens):
        before, after = around[at], around[at + 2]
        is_number = token[0].isdigit() and not has_order
        if is_number and at and before.isascii() and before.isalpha():
            token += before  # noqa: PLW2901 - a part name, or the word before
            before = around[at - 1]
        if is_number or token in _DECIDING:
            yield _stem(before), token, _stem(after) if not is_number else after


def _swaps_particles(a: _Part, b: _Part) -> bool:
    """Tell whether two words changed their particles with each other: who does what to whom."""
    before = {stem: token for token, stem in zip(a.tokens, a.stems, strict=True) if stem}
    after = {stem: token for token, stem in zip(b.tokens, b.stems, strict=True) if stem}
    changed = [stem for stem in before if stem in after and before[stem] != after[stem]]
    lost = sorted(before[stem][len(stem) :] for stem in changed)
    return len(changed) > 1 and lost == sorted(after[stem][len(stem) :] for stem in changed)
