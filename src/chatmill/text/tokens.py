"""Cuts text into tokens with offsets, and guesses how many tokens a model makes of it."""

import re
from dataclasses import dataclass
from functools import lru_cache

_TOKEN = re.compile(
    r"""
      https?://[^\s<>"']+
    | 0[xX][0-9A-Fa-f]+
    | [A-Za-z_][A-Za-z0-9_]*(?:[-.'][A-Za-z0-9_]+)*
    | \d+(?:[.,:]\d+)*
    | [가-힣ㄱ-ㅎㅏ-ㅣ]+
    | \w+
    """,
    re.VERBOSE,
)
_PARTICLES = (
    "에서는", "으로는", "에서", "으로", "에게", "까지", "부터", "이나", "이랑", "하고", "처럼",
    "은", "는", "이", "가", "을", "를", "의", "에", "로", "도", "만", "와", "과", "랑",
)  # fmt: skip
_HANGUL = re.compile(r"[가-힣]")
_STEMS_REMEMBERED = 16_384
_CHARACTERS_PER_TOKEN = 3.5
_TOKENS_PER_SYLLABLE = 3


@dataclass(frozen=True, slots=True)
class Token:
    """One word, number or identifier, as it stands in the text."""

    text: str
    start: int
    """First code point."""
    end: int
    """One past the last code point."""


def tokens(text: str) -> tuple[Token, ...]:
    """Return words, numbers, identifiers and addresses in order; punctuation is left out."""
    return tuple(Token(m.group(), m.start(), m.end()) for m in _TOKEN.finditer(text))


def token_texts(text: str) -> list[str]:
    """Return the texts of `tokens` alone, in a quarter of the time."""
    found: list[str] = _TOKEN.findall(text)
    return found


@lru_cache(maxsize=_STEMS_REMEMBERED)
def stem(word: str) -> str:
    """Return a word without case, Korean particle and plural or third-person `s`."""
    folded = word.casefold()
    if _HANGUL.search(folded):
        for particle in _PARTICLES:
            if folded.endswith(particle) and len(folded) >= len(particle) + 2:
                return folded[: -len(particle)]
        return folded
    if len(folded) > len("sum") and folded.endswith("s") and not folded.endswith("ss"):
        return folded[:-1]
    return folded


def estimate_tokens(text: str) -> int:
    """Guess a byte-pair model's token count, on the high side (a Hangul syllable costs three)."""
    n_syllables = len(_HANGUL.findall(text))
    return n_syllables * _TOKENS_PER_SYLLABLE + int(
        (len(text) - n_syllables) / _CHARACTERS_PER_TOKEN + 1
    )
