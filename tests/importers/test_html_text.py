"""HTML becomes the text a person sees, with lists, tables, code and links still readable."""

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatmill.importers.decoding import is_damaged
from chatmill.importers.html_text import Cuts, UnreadableHtmlError, html_to_text

PAGES = [
    (
        "<p>W5500 <b>reads</b> &lt;0x00&gt;.<br>What?</p>\n<p>Two</p>",
        "W5500 reads <0x00>.\nWhat?\n\nTwo",
    ),
    ("plain &amp; simple", "plain & simple"),
    ("<p>한글&nbsp;띄어쓰기 &#xAC00;</p>", "한글 띄어쓰기 가"),
    ("<ul>\n<li>a</li>\n<li>b<ul><li>c</li></ul></li>\n</ul>", "- a\n- b\n  - c"),
    ('<ol start="3"><li>x</li><li><p>y</p><p>z</p></li></ol>', "3. x\n4. y\n\n   z"),
    (
        '<p>so:</p><pre><code class="lang-c">int x;\n  y();\n</code></pre><p>done</p>',
        "so:\n\n```c\nint x;\n  y();\n```\n\ndone",
    ),
    ("<pre>a ``` b</pre>", "````\na ``` b\n````"),
    ("<p>set <code>a  b</code> now</p>", "set `a b` now"),
    (
        (
            '<a href="https://x.example">this</a>, <a href="https://www.wiznet.io/">wiznet.io</a>, '
            '<a href="mailto:a@b.c">a@b.c</a>, <a href="#top">up</a>'
        ),
        "[this](https://x.example), https://www.wiznet.io/, a@b.c, up",
    ),
    (
        '<a href="https://x.example/very/long/path">https://x.example/very/lo…</a>',
        "https://x.example/very/long/path",
    ),
    (
        "<table><thead><tr><th>가</th><th>b</th></tr></thead><tr><td>1|2</td><td>3</td></tr></table>",
        "| 가 | b |\n| --- | --- |\n| 1\\|2 | 3 |",
    ),
    ("<table><tr><td><p>one</p><p>two</p></td><td>x</td></tr></table>", "one\n\ntwo\n\nx"),
    ("<blockquote><p>q</p><p>r</p></blockquote>text", "> q\n>\n> r\n\ntext"),
    ("<script>x()</script><style>p{}</style><!-- c --><p>text</p>", "text"),
    ('<div style="display: none">preview</div>text', "text"),
    ("<li>loose<td>cell", "loose\ncell"),
    ('<img class="emoji" alt=":smile:" src="s.png"> <img alt="😀" src="e.png">', ":smile: 😀"),
    ("<div>a</div><div><br></div><div>b</div>", "a\n\nb"),
    ("", ""),
]


@pytest.mark.parametrize(("html", "text"), PAGES)
def test_pages_read_as_people_see_them(html: str, text: str) -> None:
    """Nothing readable is lost, and nothing invisible appears."""
    assert html_to_text(html).text == text


def test_pictures_and_files_are_named() -> None:
    """A picture is an attachment by its address, or by name; trackers are none."""
    html = (
        '<img src="https://x.example/a.png"><img src="cid:1" alt="board.jpg">'
        '<img src="https://t.example/p.gif" width="1">'
        '<a class="attachment" href="/f/s.pdf">s.pdf</a>'
    )
    read = html_to_text(html)
    assert read.attachments == ("https://x.example/a.png", "board.jpg", "/f/s.pdf")
    assert read.text == "[s.pdf](/f/s.pdf)"


def test_what_is_cut_can_be_read_again() -> None:
    """The original holds the quote; where everything is quote, nothing is cut."""
    cuts = Cuts(is_quote=lambda tag, _: tag == "blockquote")
    read = html_to_text("<blockquote>old</blockquote><p>new</p>", cuts)
    assert (read.text, read.original) == ("new", "> old\n\nnew")
    only = html_to_text("<blockquote>old</blockquote>", cuts)
    assert (only.text, only.original) == ("> old", "")


def test_damaged_html_is_refused() -> None:
    """Half a character is no text a store takes."""
    with pytest.raises(UnreadableHtmlError, match="half a character"):
        html_to_text("<p>\ud800</p>")


@pytest.mark.parametrize("piece", ["<div>", "<b>", "<ul><li>", "<table><tr><td>", "<svg>"])
def test_hostile_nesting_is_refused_at_once(piece: str) -> None:
    """A page nested without end is refused by a named limit, in no time."""
    began = time.perf_counter()
    with pytest.raises(UnreadableHtmlError, match="nested deeper than 1,000"):
        html_to_text(piece * 200_000)
    assert time.perf_counter() - began < 5


@pytest.mark.parametrize(
    "piece", ["<p><i id=1>", "<a ", "<!--", "&", "<", "<![CDATA[", "<blockquote>x<br></blockquote>"]
)
def test_hostile_pages_cost_no_more_than_long_ones(piece: str) -> None:
    """Half-open tags and entities by the hundred thousand are read, or refused, in linear time."""
    began = time.perf_counter()
    with contextlib.suppress(UnreadableHtmlError):
        html_to_text(piece * 100_000)
    assert time.perf_counter() - began < 20


@given(text=st.text(alphabet="<>/abpreliuotd h=\"'&;#x\n 가", max_size=200))
def test_any_text_is_read(text: str) -> None:
    """However broken the markup, the words come out or are refused, never a traceback."""
    read = html_to_text(text).text
    assert not is_damaged(read)
    if "<" not in text and "&" not in text:
        assert read.split() == text.split()


@given(
    words=st.lists(
        st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=1), min_size=1
    )
)
def test_words_of_paragraphs_come_back(words: list[str]) -> None:
    """Every paragraph's words stand in the text, in order."""
    html = "".join(f"<p>{word}</p>" for word in words)
    assert html_to_text(html).text == "\n\n".join(words)
