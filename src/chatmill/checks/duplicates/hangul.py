"""Korean words without what politeness, particles and a slip of a finger change."""

import re
from functools import lru_cache

from chatmill.text.tokens import stem

_SYLLABLES = re.compile("[가-힣]+")
_PLACES = ("에서는", "에서", "에는", "으로", "에")
"""Particles that may follow a single syllable: `쪽에서`, `쪽에`."""
_ENDINGS = tuple(
    sorted(
        [
            "입니다",
            "입니까",
            "이에요",
            "예요",
            "이고",
            "겠습니까",
            "습니까",
            "ㅂ니까",
            "니까",
            "습니다",
            "ㅂ니다",
            "니다",
            "나요",
            "는지요",
            "은지요",
            "ㄴ지요",
            "지요",
            "죠",
            "을까요",
            "까요",
            "가요",
            "어요",
            "아요",
            "여요",
            "에요",
            "예요",
            "이에요",
            "세요",
            "셔요",
            "십시오",
            "네요",
            "군요",
            "는데요",
            "은데요",
            "데요",
            "요",
            "다",
            "까",
            "니",
            "는지",
            "은지",
            "냐",
            "나",
        ],
        key=len,
        reverse=True,
    )
)
_NEGATING = ("불", "비", "미", "무", "부", "몰", "반", "역")
_MIN_JAMO = 5


def is_hangul(word: str) -> bool:
    """Tell whether a word is written in Hangul syllables only."""
    return _SYLLABLES.fullmatch(word) is not None


@lru_cache(maxsize=200_000)
def root(word: str) -> str:
    """Return what is left without particle and ending; the last syllable without its final.

    `됩니까`, `되나요` and `될까요` have one root; `안`, `못` and `않나요` keep theirs.
    """
    for ending in _ENDINGS:
        if len(word) > len(ending) and word.endswith(ending):
            word = word[: -len(ending)]
            break
    else:
        word = next((word[: -len(each)] for each in _PLACES if word[1:].endswith(each)), stem(word))
    tail = (ord(word[-1]) - 0xAC00) % 28
    is_verb_final = tail in {4, 8, 17, 20}  # ㄴ ㄹ ㅂ ㅆ: what endings leave behind
    return word[:-1] + chr(ord(word[-1]) - tail) if is_verb_final else word


def jamo(word: str) -> str:
    """Spell each syllable as its letters."""
    spelt = []
    for letter in word:
        lead, rest = divmod(ord(letter) - 0xAC00, 588)
        vowel, tail = divmod(rest, 28)
        spelt += [chr(0x1100 + lead), chr(0x1161 + vowel)]
        if tail:
            spelt.append(chr(0x11A7 + tail))
    return "".join(spelt)


def can_be_slip(a: str, b: str) -> bool:
    """Tell whether one word may be the other with one letter hit wrongly.

    A syllable more or less at the beginning that denies (`불가능`, `미사용`) is no slip.
    """
    if abs(len(a) - len(b)) == 1:
        longer, shorter = (a, b) if len(a) > len(b) else (b, a)
        if longer[0] in _NEGATING and longer[1:] == shorter:
            return False
        return len(shorter) > 2 and one_edit_apart(a, b)  # noqa: PLR2004 - syllables
    if len(a) != len(b) or len(a) < 2:  # noqa: PLR2004 - syllables
        return False
    if sorted(a) == sorted(b):
        return one_edit_apart(a, b)
    spelt, other = jamo(a), jamo(b)
    return min(len(spelt), len(other)) >= _MIN_JAMO - 1 and one_edit_apart(spelt, other)


def one_edit_apart(a: str, b: str) -> bool:
    """Tell whether one insertion, deletion, substitution or swap of neighbours makes a into b."""
    if abs(len(a) - len(b)) > 1 or a == b:
        return False
    start = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), None)
    if start is None:
        return True
    if len(a) == len(b):
        return a[start + 1 :] == b[start + 1 :] or (
            a[start : start + 2] == b[start : start + 2][::-1] and a[start + 2 :] == b[start + 2 :]
        )
    longer, shorter = (a, b) if len(a) > len(b) else (b, a)
    return longer[start + 1 :] == shorter[start:]
