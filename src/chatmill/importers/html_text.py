"""Turns the HTML of posts and mails into readable text: lists, tables, code and links survive."""

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from chatmill.importers.decoding import is_damaged
from chatmill.importers.html_blocks import Frame, fenced, link, listed, prefixed, tabled

MAX_DEPTH = 1_000
"""Elements inside each other; people write tens."""
MAX_FRAMES = 60
"""Lists, quotes and tables inside each other; what lies deeper is written flat."""
HIDDEN = frozenset(
    ["script", "style", "head", "template", "noscript", "svg", "select", "button", "object"]
)
"""Elements whose words nobody sees."""
PARAGRAPHS = frozenset(
    [
        "p",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "ul",
        "ol",
        "dl",
        "table",
        "blockquote",
        "pre",
        "figure",
        "hr",
    ]
)
"""Elements with an empty line around them."""
LINES = frozenset(
    [
        "div",
        "li",
        "tr",
        "dt",
        "dd",
        "section",
        "article",
        "header",
        "footer",
        "aside",
        "main",
        "nav",
        "form",
        "fieldset",
        "details",
        "summary",
        "center",
        "address",
        "figcaption",
        "caption",
    ]
)
"""Elements that stand on lines of their own."""
FRAMES = frozenset(
    ["a", "code", "tt", "pre", "blockquote", "ul", "ol", "li", "table", "tr", "td", "th"]
)
"""Elements whose text is known only at their end."""
_OWN = threading.local()
MENTION = "@"
"""Note of a link that only names somebody."""
_LINE_CLASS = "MsoNormal"
"""Outlook's paragraphs are lines; an empty line is one of its own."""
_SPACE = re.compile(r"[ \t\r\n\f]+")
_LANGUAGE = re.compile(r"\b(?:lang|language|highlight-source)-([\w+#-]+)")
_NO_LANGUAGE = frozenset({"auto", "nohighlight", "plaintext", "text", "none"})
_SMALL = frozenset({"0", "1", "0px", "1px"})

Attributes = Mapping[str, str]


class UnreadableHtmlError(Exception):
    """A text is no HTML anybody writes; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HtmlText:
    """What a person sees of an HTML text."""

    text: str
    """Without what was cut."""
    original: str = ""
    """With it; empty where nothing was cut."""
    attachments: tuple[str, ...] = ()
    """Addresses of pictures and files, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cuts:
    """Says which elements are quotes of other messages; knows nothing of any platform itself."""

    is_quote: Callable[[str, Attributes], bool] = lambda _tag, _attributes: False
    """Cut with all it holds."""
    begins_quote: Callable[[str, Attributes], bool] = lambda _tag, _attributes: False
    """Cut with everything after it."""
    is_kept: Callable[[str], bool] = lambda _text: False
    """Told the text of a quote, says that it is no quote after all."""
    hides: Callable[[str, Attributes], bool] = lambda _tag, _attributes: False
    """Left out, but no quote: avatars, cards; their address stays."""
    names: Attributes = field(default_factory=dict)
    """What to write for a mention: `@kim` in lower case → `@Minsu Kim`."""


NO_CUTS = Cuts()


def html_to_text(html: str, cuts: Cuts = NO_CUTS) -> HtmlText:
    """Write HTML as plain text with Markdown's marks for lists, tables, code and links.

    Where cutting leaves nothing, everything is kept.

    Args:
        html: A whole page or a piece of one, however broken.
        cuts: What is a quote.

    Raises:
        UnreadableHtmlError: It is nested deeper than 1,000 elements, or did not decode.
    """
    if is_damaged(html):
        raise UnreadableHtmlError("holds half a character")
    target = _parsed(html, cuts)
    text, attachments = target.result(), tuple(target.attachments)
    if not target.has_cut:
        return HtmlText(text=text, attachments=attachments)
    original = _parsed(html, Cuts(hides=cuts.hides, names=cuts.names)).result()
    return HtmlText(
        text=text or original,
        original=original if text and text != original else "",
        attachments=attachments,
    )


