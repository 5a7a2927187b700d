"""The importer of documents: sections that stay themselves, nothing cut apart, nothing hidden."""

import io
import subprocess
import sys
import zipfile
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest

from chatmill.errors import InputError, LimitError, UnreadableFileError
from chatmill.importers import LEAST_SCORE, detect_importer, load_importer
from chatmill.importers.base import Room
from chatmill.importers.decoding import open_text
from chatmill.importers.documents.converting import NEEDED
from chatmill.project import Project
from chatmill.records import Message, Rejection
from chatmill.settings import ImportSettings
from chatmill.stages.extract import extract
from chatmill.stages.import_ import import_files
from chatmill.store.examples import list_examples
from document_files import BOLD, COURIER, KOREAN, Written, docx, pdf, ruled, scan
from importers.document_reading import items_of, left_out, sections_of, write_document
from reading import write_export

needs_extra = pytest.mark.skipif(
    any(find_spec(name) is None for names in NEEDED.values() for name in names),
    reason="needs the extra documents",
)
MARKDOWN = """---
title: PX-20 Manual
---
<!-- internal:
not for print -->
# PX-20

The PX-20 is an
Ethernet chip. 소켓은 8개입니다.

## Contents
- [Reset](#reset)
- [FAQ](#faq)
- [Power](#power)

Reset
-----

Hold `nRST` low, see [the sheet](https://example.com/ds.pdf#p=12).

```c
# not a heading
reset();

wait(50);
```

| Pin | Name |
|-----|------|
| 37  | nRST |
After the table.

- item one
  goes on
- item two

## 2.1 전원 {#power}

3.3 V입니다.

## Empty
"""


def test_markdown_sections(tmp_path: Path) -> None:
    """Headings of both forms make sections; code, tables, lists and links stand as they are."""
    path = write_document(tmp_path, "manual.md", MARKDOWN.encode())
    assert sections_of(path) == {
        "PX-20": ["The PX-20 is an Ethernet chip. 소켓은 8개입니다."],
        "PX-20 › Reset": [
            "Hold `nRST` low, see [the sheet](https://example.com/ds.pdf#p=12).",
            "```c\n# not a heading\nreset();\n\nwait(50);\n```",
            "| Pin | Name |\n|-----|------|\n| 37  | nRST |",
            "After the table.",
            "- item one goes on\n- item two",
        ],
        "PX-20 › 전원": ["3.3 V입니다."],
    }
    assert left_out(path) == [
        "a table of contents",
        "a heading without text",
        "front matter",
        "a comment",
    ]
    rooms = [each for each in items_of(path) if isinstance(each, Room)]
    assert rooms[2].title == "manual.md: PX-20 › 2.1 전원"
    messages = [each for each in items_of(path) if isinstance(each, Message)]
    assert messages[0].text == "PX-20 Manual › PX-20"
    assert {(each.speaker, each.role, each.kind) for each in messages} == {("", "system", "text")}


def test_questions_of_the_text_are_sections(tmp_path: Path) -> None:
    """`Q.`, folded details and definitions stand below their heading, what follows apart."""
    text = (
        "# FAQ\n\nQ. How many sockets?\nA. It has 8.\n\n**질문: 전압은?**\n\n답변: 3.3 V\n\n"
        "<details>\n<summary>Is <b>5 V</b> fine?</summary>\n\nNo.\n</details>\n\nMore below.\n\n"
        "What is MDC?\n: The clock.\n"
    )
    assert sections_of(write_document(tmp_path, "faq.md", text.encode())) == {
        "FAQ › Q. How many sockets?": ["A. It has 8."],
        "FAQ › 질문: 전압은?": ["답변: 3.3 V"],
        "FAQ › Is 5 V fine?": ["No."],
        "FAQ › …": ["More below."],
        "FAQ › What is MDC?": ["The clock."],
    }


def test_long_paragraphs_are_cut_between_sentences(tmp_path: Path) -> None:
    """No sentence is cut apart, none is lost, and long code stays whole."""
    said = [
        f"Register R{n} holds {n} after a reset and 레지스터 값은 {n}입니다." for n in range(90)
    ]
    code = "```\n" + "\n\n".join(f"call({n});" for n in range(400)) + "\n```"
    path = write_document(tmp_path, "m.md", f"# R\n\n{' '.join(said)}\n\n{code}\n".encode())
    *parts, last = sections_of(path)["R"]
    assert len(parts) > 2
    assert all(part.endswith("입니다.") for part in parts)
    assert " ".join(parts) == " ".join(said)
    assert last == code


