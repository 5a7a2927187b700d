"""Reads Markdown: headings, front matter, comments, foldable details and definition lists."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from chatmill.importers.documents.lines import (
    END_LEVEL,
    HEADING_CHARACTERS,
    QUESTION_LEVEL,
    Line,
    heading_words,
)

_ATX = re.compile(r"^ {0,3}(#{1,6})(?:[ \t]+(.*?))?[ \t]*$")
_UNDERLINE = re.compile(r"^ {0,3}(=+|-{2,})[ \t]*$")
_FENCE = re.compile(r"^[ \t]*(?:>[ \t]*)*(`{3,}|~{3,})")
_NO_TITLE = re.compile(r"^[ \t]*(?:[-*+>|#~`<]|\d{1,3}[.)][ \t]|$)")
_SUMMARY = re.compile(r"<summary\b[^<>]*>(.*?)</summary>", re.IGNORECASE)
_DETAILS = re.compile(r"</?details\b[^<>]*>", re.IGNORECASE)
_DETAILS_END = re.compile(r"</details\s*>", re.IGNORECASE)
_DEFINITION = re.compile(r"^ {0,3}:[ \t]+(\S.*)$")
_COMMENT_START, _COMMENT_END = "<!--", "-->"
_FRONT = re.compile(r"^(?:---|\+\+\+)[ \t]*$")
_TITLE = re.compile(r"""^title[ \t]*[:=][ \t]*(?P<mark>["']?)(?P<title>.*?)(?P=mark)[ \t]*$""")
FRONT_LINES = 200
"""Longest front matter."""


@dataclass(slots=True)
class MarkdownReader:
    """Streams the lines of a Markdown text, and keeps what of it is no text."""

    title: str = ""
    """Of the front matter."""
    left_out: list[tuple[int, str, str]] = field(default_factory=list)
    """Line, reason and words of what was left out."""
    _fence: str = ""
    _comment: list[str] = field(default_factory=list)
    _comment_from: int = 0
    _is_defining: bool = False

    def read(self, lines: Iterable[tuple[int, str]]) -> Iterator[Line]:
        """Stream them; a heading may be written over two lines.

        Args:
            lines: Number and text, without line end.
        """
        held: tuple[int, str] | None = None
        is_first = True  # of a paragraph
        for number, text in self._without_front(iter(lines)):
            if held is not None and not self._fence and not self._comment_from:
                level = _underlined(held[1], text) if is_first else 0
                if level:
                    yield _heading(heading_words(held[1].strip()), held[0], level)
                    held, is_first = None, True
                    continue
                defined = _DEFINITION.match(text)
                if defined and held[1].strip() and not _NO_TITLE.match(held[1]):
                    yield _heading(heading_words(held[1]), held[0], QUESTION_LEVEL)
                    yield Line(defined[1], number)
                    held, self._is_defining = None, True
                    continue
            if held is not None:
                yield from self._line(*held)
                is_first = not held[1].strip() or bool(_ATX.match(held[1]))
            held = (number, text)
        if held is not None:
            yield from self._line(*held)
        if self._comment_from:
            self._close_comment()

    def _without_front(self, lines: Iterator[tuple[int, str]]) -> Iterator[tuple[int, str]]:
        """Take the front matter off, if it ends."""
        held: list[tuple[int, str]] = []
        for number, text in lines:
            held.append((number, text))
            if not _FRONT.match(held[0][1]) or len(held) > FRONT_LINES:
                break
            if len(held) > 1 and text.strip() == held[0][1].strip():
                words = "\n".join(each for _number, each in held[1:-1])
                found = next(filter(None, map(_TITLE.match, words.splitlines())), None)
                self.title = found["title"].strip() if found else ""
                self.left_out.append((held[0][0], "front matter", words))
                held.clear()
                break
        yield from held
        yield from lines

    def _line(self, number: int, text: str) -> Iterator[Line]:
        if self._comment_from:
            self._go_on_commenting(text)
            return
        fence = _FENCE.match(text)
        if self._fence:
            if fence and fence[1].startswith(self._fence) and not text.strip(" \t>`~"):
                self._fence = ""
            yield Line(text, number, is_code=True)
            return
        if fence:
            self._fence = fence[1]
            yield Line(text, number, is_code=True)
            return
        if text.lstrip().startswith(_COMMENT_START):
            self._comment_from = number
            self._go_on_commenting(text)
            return
        yield from self._outside(number, text)

    def _outside(self, number: int, text: str) -> Iterator[Line]:
        atx = _ATX.match(text)
        if atx:
            self._is_defining = False
            yield _heading(heading_words(atx[2] or ""), number, len(atx[1]))
            return
        if self._is_defining and text.strip():
            defined = _DEFINITION.match(text)
            if not defined and not text.startswith((" ", "\t")):
                self._is_defining = False
                yield Line("", number, END_LEVEL)
            text = defined[1] if defined else text
        if "<" not in text:
            yield Line(text, number)
            return
        yield from _folded(number, text)

    def _go_on_commenting(self, text: str) -> None:
        self._comment.append(text)
        if _COMMENT_END in text:
            self._close_comment()

    def _close_comment(self) -> None:
        self.left_out.append((self._comment_from, "a comment", "\n".join(self._comment)))
        self._comment_from = 0
        self._comment = []


def _folded(number: int, text: str) -> Iterator[Line]:
    """Read a line that may fold away an answer under a summary."""
    summary = _SUMMARY.search(text)
    if summary:
        yield _heading(heading_words(summary[1]), number, QUESTION_LEVEL)
        text = text[summary.end() :]
    ends = bool(_DETAILS_END.search(text))
    rest = _DETAILS.sub("", text)
    if rest.strip() or not (summary or ends or _DETAILS.search(text)):
        yield Line(rest if ends or summary else text, number)
    if ends:
        yield Line("", number, END_LEVEL)


def _underlined(above: str, text: str) -> int:
    """Return the level of a heading underlined with `===` or `---`; 0 where it is none."""
    mark = _UNDERLINE.match(text)
    is_title = mark and above.strip() and not _NO_TITLE.match(above) and "|" not in above
    if mark is None or not is_title or above.startswith(("    ", "\t")):
        return 0
    return 1 if mark[1].startswith("=") else 2


def _heading(words: str, number: int, level: int) -> Line:
    """Make a heading; one without words, or with too many, is a line of text."""
    is_heading = words and len(words) <= HEADING_CHARACTERS
    return Line(words, number, level if is_heading else 0)
