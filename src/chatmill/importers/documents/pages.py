"""Turns the laid-out lines of a PDF into lines of Markdown: headings by size, no page headers."""

import re
import statistics
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from chatmill.importers.documents.lines import HEADING_CHARACTERS, Line, heading_words
from chatmill.importers.html_blocks import fenced

EDGE_SHARE = 0.12
"""Top and bottom of a page in which running headers and footers stand."""
LEAST_PAGES = 3
"""So many pages must share a line at their edge before it counts as repeated."""
REPEATED_SHARE = 0.4
"""And so large a share of all pages, or of those on its side of the book."""
LARGER = 1.12
"""A line this many times as large as the text is a heading."""
MOST_BOLD_CHARACTERS = 90
MOST_LEVELS = 5
_NUMBER = re.compile(r"\d+")
_PAGE_NUMBER = re.compile(
    r"^(?:[-–—\s]*(?:page|페이지|p\.?)?\s*(?:\d{1,4}|[ivxlc]{1,6})\s*(?:(?:of|/)\s*\d{1,4})?[-–—\s]*"
    r"(?:쪽|페이지)?)$",
    re.IGNORECASE,
)
_ITEM = re.compile(
    r"^\s*(?:[•▪◦‣·○●■□▶-]|\d{1,3}[.)]|[a-z][.)]|[①-⑳])\s+\S|^\s*(?:Q|A|질문|답변)\s?\d{0,3}[).:]\s"
)
_SECTION_NUMBER = re.compile(r"^(\d{1,3}(?:\.\d{1,3}){0,4})\.?\s+\S")
_BULLET = re.compile(r"^\s*[•▪◦‣●○■□▶]\s+")
_LEADERS = re.compile(r"(?:\.[ \t]?){5,}[ \t]*(?:\d{1,4}|[ivxlc]{1,6})?[ \t]*$")
"""Dots that lead to a page number."""
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)+")
_BROKEN = re.compile(r"([a-z]{2,})-$")
_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class PageRow:
    """One line of a page as it is laid out, or one table."""

    text: str
    size: float
    """Of its letters, in points."""
    is_bold: bool
    is_code: bool
    """In letters of one width."""
    top: float
    """Share of the page above it, in [0, 1]."""
    box: int
    """Rows of one paragraph share a number."""
    is_table: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """One page."""

    number: int
    """From 1."""
    rows: tuple[PageRow, ...]
    has_picture: bool = False


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What of the pages is no text, and why."""

    page: int
    reason: str
    words: str


def running_rows(pages: Sequence[Page]) -> tuple[dict[str, int], set[tuple[int, int]]]:
    """Find headers and footers.

    Returns:
        Words (numbers as `#`) → pages they stand on, and (page, place of the row) of each.
    """
    seen: dict[str, set[int]] = {}
    places: dict[str, set[tuple[int, int]]] = {}
    for page in pages:
        for place, row in enumerate(page.rows):
            if row.is_table or not (row.top < EDGE_SHARE or row.top > 1 - EDGE_SHARE):
                continue
            words = " ".join(_NUMBER.sub("#", row.text).split())
            seen.setdefault(words, set()).add(page.number)
            places.setdefault(words, set()).add((page.number, place))
    least = max(LEAST_PAGES, REPEATED_SHARE * len(pages))
    repeated = {words: len(found) for words, found in seen.items() if len(found) >= least}
    gone = {each for words in repeated for each in places[words]}
    for page in pages:
        gone |= {
            (page.number, place)
            for place, row in enumerate(page.rows)
            if (row.top < EDGE_SHARE or row.top > 1 - EDGE_SHARE)
            and _PAGE_NUMBER.match(row.text.strip())
            and len(pages) > 1
        }
    return repeated, gone


def page_lines(pages: Sequence[Page]) -> tuple[list[Line], list[LeftOut]]:
    """Return the lines of a PDF and what was left out of it.

    Without any heading, each page is one section.
    """
    repeated, gone = running_rows(pages)
    left_out = [
        LeftOut(0, f"repeated at the top or bottom of {n} pages", words)
        for words, n in repeated.items()
        if not _PAGE_NUMBER.match(words.replace("#", "1"))
    ]
    n_numbers = sum(
        1
        for page in pages
        for place, row in enumerate(page.rows)
        if (page.number, place) in gone and _PAGE_NUMBER.match(row.text.strip())
    )
    if n_numbers:
        left_out.append(LeftOut(0, f"page numbers of {n_numbers} pages", ""))
    kept = [
        Page(
            page.number,
            tuple(row for n, row in enumerate(page.rows) if (page.number, n) not in gone),
            page.has_picture,
        )
        for page in pages
    ]
    left_out += [
        LeftOut(page.number, "a page without text, only a picture", "")
        for page in kept
        if not page.rows and page.has_picture
    ]
    return list(_lines(kept, _levels(kept))), left_out


@dataclass(frozen=True, slots=True)
class _Levels:
    """Which lines are headings."""

    by_kind: dict[tuple[float, bool], int]
    """Size and weight → level."""
    numbered: int
    """Level of `1. …`; of `1.1 …` it is one more."""

    def of(self, row: PageRow) -> int:
        """Return the level of a line; 0 for text."""
        if row.is_table or row.is_code or not _LETTER.search(row.text):
            return 0
        if _LEADERS.search(row.text):
            return 0
        level = self.by_kind.get((row.size, row.is_bold), 0)
        found = _SECTION_NUMBER.match(row.text) if level else None
        return level if found is None else self.numbered + found[1].count(".")


def _levels(pages: Sequence[Page]) -> _Levels:
    """Rank the kinds of lines that are larger than the text, or bold where it is not."""
    plain = [row for page in pages for row in page.rows if not row.is_table and not row.is_code]
    weights: Counter[float] = Counter()
    n_bold = 0
    for row in plain:
        weights[row.size] += len(row.text)
        n_bold += row.is_bold * len(row.text)
    if not weights:
        return _Levels({}, 1)
    body = weights.most_common(1)[0][0]
    is_bold_book = n_bold > sum(weights.values()) / 2
    kinds = {
        (row.size, row.is_bold)
        for row in plain
        if _LETTER.search(row.text)
        and (
            row.size >= LARGER * body
            or (row.is_bold and not is_bold_book and row.size >= body and _is_title(row.text))
        )
    }
    ranked = sorted(kinds, key=lambda kind: (-kind[0], not kind[1]))
    levels = {kind: min(rank, MOST_LEVELS) for rank, kind in enumerate(ranked, 1)}
    numbered = (
        levels[row.size, row.is_bold] - found[1].count(".")
        for row in plain
        if (row.size, row.is_bold) in levels and (found := _SECTION_NUMBER.match(row.text))
    )
    return _Levels(levels, max(1, min(numbered, default=1)))


def _is_title(text: str) -> bool:
    return len(text) <= MOST_BOLD_CHARACTERS and not text.rstrip().endswith((".", ",", ";", ":"))


def _lines(pages: Sequence[Page], levels: _Levels) -> Iterator[Line]:
    previous: PageRow | None = None
    hyphened = {
        word.casefold() for page in pages for row in page.rows for word in _WORD.findall(row.text)
    }
    for page in pages:
        if not levels.by_kind and page.rows:
            yield Line(f"page {page.number}", 1, level=1, page=page.number)
        number = 0
        for box in _boxes(page.rows):
            number += 1
            level = levels.of(box[0])
            words = heading_words(" ".join(row.text for row in box))
            if level and len(words) <= HEADING_CHARACTERS:
                yield Line(words, number, level=level, page=page.number)
                previous = box[-1]
                continue
            if not _goes_on(previous, box[0], is_first=number == 1):
                yield Line("", number, page=page.number)
            for line in _text(box, hyphened):
                yield Line(line, number, page=page.number, is_code=box[0].is_code)
            previous = box[-1]


def _boxes(rows: Sequence[PageRow]) -> Iterator[list[PageRow]]:
    """Group the rows of a paragraph, a piece of code, or a heading over two lines."""
    held: list[PageRow] = []
    for row in rows:
        if held and not _is_one(held[-1], row):
            yield held
            held = []
        held.append(row)
    if held:
        yield held


def _is_one(last: PageRow, row: PageRow) -> bool:
    if last.is_table or row.is_table or last.is_code != row.is_code:
        return False
    if row.is_code:
        return True
    return (last.size, last.is_bold) == (row.size, row.is_bold) and last.box == row.box


def _goes_on(previous: PageRow | None, row: PageRow, *, is_first: bool) -> bool:
    """Tell a paragraph that goes on over a page's end."""
    return (
        is_first
        and previous is not None
        and not (previous.is_table or row.is_table or previous.is_code or row.is_code)
        and (previous.size, previous.is_bold) == (row.size, row.is_bold)
        and previous.text.rstrip()[-1:].isalpha()
        and row.text[:1].islower()
    )