def test_headings_that_come_twice(tmp_path: Path) -> None:
    """Two sections of the same headings are two conversations."""
    text = "# A\n\n## Note\n\nOne is here.\n\n## Note\n\nTwo is here.\n"
    path = write_document(tmp_path, "m.md", text.encode())
    assert list(sections_of(path)) == ["A › Note", "A › Note (2)"]


def test_html_pages(tmp_path: Path) -> None:
    """A page gives what a reader sees of its text; menus and scripts are no part of it."""
    html = """<!doctype html><html><head><title>PX-20 – 도움말</title><script>evil()</script></head>
<body><nav><a href="/">Home</a></nav><main><h1>PX-20</h1><p>An <b>Ethernet</b> chip.</p>
<h2 id="r">Reset<a class="headerlink" href="#r">¶</a></h2>
<pre><code class="language-c"># no heading
reset();</code></pre>
<table><tr><th>Pin<th>Name<tr><td>37<td>nRST</table>
<p>See <a href="https://example.com/ds">the sheet</a>.<img src="http://example.com/x.png"></p>
<details><summary>5 V도 되나요?</summary><p>아니요, 3.3 V만 됩니다.</p></details><p>After.</p>
<dl><dt>What is MDC?<dd>The clock.</dl></main><footer>© 2026 WIZ</footer></body></html>"""
    path = write_document(tmp_path, "help.html", html.encode())
    assert sections_of(path) == {
        "PX-20": ["An Ethernet chip."],
        "PX-20 › Reset": [
            "```c\n# no heading\nreset();\n```",
            "| Pin | Name |\n| --- | --- |\n| 37 | nRST |",
            "See [the sheet](https://example.com/ds).",
        ],
        "PX-20 › Reset › 5 V도 되나요?": ["아니요, 3.3 V만 됩니다."],
        "PX-20 › Reset › …": ["After."],
        "PX-20 › Reset › What is MDC?": ["The clock."],
    }
    assert left_out(path) == ["a menu, footer or form around the text"] * 2


@needs_extra
def test_pdf_pages(tmp_path: Path) -> None:
    """Headings by size, code by width, tables by lines, pages named, running lines left out."""

    def page(number: int, *lines: Written | bytes) -> list[Written | bytes]:
        edges = Written("PX-20 User Manual", 800, 8), Written(f"Page {number} of 4", 30, 8)
        return [edges[0], *lines, edges[1]]

    data = pdf(
        [
            page(
                1,
                Written("PX-20 Manual", 700, 20, BOLD),
                Written("1. Reset", 660, 14, BOLD),
                Written("Hold nRST low for 500 us. The chip needs 50 ms after", 640),
                Written("that until its registers can be read. Use a low-power con-", 628),
                Written("figuration.", 616),
            ),
            page(
                2,
                Written("reset();", 760, 10, COURIER),
                Written("wait_ms(50);", 748, 10, COURIER),
                Written("2. Power", 700, 14, BOLD),
                Written("It runs at 3.3 V.", 660),
                ruled([60, 160, 260], [640, 620, 600]),
                *(Written(word, y, x=x) for word, y, x in (("Pin", 626, 65), ("Volt", 626, 165))),
                *(Written(word, y, x=x) for word, y, x in (("VCC", 606, 65), ("3.3", 606, 165))),
            ),
            page(
                3,
                Written("3. 전원 설정", 700, 14, KOREAN),
                Written("전원은 3.3 V를 사용합니다.", 670, 10, KOREAN),
            ),
            page(4, scan()),
        ]
    )
    path = write_document(tmp_path, "px.pdf", data)
    rest = "that until its registers can be read. Use a low-power configuration."
    assert sections_of(path) == {
        "PX-20 Manual › Reset": [
            f"Hold nRST low for 500 us. The chip needs 50 ms after {rest}",
            "```\nreset();\nwait_ms(50);\n```",
        ],
        "PX-20 Manual › Power": [
            "It runs at 3.3 V.",
            "| Pin | Volt |\n| --- | --- |\n| VCC | 3.3 |",
        ],
        "PX-20 Manual › 전원 설정": ["전원은 3.3 V를 사용합니다."],
    }
    assert left_out(path) == [
        "repeated at the top or bottom of 4 pages",
        "page numbers of 4 pages",
        "page 4: a page without text, only a picture",
    ]
    first, *_rest = (each for each in items_of(path) if isinstance(each, Room))
    assert first.title == "px.pdf, pages 1–2: PX-20 Manual › 1. Reset"
    named = [each.attachments for each in items_of(path) if isinstance(each, Message)]
    assert named[:3] == [("px.pdf#page=1",), ("px.pdf#page=1",), ("px.pdf#page=2",)]


