"""Reads HTML: what a reader sees of a page, its headings marked, menus and footers left out."""

from collections.abc import Iterator
from typing import Any

from chatmill.errors import UnreadableFileError
from chatmill.importers.documents.lines import (
    END_LEVEL,
    HEADING_CHARACTERS,
    QUESTION_LEVEL,
    Line,
)
from chatmill.importers.html_blocks import FENCE
from chatmill.importers.html_text import UnreadableHtmlError, html_to_text

_MARK = "\ue000"
"""Stands before the level of a heading while the page becomes text; no page keeps its own."""
_AROUND = frozenset({"nav", "footer", "aside", "form", "dialog"})
_ROLES = frozenset({"navigation", "search", "banner", "contentinfo", "complementary", "menu"})
_NAMED = frozenset(
    {"toc", "sidebar", "breadcrumb", "breadcrumbs", "navbar", "menu", "footer", "cookie-banner"}
)
_SILENT = frozenset(
    {"script", "style", "noscript", "template", "svg", "iframe", "object", "embed", "link", "meta"}
)
"""Nothing a reader sees."""
_FLAT = frozenset({"table", "li", "blockquote", "pre", "a"})
"""What stands in these is no heading of the page."""
_LEVELS = {f"h{level}": level for level in range(1, 7)}
_QUESTIONS = frozenset({"summary", "dt"})
_ENDS = frozenset({"details", "dl"})


def page_lines(html: str, name: str) -> tuple[str, list[Line], list[str]]:
    """Return title, lines and what stands around the text (menus, footers) of a page.

    Nothing is fetched and no script is run. Lines have no numbers: HTML has none that say anything.

    Args:
        html: The whole page.
        name: Of the file, for the error.

    Raises:
        UnreadableFileError: It is no HTML anybody can read.
    """
    from lxml import etree

    parser = etree.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True, huge_tree=False
    )
    try:
        data = html.replace("\0", "\ufffd").replace(_MARK, "\ufffd").encode()
        root = etree.fromstring(data or b" ", parser)
        if root is None:
            return "", [], []
        found = root.find(".//head/title")
        title = " ".join("".join(found.itertext()).split()) if found is not None else ""
        around = _without_surroundings(root)
        _mark_headings(root)
        text = html_to_text(etree.tostring(root, encoding="unicode", method="html")).text
    except (etree.LxmlError, UnreadableHtmlError, UnicodeError) as error:
        raise UnreadableFileError(
            f"no HTML that can be read: {error}", where=name, fix="Save the page again"
        ) from error
    return title[:HEADING_CHARACTERS], list(_lines(text)), around


def _without_surroundings(root: Any) -> list[str]:  # noqa: ANN401 - an lxml element
    """Take menus, footers and forms off a page, and return their words."""
    around: list[str] = []
    is_main = any(True for _ in root.iter("main", "article"))
    for element in list(root.iter()):
        if not isinstance(element.tag, str) or element.getparent() is None:
            continue
        if element.tag in _SILENT or "hidden" in element.attrib:
            _drop(element)
        elif _is_around(element, is_main=is_main):
            words = " ".join(" ".join(element.itertext()).split())
            if words:
                around.append(words)
            _drop(element)
    return around


def _is_around(element: Any, *, is_main: bool) -> bool:  # noqa: ANN401 - an lxml element
    if element.tag in {"html", "body", "main", "article"}:
        return False
    if element.tag == "header":  # of the site; that of an article holds its title
        return is_main and not any(
            True for _ in element.iterancestors("main", "article", "section")
        )
    named = {element.get("id", "").lower(), *element.get("class", "").lower().split()}
    return (
        element.tag in _AROUND
        or element.get("role", "").lower() in _ROLES
        or not named.isdisjoint(_NAMED)
    )


def _drop(element: Any) -> None:  # noqa: ANN401 - an lxml element
    """Remove an element and keep the words behind it."""
    parent = element.getparent()
    if parent is None:
        return
    tail, before = element.tail or "", element.getprevious()
    if before is not None:
        before.tail = (before.tail or "") + tail
    else:
        parent.text = (parent.text or "") + tail
    parent.remove(element)


def _mark_headings(root: Any) -> None:  # noqa: ANN401 - an lxml element
    """Write the level before each heading, and an end behind what is folded away or defined."""
    for element in list(root.iter(*_LEVELS, *_QUESTIONS, *_ENDS)):
        if any(True for _ in element.iterancestors(*_FLAT)):
            continue
        if element.tag in _ENDS:
            _mark_end(element)
            continue
        level = _LEVELS.get(element.tag, QUESTION_LEVEL)
        words = " ".join("".join(element.itertext()).split()).removesuffix("¶").rstrip()
        if not words or len(words) > HEADING_CHARACTERS:
            continue
        for child in list(element):
            element.remove(child)
        element.text = f"{_MARK}{level} {words}"
        element.tag = "p"


def _mark_end(element: Any) -> None:  # noqa: ANN401 - an lxml element
    from lxml import etree

    if any(True for _ in element.iterancestors(*_ENDS)):
        return
    end = etree.Element("p")
    end.text = f"{_MARK}end"
    end.tail, element.tail = element.tail, None
    element.addnext(end)


def _lines(text: str) -> Iterator[Line]:
    fence = ""
    for row in text.split("\n"):
        bare = row.strip()
        if fence or bare.startswith(FENCE):
            yield Line(row, 0, is_code=True)
            if not fence:
                fence = bare[: len(bare) - len(bare.lstrip("`"))]
            elif bare == fence:
                fence = ""
        elif bare.startswith(_MARK):
            level, _, words = bare.removeprefix(_MARK).partition(" ")
            yield Line(words, 0, END_LEVEL if level == "end" else int(level))
        else:
            yield Line(row.replace(_MARK, ""), 0)