def _parsed(html: str, cuts: Cuts) -> "_Target":
    from lxml import etree

    parser, target = _parser()
    target.begin(cuts)
    is_whole = False
    try:
        parser.feed(html.replace("\0", "\ufffd").encode() or b" ")
        parser.close()
        is_whole = True
    except etree.LxmlError as error:
        raise UnreadableHtmlError("no HTML anybody can read") from error
    finally:
        if not is_whole:
            del _OWN.parser  # it stopped in the middle
    return target


def _parser() -> tuple[Any, "_Target"]:
    """Return this thread's parser; making one takes longer than reading a post."""
    from lxml import etree

    if not hasattr(_OWN, "parser"):
        target = _Target()
        _OWN.parser = etree.HTMLParser(target=target, encoding="utf-8"), target
    found: tuple[Any, _Target] = _OWN.parser
    return found


class _Target:
    """Told by the parser what opens, stands and closes; keeps one frame an open element."""

    def __init__(self) -> None:
        self.begin(NO_CUTS)

    def begin(self, cuts: Cuts) -> None:
        """Forget everything; a new text comes."""
        self.attachments: list[str] = []
        self.has_cut = False
        self._cuts = cuts
        self._frames = [Frame("")]
        self._open: list[str] = []
        self._hidden_from = 0
        self._is_over = False

    def start(self, tag: str, attributes: Attributes) -> None:
        """An element opens."""
        is_line = tag == "p" and attributes.get("class", "").startswith(_LINE_CLASS)
        self._open.append("div" if is_line else tag)
        if len(self._open) > MAX_DEPTH:
            raise UnreadableHtmlError(f"nested deeper than {MAX_DEPTH:,} elements")
        if self._hidden_from or self._is_over:
            return
        if self._cuts.begins_quote(tag, attributes):
            self._is_over = self.has_cut = True
        elif tag in HIDDEN or _is_invisible(attributes) or self._cuts.hides(tag, attributes):
            self._hidden_from = len(self._open)
            self._leave_address(tag, attributes)
        elif self._cuts.is_quote(tag, attributes):
            self._break(tag)
            self._push(tag, attributes, is_quote=True)
        else:
            self._write_start(tag, attributes)

    def end(self, tag: str) -> None:
        """An element closes."""
        shape = self._open.pop() if self._open else tag
        if self._hidden_from or self._is_over:
            if len(self._open) < self._hidden_from:
                self._hidden_from = 0
            return
        top = self._frames[-1]
        if top.tag == tag and top.depth == len(self._open) + 1:
            self._frames.pop()
            self._close(top)
        self._break(shape)

    def data(self, text: str) -> None:
        """Words, entities decoded."""
        if self._hidden_from or self._is_over:
            return
        top = self._frames[-1]
        if top.is_raw:
            top.write_raw(text)
        else:
            top.write(_SPACE.sub(" ", text))

    def close(self) -> None:
        """The end: close what is still open."""
        while len(self._frames) > 1:
            self._close(self._frames.pop())

    def result(self) -> str:
        """Return the text."""
        return self._frames[0].text()

    def _write_start(self, tag: str, attributes: Attributes) -> None:
        self._break(self._open[-1])
        top = self._frames[-1]
        if tag == "br":
            top.new_line()
        elif tag == "img":
            self._picture(attributes)
        elif tag in {"iframe", "video", "audio", "source"}:
            self._attach(attributes.get("src", ""))
        elif tag == "code" and top.tag == "pre":
            top.note = top.note or _language(attributes)
        elif tag in FRAMES and not top.is_raw and len(self._frames) < MAX_FRAMES:
            self._push(tag, attributes)

    def _push(self, tag: str, attributes: Attributes, *, is_quote: bool = False) -> None:
        frame = Frame(tag, depth=len(self._open), is_quote=is_quote)
        if tag == "a":
            frame.note = attributes.get("href", "").strip()
            classes = attributes.get("class", "").split()
            if "attachment" in classes:
                self._attach(frame.note)
            if "mention" in classes or "mention-group" in classes:
                frame.note = MENTION
        elif tag == "pre":
            frame.note = attributes.get("data-code-wrap", "") or _language(attributes)
        elif tag == "ol":
            frame.note = attributes.get("start", "")
        self._frames.append(frame)

    def _close(self, frame: Frame) -> None:
        """Write what an element held into the one around it."""
        top = self._frames[-1]
        if frame.is_quote:
            text = frame.text()
            if self._cuts.is_kept(text):
                top.write_block(text)
            else:
                self.has_cut = True
        elif frame.note is MENTION:
            words = frame.text()
            top.write(self._cuts.names.get(words.lower(), words))
        elif frame.tag == "a":
            top.write(link(frame.text(), frame.note))
        elif frame.tag in {"code", "tt"}:
            words = frame.text()
            top.write(f"`{words}`" if words and "`" not in words else words)
        elif frame.tag == "pre":
            top.write_block(fenced(frame.raw_text(), frame.note))
        elif frame.tag == "blockquote":
            top.write_block(prefixed(frame.text(), "> ", "> "))
        else:
            _close_piece(frame, top)

    def _break(self, tag: str) -> None:
        top = self._frames[-1]
        if tag in LINES or (tag in {"ul", "ol"} and top.tag == "li"):
            top.break_lines(1)
        elif tag in PARAGRAPHS:
            top.break_lines(2)

    def _picture(self, attributes: Attributes) -> None:
        """An emoji is a word; other pictures are attached files."""
        label = attributes.get("alt", "").strip()
        is_emoji = "emoji" in attributes.get("class", "") or "data-emoji" in attributes
        if is_emoji or (label and not label.isascii() and len(label) <= 4 and not label.isalnum()):  # noqa: PLR2004 - signs of the longest emoji people use
            self._frames[-1].write(label)
            return
        if {attributes.get("width"), attributes.get("height")} & _SMALL:
            return
        address = attributes.get("src", "").strip()
        self._attach(label if address.startswith(("cid:", "data:")) else address)

    def _attach(self, address: str) -> None:
        if address and address not in self.attachments:
            self.attachments.append(address)

    def _leave_address(self, tag: str, attributes: Attributes) -> None:
        """A card of another page stands for its address, a shown picture for the file."""
        address = attributes.get("data-onebox-src", "")
        if address:
            top = self._frames[-1]
            top.break_lines(1)
            top.write(address)
            top.break_lines(1)
        elif tag == "a":
            self._attach(attributes.get("href", ""))