@needs_extra
def test_word_documents(tmp_path: Path) -> None:
    """Styles make headings; a table without a marked header keeps its rows."""
    data = docx(
        [
            (1, "PX-20 매뉴얼"),
            (0, "소개입니다."),
            (2, "소켓은 몇 개인가요?"),
            (0, "8개입니다."),
            (2, "Pins"),
            [["Pin", "Name"], ["1", "VCC"]],
        ]
    )
    assert sections_of(write_document(tmp_path, "m.docx", data)) == {
        "PX-20 매뉴얼": ["소개입니다."],
        "PX-20 매뉴얼 › 소켓은 몇 개인가요?": ["8개입니다."],
        "PX-20 매뉴얼 › Pins": ["| Pin | Name |\n| --- | --- |\n| 1 | VCC |"],
    }


@needs_extra
@pytest.mark.parametrize(
    ("data", "said"),
    [
        (pdf([[scan()]]), "no text, only pictures"),
        (pdf([[Written("x", 700)]], encrypt=True), "locked with a password"),
        (b"%PDF-1.5\n" + b"\x00garbage" * 40, "damaged"),
        (b"PK\x03\x04" + b"word/document.xml" * 4, "no Word document"),
        (docx([(0, "x")], {"word/document.xml": b"<not xml"}), "damaged"),
    ],
    ids=["scan", "locked", "broken pdf", "broken docx", "broken xml"],
)
def test_what_cannot_be_read_is_one_line(tmp_path: Path, data: bytes, said: str) -> None:
    """Scans, locked and damaged files are refused with what to do, and never a traceback."""
    path = write_document(tmp_path, "a.bin", data)
    with pytest.raises(UnreadableFileError, match=said) as caught:
        items_of(path)
    assert caught.value.fix
    assert "\n" not in str(caught.value)


@needs_extra
def test_bombs_and_endless_files_are_stopped(tmp_path: Path) -> None:
    """What unpacks to too much is refused unread; what takes too long is ended."""
    bomb = docx([(0, "x")], {"word/media/a.xml": bytes(80_000_000)})
    path = write_document(tmp_path, "a.docx", bomb)
    with pytest.raises(LimitError, match="grows"):
        items_of(path)
    small = ImportSettings(max_document_bytes=1_000)
    with pytest.raises(LimitError, match="more than 1,000"):
        items_of(path, small)
    slow = ImportSettings(document_seconds=0.01)
    with pytest.raises(LimitError, match=r"more than 0\.01 s"):
        items_of(write_document(tmp_path, "a.pdf", pdf([[Written("x", 700)]])), slow)


