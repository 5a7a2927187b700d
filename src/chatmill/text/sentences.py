"""Splits Korean and English text into sentences, each by its offsets; nothing is changed."""

import re
from functools import lru_cache

from chatmill.text.spans import Span, trimmed

_FENCE = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_END = re.compile(
    r"""
      (?: (?<![.!?…。？！]) [.!?…。？！]++ | (?<=[가-힣]) ~++ )  # full stops; ~
      (?: [!?~^ㅎㅋㅠㅜ]*+ )                    # what people hang on it
      ["'”’)\]]*+
      (?= \s | \Z )
    | (?<= [가-힣][?!] ) (?= [가-힣A-Z] )       # 되나요?그리고
    """,
    re.VERBOSE,
)
_UNMARKED_END = re.compile(
    r"""
      (?: (?P<formal> [가-힣] (?:니다|니까) )          # 습니다, 됩니까
        | (?P<polite> [어아해돼에예세나까네군지데든게래려고구봐줘써와셔됐되져춰켜여가걸]요 | 죠 )
        | [가-힣] (?= \s? [ㅋㅎㅠㅜ]{2} ) )
      (?: \s? [ㅋㅎㅠㅜ]{2,}+ | \s? \^\^ )?+
      (?= [ \t]++ [가-힣A-Za-z0-9"'(] )
    """,
    re.VERBOSE,
)
"""Where a Korean sentence ends without a full stop: a polite ending, or laughter."""
_NO_END = frozenset({"좋아요", "내가요", "제가요", "그게요", "저기요", "여기요"})
"""Words that look like an end, and are a noun or a call; `좋아요` may be either."""
_LONGEST_NO_END = max(map(len, _NO_END))
_FINAL_B = 17
"""Number of the final consonant ㅂ in a syllable."""
_FINALS = 28
_FIRST_SYLLABLE = ord("가")
_ABBREVIATION = re.compile(
    r"\b(?:e\.g|i\.e|vs|etc|approx|typ|max|min|fig|no|mr|mrs|ms|dr|cf|rev|ver|[A-Z])\.$",
    re.IGNORECASE,
)
_ENUMERATION = re.compile(r"^\s*\d{1,2}\.$")


@lru_cache(maxsize=4096)
def sentences(text: str) -> tuple[Span, ...]:
    """Return the sentences of a text in order, without the white space between them.

    A line end always ends a sentence; a fenced code block is one sentence.
    """
    found: list[Span] = []
    position = 0
    for fence in _FENCE.finditer(text):
        found += _plain_sentences(text, position, fence.start())
        found.append(trimmed(text, Span(fence.start(), fence.end())))
        position = fence.end()
    found += _plain_sentences(text, position, len(text))
    return tuple(span for span in found if span.start < span.end)


def _plain_sentences(text: str, start: int, end: int) -> list[Span]:
    spans: list[Span] = []
    line_start = start
    while line_start < end:
        line_end = text.find("\n", line_start, end)
        line_end = end if line_end < 0 else line_end
        spans += _line_sentences(text, line_start, line_end)
        line_start = line_end + 1
    return spans


def _line_sentences(text: str, start: int, end: int) -> list[Span]:
    spans: list[Span] = []
    position = start
    for stop in _stops(text, start, end):
        spans.append(trimmed(text, Span(position, stop)))
        position = stop
    spans.append(trimmed(text, Span(position, end)))
    return spans


def _stops(text: str, start: int, end: int) -> list[int]:
    """Return the places where a sentence ends, in order."""
    stops: list[int] = []
    position = start
    for stop in _END.finditer(text, start, end):
        if stop.end() < end and not _ends_here(text[position : stop.end()], text[stop.end() : end]):
            continue
        stops.append(stop.end())
        position = stop.end()
    unmarked = [match.end() for match in _UNMARKED_END.finditer(text, start, end) if _is_end(match)]
    return sorted({*stops, *unmarked})


def _is_end(match: re.Match[str]) -> bool:
    """Tell a polite ending from `하니까` and from words that only look like one."""
    if match.group("formal"):
        return (ord(match.group("formal")[0]) - _FIRST_SYLLABLE) % _FINALS == _FINAL_B
    if match.group("polite"):
        before = match.string[max(0, match.start() - _LONGEST_NO_END) : match.end()]
        return before.split()[-1] not in _NO_END
    return True


def _ends_here(before: str, after: str) -> bool:
    """Tell a full stop from an abbreviation, an enumeration and a stop before a small letter."""
    if not before.endswith("."):
        return True
    if _ABBREVIATION.search(before) or _ENUMERATION.search(before):
        return False
    following = after.lstrip()
    return before.endswith("..") or not following[:1].islower() or not before[-2:-1].isdigit()
