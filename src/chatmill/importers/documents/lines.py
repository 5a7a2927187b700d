"""What every kind of document becomes first: lines of Markdown, headings told from text."""

import re
from dataclasses import dataclass

QUESTION_LEVEL = 9
"""Level of what is question-shaped below any heading: `Q.`, a summary, a term."""
END_LEVEL = -1
"""Level of an empty line that ends the question above it."""
HEADING_CHARACTERS = 200
"""A longer heading is none."""
_CLOSING = re.compile(r"[ \t]+#+[ \t]*$")
_ANCHOR = re.compile(r"[ \t]*\{#[^{}]*\}[ \t]*$")
_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()]*\)")
_EMPHASIS = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,500}>")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a document."""

    text: str
    """As it stands; of a heading, its words without marks."""
    number: int
    """Line of the file, from 1; of a PDF, line of the page."""
    level: int = 0
    """0 for text, 1 and up for headings, `END_LEVEL` where a question's answer ends."""
    page: int = 0
    """From 1; 0 where a document has no pages."""
    is_code: bool = False
    """Inside a fenced block, or its fence."""


def heading_words(text: str) -> str:
    """Return a heading's words without anchors, links, tags and emphasis."""
    bare = _ANCHOR.sub("", _CLOSING.sub("", text))
    bare = _EMPHASIS.sub(r"\2", _LINK.sub(r"\1", _TAG.sub("", bare)))
    return " ".join(bare.split())
