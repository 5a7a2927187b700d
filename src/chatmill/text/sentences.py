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
    for stop in _END.finditer(text, start, end):
        if stop.end() < end and not _ends_here(text[position : stop.end()], text[stop.end() : end]):
            continue
        spans.append(trimmed(text, Span(position, stop.end())))
        position = stop.end()
    spans.append(trimmed(text, Span(position, end)))
    return spans


def _ends_here(before: str, after: str) -> bool:
    """Tell a full stop from an abbreviation, an enumeration and a stop before a small letter."""
    if not before.endswith("."):
        return True
    if _ABBREVIATION.search(before) or _ENUMERATION.search(before):
        return False
    following = after.lstrip()
    return before.endswith("..") or not following[:1].islower() or not before[-2:-1].isdigit()