def test_without_the_extra_the_command_is_named(tmp_path: Path) -> None:
    """Where its reader is not installed, a PDF says how to install it; Markdown needs nothing."""
    write_document(tmp_path, "a.pdf", pdf([[Written("x", 700)]]))
    write_document(tmp_path, "a.md", MARKDOWN.encode())
    code = (
        "import sys; sys.path = [p for p in sys.path if p]\n"
        "sys.modules.update(dict.fromkeys(['pdfplumber', 'markitdown', 'mammoth']))\n"
        "from chatmill.errors import ChatmillError\n"
        "from chatmill.importers import detect_importer\n"
        "from chatmill.importers.decoding import look_at\n"
        "from chatmill.importers.sources import LocalFile\n"
        "from pathlib import Path\n"
        "for name in ('a.md', 'a.pdf'):\n"
        "    file = look_at(LocalFile(Path(name)), name, room_key=name)\n"
        "    try:\n"
        "        print(len(list(detect_importer(file).read(file))))\n"
        "    except ChatmillError as error:\n"
        "        print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    first, second = done.stdout.splitlines()
    assert int(first) > 5
    assert second == (
        'a.pdf: a PDF, which the extra documents reads. pip install "chatmill[documents]"'
    )


@pytest.mark.parametrize(
    ("text", "importer"),
    [
        ("# Log\n\nKim: How many sockets?\nPark: Eight.\nKim: Thanks\nPark: Bye.\n", "transcript"),
        ("Q) How many sockets?\nA) Eight.\n", "qa"),
        ("# FAQ\n\nQ. How many sockets?\nA. Eight.\n\n## More\n\nSee there.\n", "document"),
        ("# 설명서\n\nW5500은 소켓 8개를 제공합니다.\n", "document"),
        ("Title\n=====\n\nThe chip has eight sockets.\n", "document"),
        ("<html><body><p>Hello there.</p></body></html>", "document"),
    ],
)
def test_chats_stay_chats(tmp_path: Path, text: str, importer: str) -> None:
    """A transcript in a Markdown file is a transcript; a FAQ with headings is a document."""
    path = write_export(tmp_path, "any.md", text)
    assert detect_importer(open_text(path)).name == importer


@pytest.mark.parametrize(
    "code",
    [
        "# Reads a file.\n\nimport os\n\n# Then prints it.\nprint(os.name)\nx = 1\ny = 2\n",
        "#!/bin/sh\n# This script starts the server.\nexec server\n",
        "# settings of the server\nname: x\nport: 80\n# where it listens\nhost: y\n",
    ],
)
def test_code_and_settings_are_no_documents(tmp_path: Path, code: str) -> None:
    """A comment is no heading."""
    file = open_text(write_export(tmp_path, "any", code))
    assert load_importer("document").score(file) < LEAST_SCORE


def test_hostile_pages_are_refused_or_read(tmp_path: Path) -> None:
    """Deep nesting, half marks and signs of our own never break out."""
    deep = "<html><body>" + "<div>" * 5_000 + "x" + "</div>" * 5_000
    for html in (
        deep,
        "<html>\ue0001 Heading\ue000end<h1>\ue0009 Q</h1><p>y",
        "<html>",
        "<html>\0",
    ):
        path = write_document(tmp_path, "a.html", html.encode())
        try:
            items = items_of(path)
        except InputError:
            continue
        assert all(isinstance(each, Room | Message | Rejection) for each in items)


def test_an_edited_document_keeps_its_sections(project: Project, tmp_path: Path) -> None:
    """A changed answer comes back changed; a paragraph that stayed keeps its message and id."""
    text = (
        "# PX-20\n\n## Is 5 V fine?\n\nNo.\n\n## How many sockets?\n\nIt has 4.\n\nAll are TCP.\n"
    )
    path = write_document(tmp_path, "manual.md", text.encode())
    import_files(project, [path])
    assert extract(project).n_new == 2
    before = {each.turns[0].question: each for each in list_examples(project.database)}
    path.write_text(text.replace("It has 4.", "It has 8.") + "\n## Why?\n\nIt is so.\n")
    import_files(project, [path])
    summary = extract(project)
    assert (summary.n_new, summary.n_changed, summary.n_conversations) == (1, 1, 2)
    after = {each.turns[0].question: each for each in list_examples(project.database)}
    assert after["Is 5 V fine?"].id == before["Is 5 V fine?"].id
    changed = after["How many sockets?"]
    assert changed.turns[0].answer == "It has 8.\nAll are TCP."
    assert changed.supersedes == before["How many sockets?"].id
    kept = {each.message_id for each in before["How many sockets?"].turns[0].answer_citations}
    assert kept & {each.message_id for each in changed.turns[0].answer_citations}


def test_a_damaged_archive_entry_is_no_bomb(tmp_path: Path) -> None:
    """A part that says it is small and is not is stopped where it says it ends."""
    data = bytearray(docx([(0, "Hello there.")]))
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as archive:
        info = archive.getinfo("word/document.xml")
    place = bytes(data).rfind(b"PK\x01\x02", 0, bytes(data).rfind(b"word/document.xml"))
    data[place + 24 : place + 28] = (info.file_size - 10).to_bytes(4, "little")
    path = write_document(tmp_path, "a.docx", bytes(data))
    with pytest.raises(InputError):
        items_of(path, replace(ImportSettings(), document_seconds=60.0))
