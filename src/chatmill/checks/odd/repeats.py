"""Words and sentences that stand there twice."""

import re
from collections.abc import Iterator

from chatmill.checks.odd.places import Odd, without_code
from chatmill.text.sentences import sentences

_TWICE = re.compile(
    r"(?<![\w.'-])([A-Za-z]{2,}|[가-힣]{2,})(?:[ \t]+\1){1,}(?![\w'-])", re.IGNORECASE
)
_ALLOWED_TWICE = """
had it you that very no yes bye ha haha hey ok okay so
really really many much more well knock blah again far long
ping test tx rx on off ff aa log up down left
right go wait please thanks 아주 매우 정말 너무 자주 가끔 조금
조금씩 하나 하나씩 네네 빨리 천천히 점점 계속 자꾸 제발 진짜 각각
서로 하하 호호 여기 여기저기 또또 따로 바로 다시 다시는 감사 그래
맞아 아니 아니요 하지 그만 얼른 어서 많이 오래 멀리 잠깐 잠시
수고 차근 두근 반짝 찰칵 똑똑 쾅쾅
"""
_ALLOWED = frozenset(_ALLOWED_TWICE.split())
_MIN_LETTERS = 12
_MIN_WORDS = 3


def odd_repeats(text: str) -> Iterator[Odd]:
    """Yield doubled words, and sentences that come a second time."""
    prose = without_code(text)
    for match in _TWICE.finditer(prose):
        word = match.group(1)
        if word.casefold() not in _ALLOWED and not _is_name_twice(match.group(), word, prose):
            yield Odd("repeated_words", match.start(), match.end(), "says a word twice")
    if len(text) >= 2 * _MIN_LETTERS:
        yield from _sentences(prose)


def _sentences(prose: str) -> Iterator[Odd]:
    seen: set[str] = set()
    for span in sentences(prose):
        words = span.of(prose).casefold().split()
        key = " ".join(words).strip(".!?~ ")
        n_letters = sum(letter.isalpha() for letter in key)
        is_prose = len(words) >= _MIN_WORDS and n_letters >= max(_MIN_LETTERS, 0.6 * len(key))
        if is_prose and key in seen:
            yield Odd("repeated_sentences", span.start, span.end, "says a sentence a second time")
        seen.add(key)


def _is_name_twice(found: str, word: str, prose: str) -> bool:
    """Tell names from slips: `Duran Duran`, `Wi Fi wi fi`, `PATH PATH`; capitals in a sentence."""
    if len(word) > len("THE") and found.isupper() and word.isascii():
        return not prose.isupper()
    return found.split()[1][:1].isupper() and word[:1].isupper() and not word.isupper()