def _close_piece(frame: Frame, top: Frame) -> None:
    """Hand a piece of a list or table on to what it belongs to."""
    if frame.tag in {"td", "th"} and top.tag == "tr":
        top.cells.append(frame.text())
        top.has_heading = top.has_heading or frame.tag == "th"
    elif frame.tag == "tr" and top.tag == "table":
        top.rows.append(frame.cells or [frame.text()])
        top.has_heading = top.has_heading or (frame.has_heading and len(top.rows) == 1)
    elif frame.tag == "table":
        top.write_block(tabled(frame))
    elif frame.tag == "li" and top.tag in {"ul", "ol"}:
        top.items.append(frame.text())
    elif frame.tag in {"ul", "ol"}:
        top.write_block(listed(frame), n_breaks=1 if top.tag == "li" else 2)
    else:  # a cell without a table, an item without a list
        top.write_block(" ".join([*frame.cells, frame.text()]).strip(), n_breaks=1)


def _is_invisible(attributes: Attributes) -> bool:
    style = attributes.get("style", "")
    return "hidden" in attributes or "display:none" in style.replace(" ", "").lower()


def _language(attributes: Attributes) -> str:
    found = _LANGUAGE.search(attributes.get("class", ""))
    return found[1] if found and found[1] not in _NO_LANGUAGE else ""
