"""Tells whether two texts say the same in nearly the same words.

Words are compared one by one, because one word decides what a question asks: whatever differs must
be explained as spacing, a particle, an ending, politeness, filler or a slip of a finger. A number,
a name, a unit, a negation or any other word that only one text has makes them two questions.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from chatmill.checks.duplicates.hangul import can_be_slip, is_hangul, one_edit_apart, root

_TOKEN = re.compile(r"\d+(?:[.,:]\d+)*|[a-z_]+(?:'[a-z]+)?|[가-힣]+|[^\W\d_a-z가-힣]+")
_SIGNED = re.compile(r"(?<![\w)\]])[-−+]\d+")
_FILLER = frozenset(
    [
        "hi",
        "hello",
        "hey",
        "dear",
        "team",
        "all",
        "there",
        "good",
        "morning",
        "afternoon",
        "evening",
        "please",
        "kindly",
        "thanks",
        "thank",
        "advance",
        "very",
        "much",
        "best",
        "regards",
        "cheers",
        "sorry",
        "bother",
        "quick",
        "question",
        "just",
        "also",
        "well",
        "so",
        "ok",
        "okay",
        "the",
        "a",
        "an",
        "this",
        "that",
        "these",
        "those",
        "it",
        "its",
        "i",
        "we",
        "you",
        "my",
        "our",
        "your",
        "me",
        "us",
        "he",
        "they",
        "of",
        "for",
        "is",
        "are",
        "am",
        "was",
        "were",
        "be",
        "been",
        "being",
        "will",
        "would",
        "can",
        "could",
        "may",
        "might",
        "shall",
        "should",
        "do",
        "does",
        "did",
        "have",
        "has",
        "had",
        "im",
        "ive",
        "id",
        "tell",
        "know",
        "like",
        "help",
        "welcome",
        "appreciated",
        "any",
        "and",
        "to",
        "안녕하세요",
        "안녕하십니까",
        "안녕",
        "문의드립니다",
        "문의",
        "드립니다",
        "질문드립니다",
        "질문",
        "있습니다",
        "혹시",
        "그런데",
        "근데",
        "저기요",
        "수고하십니다",
        "수고하세요",
        "수고",
        "많으십니다",
        "감사합니다",
        "고맙습니다",
        "부탁드립니다",
        "부탁드려요",
        "부탁",
        "빠른",
        "답변",
        "담당자님",
        "님",
        "좀",
        "네",
        "예",
        "아",
        "저",
        "제가",
        "저희",
        "저희가",
        "우리",
        "그",
        "이",
        "것",
        "게",
        "거",
        "건",
        "수",
        "있을까요",
        "있나요",
        "주세요",
        "주시면",
        "감사하겠습니다",
        "알려주세요",
        "알려",
        "알려주실",
        "가르쳐주세요",
        "궁금합니다",
        "바랍니다",
        "은",
        "는",
        "을",
        "를",
        "이",
        "가",
        "의",
        "에",
        "에서",
        "에서는",
        "에는",
        "로",
        "으로",
        "로는",
        "으로는",
        "와",
        "과",
        "하고",
        "랑",
        "이랑",
        "라고",
        "이라고",
        "까지",
        "도",
        "만",
        "요",
    ]
)
_AFTER_NUMBER = frozenset(["도", "만", "이", "수", "네"])
"""Filler elsewhere; after a number a unit, or part of it."""
_PHRASES = re.compile(r"\b(?:in advance|of course|by the way|at the moment)\b")
_CANNOT = {"cannot": "not"}
_EMOTICON = re.compile("[ㄱ-ㅎㅏ-ㅣ]+")
_HANGUL = re.compile("[가-힣]+")
_MIN_LATIN_SLIP = 5
_JOINED_AT_MOST = 4
_MAX_TOKENS = 4_000


@dataclass(frozen=True, slots=True)
class Words:
    """A text as it is compared."""

    tokens: tuple[str, ...]
    """Folded words in order, filler included."""
    letters: str
    """All of them in one, without spaces."""
    stems: tuple[str, ...]
    """What each stands for; empty for filler, the number itself for a number."""
    numbers: tuple[str, ...]
    """Numbers in sorted order, with their signs where they have one."""
    shingles: frozenset[tuple[str, str, str]]
    """Three letters each, white space and punctuation left out."""


@lru_cache(maxsize=20_000)
def words_of(text: str) -> Words:
    """Cut a text for comparing."""
    folded = _PHRASES.sub(" ", text.casefold().replace("’", "'"))
    tokens = tuple(each for each in _TOKEN.findall(folded)[:_MAX_TOKENS] if not _is_emoticon(each))
    letters = "".join(tokens)
    stems = [_stem(token) for token in tokens]
    numbers = _SIGNED.findall(folded)
    for at, token in enumerate(tokens):
        if token[0].isdigit():
            numbers.append(token)
            if at + 1 < len(tokens) and tokens[at + 1] in _AFTER_NUMBER:
                stems[at + 1] = tokens[at + 1]
    return Words(
        tokens=tokens,
        letters=letters,
        stems=tuple(stems),
        numbers=tuple(sorted(numbers)),
        shingles=frozenset(zip(letters, letters[1:], letters[2:], strict=False))
        or frozenset([(letters, "", "")]),
    )


def jaccard(a: Words, b: Words) -> float:
    """Return the share of shingles both have of those either has, in [0, 1]."""
    shared = len(a.shingles & b.shingles)
    return shared / (len(a.shingles) + len(b.shingles) - shared)


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
    only_a, only_b = _surplus(a, b), _surplus(b, a)
    slips: tuple[tuple[str, str], ...] = ()
    if only_a or only_b:
        _join(only_a, b, only_b)
        _join(only_b, a, only_a)
        found = _pair_off(only_a, only_b)
        if found is None:
            return None
        slips = found
    return slips if _keeps_order(a, b) else None


@lru_cache(maxsize=10_000)
def _is_emoticon(token: str) -> bool:
    return _EMOTICON.fullmatch(token) is not None


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
    return any(_can_be_slip(token, each) for each in _FILLER if abs(len(each) - len(token)) <= 1)


def _surplus(a: Words, b: Words) -> list[str]:
    """List the words of a that b does not have as often, by stem."""
    left = Counter(b.stems)
    surplus = []
    for token, each in zip(a.tokens, a.stems, strict=True):
        if each and not each[0].isdigit():
            left[each] -= 1
            if left[each] < 0:
                surplus.append(token)
    return surplus


def _join(surplus: list[str], other: Words, other_surplus: list[str]) -> None:
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


def _keeps_order(a: Words, b: Words) -> bool:
    """Tell whether numbers and words like `after` still stand beside the same words."""
    if a.stems == b.stems:
        return True
    here, there = list(_anchors(a)), list(_anchors(b))
    if [each[1] for each in here] == [each[1] for each in there]:
        return True
    for before, anchor, after in here:
        match = next(
            (
                each
                for each in there
                if each[1] == anchor and (each[0] == before or each[2] == after)
            ),
            None,
        )
        if match is None:
            return False
        there.remove(match)
    return not there


def _anchors(words: Words) -> Iterator[tuple[str, str, str]]:
    around = ("", *words.tokens, "")
    for at, token in enumerate(words.tokens):
        if token[0].isdigit():
            yield around[at], token, around[at + 2]
