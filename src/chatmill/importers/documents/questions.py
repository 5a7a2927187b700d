"""Finds questions a document asks itself in its running text: `Q. … A. …`, `질문: … 답변: …`."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from chatmill.importers.documents.lines import (
    END_LEVEL,
    HEADING_CHARACTERS,
    QUESTION_LEVEL,
    Line,
    heading_words,
)

_EDGE = r"^[ \t]{0,3}(?:[-*+][ \t]+|\d{1,3}[.)][ \t]+)?(?P<bold>\*\*|__)?[ \t]*"
_QUESTION = re.compile(
    _EDGE + r"(?P<words>(?:Q|질문|문)[ \t]?\d{0,4}[ \t]?(?:[).]|[:：](?:\*\*|__)?)[ \t]*\S.*)$"
)
_ANSWER = re.compile(
    _EDGE + r"(?P<mark>(?:A|답변|답)[ \t]?\d{0,4}[ \t]?[).:：])(?:\*\*|__)?[ \t]*(?P<words>.*)$"
)
_INLINE = re.compile(r"[ \t]+(?=(?:A|답변|답)[ \t]?\d{0,4}[):：][ \t]?\S)")


def marked_questions(lines: Iterable[Line]) -> Iterator[Line]:
    """Make headings of lines that begin with a question mark of this kind.

    A lone `Q.` without an answer mark after it is a question all the same. The mark stays, so
    that what was marked is known later; an extractor cuts it.
    """
    is_open = False
    for line in lines:
        if line.is_code or line.level:
            is_open = is_open and line.level != END_LEVEL
            yield line
            continue
        asked = _QUESTION.match(line.text)
        if asked is not None:
            parts = _INLINE.split(_unbold(asked["words"]), maxsplit=1)
            words = heading_words(parts[0])
            if len(words) <= HEADING_CHARACTERS:
                yield replace(line, text=words, level=QUESTION_LEVEL)
                yield from (replace(line, text=part) for part in parts[1:])
                is_open = True
                continue
        answered = _ANSWER.match(line.text) if is_open else None
        if answered is not None:
            yield replace(line, text=f"{answered['mark']} {_unbold(answered['words'])}".rstrip())
        else:
            yield line


def _unbold(words: str) -> str:
    """Drop the end of emphasis that began before the mark."""
    bare = words.rstrip()
    for mark in ("**", "__"):
        if bare.count(mark) % 2:
            bare = bare.replace(mark, "", 1)
    return bare