def _text(box: Sequence[PageRow], hyphened: Collection[str]) -> Iterator[str]:
    """Join the rows of a paragraph; items of a list keep their lines.

    A word broken at the end of a row is put together, unless the document writes it with a hyphen
    somewhere else.
    """
    if box[0].is_table:
        yield from box[0].text.split("\n")
        return
    if box[0].is_code:
        yield from fenced("\n".join(row.text for row in box), "").split("\n")
        return
    held = ""
    for row in box:
        text = _BULLET.sub("- ", row.text.strip())
        if held and (_ITEM.match(row.text) or _LEADERS.search(held)):
            yield held
            held = text
        elif held.endswith("-") and text[:1].islower():
            held = _unbroken(held, text, hyphened)
        else:
            held = f"{held} {text}".strip()
    if held:
        yield held


def _unbroken(held: str, text: str, hyphened: Collection[str]) -> str:
    first, second = _BROKEN.search(held), re.match(r"[a-z]+", text)
    if first is None or second is None:
        return held + text
    is_written_so = f"{first[1]}-{second[0]}" in hyphened
    return held + text if is_written_so else held[:-1] + text


def body_size(sizes: Sequence[float]) -> float:
    """Return the size of a line: the middle one of its letters', in half points."""
    return round(statistics.median(sizes) * 2) / 2 if sizes else 0.0
