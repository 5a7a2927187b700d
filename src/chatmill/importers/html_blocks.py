"""Lines of text as HTML lays them out, and how code, lists, quotes and tables are written."""

import re
from urllib.parse import unquote

FENCE = "```"
MAX_INDEX_DIGITS = 9
_SCHEME = re.compile(r"^(?:https?://|mailto:|tel:)(?:www\.)?", re.IGNORECASE)
_NO_ADDRESS = ("#", "javascript:", "data:", "about:")


class Frame:
    """The text of one open element, white space as a browser would show it.

    Args:
        tag: Name of the element; empty for the page.
        depth: How many elements are open with it.
        is_quote: It is to be cut.
    """

    __slots__ = (
        "_breaks",
        "_last",
        "_n_ends",
        "_parts",
        "cells",
        "depth",
        "has_heading",
        "is_quote",
        "items",
        "note",
        "rows",
        "tag",
    )

    def __init__(self, tag: str, *, depth: int = 0, is_quote: bool = False) -> None:
        self.tag = tag
        self.depth = depth
        self.is_quote = is_quote
        self.note = ""
        self.items: list[str] = []
        self.rows: list[list[str]] = []
        self.cells: list[str] = []
        self.has_heading = False
        self._parts: list[str] = []
        self._last = ""
        self._breaks = 0
        self._n_ends = 0

    @property
    def is_raw(self) -> bool:
        """White space counts as it stands."""
        return self.tag == "pre"

    def write(self, text: str) -> None:
        """Add words whose runs of white space are single spaces already."""
        if not self._last or self._breaks or self._last in "\n ":
            text = text.removeprefix(" ")
        if not text:
            return
        self._settle()
        self._parts.append(text)
        self._last, self._n_ends = text[-1], 0

    def write_raw(self, text: str) -> None:
        """Add words whose white space counts."""
        self._parts.append(text)

    def write_block(self, text: str, *, n_breaks: int = 2) -> None:
        """Add lines that stand alone."""
        if text:
            self.break_lines(n_breaks)
            self.write(text)
            self.break_lines(n_breaks)

    def new_line(self) -> None:
        """Begin a line, as `<br>` does; more than one empty line is none."""
        if self.is_raw:
            self._parts.append("\n")
            return
        self._settle()
        if self._parts and self._n_ends < 2:  # noqa: PLR2004 - one empty line
            self._parts.append("\n")
            self._last = "\n"
            self._n_ends += 1

    def break_lines(self, n_breaks: int) -> None:
        """What comes next stands so many line ends further on, at least."""
        if not self.is_raw:
            self._breaks = max(self._breaks, n_breaks)

    def text(self) -> str:
        """Return what has come so far."""
        text = "".join(self._parts).replace("\xa0", " ")
        return "\n".join([line.rstrip() for line in text.split("\n")]).strip("\n")

    def raw_text(self) -> str:
        """Return it with its white space."""
        text = "".join(self._parts).replace("\r\n", "\n").replace("\r", "\n")
        return text.replace("\xa0", " ").strip("\n")

    def _settle(self) -> None:
        missing = self._breaks - self._n_ends
        self._breaks = 0
        if missing > 0 and self._parts:
            self._parts.append("\n" * missing)
            self._last = "\n"
            self._n_ends += missing


def prefixed(text: str, first: str, later: str) -> str:
    """Put a mark before the first line, and another before each that follows."""
    if not text:
        return ""
    lines = text.split("\n")
    return "\n".join([first + lines[0], *((later + line).rstrip() for line in lines[1:])])


def fenced(code: str, language: str) -> str:
    """Write code between fences longer than any it holds."""
    if not code.strip():
        return ""
    fence = FENCE
    while fence in code:
        fence += "`"
    return f"{fence}{language}\n{code}\n{fence}"


def link(label: str, address: str) -> str:
    """Write a link: its address alone where the label only repeats it."""
    label = " ".join(label.split())
    if not address or not label or address.lower().startswith(_NO_ADDRESS):
        return label
    plain = _SCHEME.sub("", address).rstrip("/")
    shown = _SCHEME.sub("", label).rstrip("/")
    if shown in (plain, unquote(plain)) or (shown.endswith("…") and plain.startswith(shown[:-1])):
        return label if address.startswith(("mailto:", "tel:")) else address
    return f"[{label}]({address})"


def listed(frame: Frame) -> str:
    """Write a list, its items' further lines indented."""
    first = frame.note if frame.note.isascii() and frame.note.isdigit() else "1"
    number = int(first[:MAX_INDEX_DIGITS])
    items = []
    for index, item in enumerate(frame.items, number):
        mark = f"{index}. " if frame.tag == "ol" else "- "
        items.append(prefixed(item, mark, " " * len(mark)))
    before = frame.text()
    return "\n".join([*([before] if before else []), *filter(None, items)])


def tabled(frame: Frame) -> str:
    """Write rows between bars; a table that only lays out a page becomes paragraphs."""
    rows = [row for row in frame.rows if any(row)]
    before = frame.text()
    is_layout = max(map(len, rows), default=0) < 2 or any(  # noqa: PLR2004 - one column is no table
        "\n" in cell for row in rows for cell in row
    )
    if is_layout:
        return "\n\n".join(filter(None, [before, *(cell for row in rows for cell in row)]))
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    if frame.has_heading:
        lines.insert(1, "|" + " --- |" * len(rows[0]))
    table = "\n".join(lines)
    return f"{before}\n\n{table}" if before else table
