"""Puts a document's lines together to sections: a heading with what stands below it."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from chatmill.importers.documents.lines import END_LEVEL, QUESTION_LEVEL, Line
from chatmill.text.sentences import sentences

BLOCK_CHARACTERS = 1_200
"""A longer paragraph or list is cut between sentences or items; code and tables never are."""
REST = "…"
"""Stands for the heading of what goes on behind a question that ended, below the same headings."""
CONTENTS_LINES = 3
"""So many lines that point elsewhere, and nearly nothing else, are a table of contents."""
_CONTENTS_SHARE = 0.6
_TABLE = re.compile(r"^[ \t]*\|")
_CONTENTS_LINE = re.compile(
    r"^[ \t]*(?:[-*+]|\d{1,3}[.)])?[ \t]*\[[^\[\]]+\]\(#[^()]*\)[ \t]*$"
    r"|(?:\.[ \t]?){4,}[ \t]*\d{1,4}[ \t]*$|[·…]{2,}[ \t]*\d{1,4}[ \t]*$"
)
_CONTENTS = re.compile(
    r"^(?:\d+\.?\s+)?(?:table of contents|contents|toc|목차|차례|on this page|이 페이지의 내용)$",
    re.IGNORECASE,
)
_POINTER = re.compile(
    r"^[ \t]*(?:[-*+]|\d{1,3}(?:\.\d{1,3})*[.)]?)?[ \t]*(?:\[.*\]\(.*\)|.*\d)[ \t]*$"
)
_RULE = re.compile(r"^[ \t]{0,3}(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})$")
_STANDS = re.compile(
    r"^[ \t]*(?:[-*+>][ \t]|\d{1,3}[.)][ \t]|(?:A|답변|답)[ \t]?\d{0,4}[).:：]|\[\^?[^\]]+\]:|<)"
)
"""Begins a line of its own; other lines of a paragraph only wrap it."""
_BROKEN = re.compile(r"(?:  |\\)$")
"""Ends a line for good."""


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, list, table or piece of code, as it stands in the document."""

    text: str
    number: int
    """Line it begins at."""
    page: int


@dataclass(slots=True)
class Section:
    """What stands below one heading, up to the next."""

    path: tuple[str, ...]
    """Headings from the outermost in; empty above the first one."""
    number: int
    """Line of its heading."""
    page: int
    blocks: list[Block] = field(default_factory=list)
    left_out: list[tuple[Block, str]] = field(default_factory=list)
    """What is no text of it, and why."""
    is_parent: bool = False
    """A deeper heading follows."""


def sections_of(lines: Iterable[Line], *, is_wrapped: bool) -> Iterator[Section]:
    """Stream the sections of a document, also those without any text of their own.

    Args:
        lines: Of one document.
        is_wrapped: A line end inside a paragraph is no more than a space.
    """
    path: list[tuple[int, str]] = []
    section = Section(path=(), number=1, page=0)
    held: list[Line] = []
    for line in lines:
        if not line.level:
            held.append(line)
            continue
        _fill(section, held, is_wrapped=is_wrapped)
        held = []
        lowest = QUESTION_LEVEL if line.level == END_LEVEL else line.level
        section.is_parent |= line.level > (path[-1][0] if path else 0)
        yield section
        while path and path[-1][0] >= lowest:
            path.pop()
        headings = [text for _level, text in path]
        if line.level != END_LEVEL:
            path.append((line.level, line.text))
        section = Section(
            path=(*headings, REST if line.level == END_LEVEL else line.text),
            number=line.number,
            page=line.page,
            is_parent=line.level == END_LEVEL,
        )
    _fill(section, held, is_wrapped=is_wrapped)
    yield section


def _fill(section: Section, lines: list[Line], *, is_wrapped: bool) -> None:
    is_contents = bool(section.path) and bool(_CONTENTS.match(section.path[-1]))
    for block in _blocks(lines, is_wrapped=is_wrapped):
        rows = [row for row in block.text.split("\n") if row.strip()]
        n_pointing = sum(bool(_CONTENTS_LINE.search(row)) for row in rows)
        points = n_pointing >= max(CONTENTS_LINES, _CONTENTS_SHARE * len(rows))
        if points or (is_contents and all(_POINTER.match(row) for row in rows)):
            section.left_out.append((block, "a table of contents"))
        elif not _RULE.match(block.text):
            section.blocks.append(block)


def _blocks(lines: list[Line], *, is_wrapped: bool) -> Iterator[Block]:
    """Split at blank lines, never inside code; code and tables stand alone."""
    held: list[Line] = []
    for line in lines:
        is_blank = not line.is_code and not line.text.strip()
        if held and (is_blank or _kind(held[-1]) != _kind(line)):
            yield from _cut(held, is_wrapped=is_wrapped)
            held = []
        if not is_blank:
            held.append(line)
    if held:
        yield from _cut(held, is_wrapped=is_wrapped)


def _kind(line: Line) -> str:
    if line.is_code:
        return "code"
    return "table" if _TABLE.match(line.text) else "text"


def _cut(lines: list[Line], *, is_wrapped: bool) -> Iterator[Block]:
    """Make one block of some lines, or several where they are long."""
    first = lines[0]
    if _kind(first) != "text":
        yield Block("\n".join(line.text for line in lines), first.number, first.page)
        return
    rows: list[str] = []
    for line in lines:
        if is_wrapped and rows and not _STANDS.match(line.text) and not _BROKEN.search(rows[-1]):
            rows[-1] = f"{rows[-1].rstrip()} {line.text.strip()}"
        else:
            rows.append(line.text)
    text = "\n".join(row.rstrip() for row in rows).strip("\n")
    if len(text) <= BLOCK_CHARACTERS:
        yield Block(text, first.number, first.page)
        return
    start = end = 0
    for span in sentences(text):
        if end and span.end - start > BLOCK_CHARACTERS:
            yield Block(text[start:end], first.number, first.page)
            start = span.start
        end = span.end
    if end > start:
        yield Block(text[start:end], first.number, first.page)
