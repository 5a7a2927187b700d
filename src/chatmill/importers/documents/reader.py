"""The importer of documents: sections become conversations whose messages are their paragraphs.

A conversation is named by file and headings, so an edited document keeps them. Its first message
holds the headings, joined by ` › `; one message follows for each paragraph, list, table or piece of
code. Message ids are `WORDS.EDITION`: the first part stands for the words, the second for the
section as it stood; an edited section comes again whole, and its last edition counts.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from hashlib import blake2b

from chatmill.errors import LimitError
from chatmill.importers.assembly import check_text, reject
from chatmill.importers.base import ExportFile, Item, Room
from chatmill.importers.decoding import printable
from chatmill.importers.documents.converting import convert
from chatmill.importers.documents.lines import heading_words
from chatmill.importers.documents.markdown import MarkdownReader
from chatmill.importers.documents.pages import Page, PageRow, page_lines
from chatmill.importers.documents.questions import marked_questions
from chatmill.importers.documents.sections import Section, sections_of
from chatmill.importers.documents.webpage import page_lines as web_lines
from chatmill.importers.documents.word import is_docx, require_modest
from chatmill.importers.identity import MessageIds
from chatmill.records import Message, Rejection

PDF_MAGIC = b"%PDF-"
PDF_WITHIN = 1_024
"""Bytes in which a PDF's mark may stand; mail programs put a line before it."""
BETWEEN = " › "
"""Between headings in the first message of a section."""
EDITION_BYTES = 5
SURE = 0.9
PAGE_SURE = 0.5
MARKDOWN_SURE = 0.4
LOOKS_SO = 0.32
ASKS_TOO = 0.92
"""Markdown with headings and `Q)` lines: surer than a reader of bare `Q)` lines."""
MOST_KEY_CHARACTERS = 600
_HTML = re.compile(
    r"\A[\s\ufeff]*(?:<\?xml[^>]*>\s*|<!--.*?-->\s*)*<(?:!doctype html|html|head|body|main|article"
    r"|h1)\b",
    re.IGNORECASE | re.DOTALL,
)
_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+\S.*$")
_UNDERLINED = re.compile(
    r"^(?![ \t]*[-*+>|#]|[ \t]*$)[^\n]{2,200}\r?\n(?:={3,}|-{3,})[ \t]*\r?$", re.MULTILINE
)
_FRONT = re.compile(
    r"\A---[ \t]*\r?\n(?:[\w-]+[ \t]*:.*\r?\n|[ \t-].*\r?\n)+---[ \t]*\r?$", re.MULTILINE
)
_FOLDED = re.compile(r"^<details\b", re.IGNORECASE | re.MULTILINE)
_HANGUL = re.compile(r"[가-힣]")
_SENTENCE_ENDS = (".", "!", "?", ":", "。")
_SENTENCE_WORDS = 4
"""Of the shortest line that reads as a sentence; Korean says as much in half of them."""
_ASKED = re.compile(r"^[ \t]*(?:[-*+] )?(?:\*\*)?(?:Q|질문|문) ?\d{0,4} ?[).:：]", re.MULTILINE)
_CODE = re.compile(
    r"^(?:import |from \S+ import|def |class |#include|#!/|[\w.]+ ?= ?\S|\w+\(.*\)[;:]?$|[}{]|  \S)"
    r"|;\s*$",
    re.MULTILINE,
)
_CODE_SHARE = 0.25
_NUMBERED = re.compile(r"^\d{1,3}(?:(?:\.\d{1,3}){1,4}\.?|\.)\s+(?=\S)")
"""A section's number is no part of its key: a new chapter before it changes them all."""
_NO_HEADER = re.compile(r"^\|(?:[ ]*\|)+\n(\|(?: --- \|)+)\n(\|.*\|)$", re.MULTILINE)
"""The empty header markitdown puts above a table whose first row is not marked as one."""


class DocumentImporter:
    """Reads manuals: Markdown and HTML by itself, PDF and DOCX with the extra `documents`."""

    name = "document"

    def score(self, file: ExportFile) -> float:
        """Look for headings, or for the marks of a PDF, a Word document or a page."""
        if PDF_MAGIC in file.start[:PDF_WITHIN] or is_docx(file.start):
            return SURE
        if file.binary_kind:
            return 0.0
        if _HTML.match(file.head):
            return PAGE_SURE
        return _markdown_score(file.head)

    def read(self, file: ExportFile) -> Iterator[Item]:
        """Stream the sections.

        Raises:
            UnreadableFileError: It is locked, damaged or a scan, or the extra is not installed.
            LimitError: It is too long, or reading it takes too long.
        """
        if PDF_MAGIC in file.start[:PDF_WITHIN]:
            return _pdf(file)
        if is_docx(file.start):
            return _docx(file)
        return _page(file) if _HTML.match(file.head) else _markdown(file)


def _markdown_score(head: str) -> float:
    lines = head.splitlines()
    n_headings = sum(bool(_HEADING.match(line)) for line in lines)
    n_headings += len(_UNDERLINED.findall(head))
    begins = next((line for line in lines if line.strip()), "")
    is_marked = bool(_HEADING.match(begins) or _FRONT.match(head))
    if n_headings and is_marked and _ASKED.search(head):
        return ASKS_TOO
    has_prose = any(map(_is_prose, lines)) or (is_marked and _is_outline(lines))
    n_code = len(_CODE.findall(head))
    if _FOLDED.search(head) and (has_prose or "<summary" in head):
        return MARKDOWN_SURE
    if not n_headings or not has_prose or head.startswith("#!"):
        return 0.0
    is_code = n_code > _CODE_SHARE * len(lines) and "```" not in head
    return LOOKS_SO if is_code and is_marked else 0.0 if is_code else MARKDOWN_SURE


def _is_outline(lines: list[str]) -> bool:
    """Tell several headings that stand apart, as comments of code and settings do not."""
    after = [
        lines[n + 1] if n + 1 < len(lines) else ""
        for n, line in enumerate(lines)
        if _HEADING.match(line)
    ]
    return len(after) > 1 and not any(line.strip() for line in after)


def _is_prose(line: str) -> bool:
    """Tell a line of sentences from headings, settings and code."""
    bare = line.strip()
    if line.startswith(("    ", "\t")) or bare.startswith(("#", "|", "<", "{", "}", "//")):
        return False
    n_words = len(bare.split())
    if _HANGUL.search(bare):
        return bare.endswith((*_SENTENCE_ENDS, "다", "요", "오")) or n_words >= _SENTENCE_WORDS
    return n_words >= _SENTENCE_WORDS and bare.endswith(_SENTENCE_ENDS)


def _markdown(file: ExportFile) -> Iterator[Item]:
    numbered = ((n, line.rstrip("\r\n")) for n, line in enumerate(file.lines(), 1))
    return _marked(file, numbered, "", has_lines=True)


def _marked(
    file: ExportFile,
    numbered: Iterable[tuple[int, str]],
    title: str,
    *,
    has_lines: bool,
) -> Iterator[Item]:
    reader = MarkdownReader(title=title)
    made = _Sections(file, has_lines=has_lines)
    lines = marked_questions(reader.read(numbered))
    for section in sections_of(lines, is_wrapped=True):
        made.title = _title(reader.title)
        yield from made.items(section)
    for number, reason, words in reader.left_out:
        yield made.reject(number, reason, words)


def _page(file: ExportFile) -> Iterator[Item]:
    most = file.settings.max_document_bytes
    with file.open_text() as stream:
        html = stream.read(most + 1)
    if len(html) > most:
        raise LimitError(
            f"more than {most:,} characters",
            where=file.name,
            fix="Split it, or raise [import] max_document_bytes",
        )
    title, lines, around = web_lines(printable(html), file.name)
    made = _Sections(file, _title(title))
    for section in sections_of(marked_questions(lines), is_wrapped=False):
        yield from made.items(section)
    for words in around:
        yield made.reject(0, "a menu, footer or form around the text", words)


def _docx(file: ExportFile) -> Iterator[Item]:
    require_modest(file)
    answer = convert(file, "docx")
    lines = _NO_HEADER.sub(r"\2\n\1", str(answer["markdown"])).split("\n")
    yield from _marked(file, enumerate(lines, 1), _title(answer["title"]), has_lines=False)


def _pdf(file: ExportFile) -> Iterator[Item]:
    answer = convert(file, "pdf")
    pages = [
        Page(each["number"], tuple(PageRow(*row) for row in each["rows"]), each["has_picture"])
        for each in answer["pages"]
    ]
    lines, left_out = page_lines(pages)
    made = _Sections(file, _title(answer["title"]))
    for section in sections_of(marked_questions(lines), is_wrapped=False):
        yield from made.items(section)
    for each in left_out:
        place = f"page {each.page}: {each.reason}" if each.page else each.reason
        yield made.reject(0, place, each.words)


def _title(text: str) -> str:
    return heading_words(printable(text))[:MOST_KEY_CHARACTERS]


@dataclass(slots=True)
class _Sections:
    """Makes rooms and messages of the sections of one document."""

    file: ExportFile
    title: str = ""
    """Of the whole document, where it says one."""
    has_lines: bool = False
    """Numbers of lines are those of the file."""
    _n_seen: Counter[str] = field(default_factory=Counter)

    def items(self, section: Section) -> Iterator[Item]:
        """Stream one section: the room, its headings, its paragraphs, what was left out."""
        file = self.file
        for block, reason in section.left_out:
            yield self.reject(block.number, _at(reason, block.page), block.text)
        kept: list[tuple[str, int]] = []
        for block in section.blocks:
            refused = check_text(file, max(1, block.number), block.text)
            if refused is not None:
                yield refused if self.has_lines else replace(refused, line=None)
            else:
                kept.append((block.text.replace("\0", "\ufffd"), block.page))
        if kept:
            yield from self._room(section, kept)
        elif section.path and not (section.is_parent or section.left_out or section.blocks):
            yield self.reject(section.number, "a heading without text", section.path[-1])

    def reject(self, number: int, reason: str, words: str) -> Rejection:
        """Say what was left out, and at which line where the file has lines."""
        refused = reject(self.file, number, reason, words)
        return refused if self.has_lines else replace(refused, line=None)

    def _room(self, section: Section, kept: list[tuple[str, int]]) -> Iterator[Item]:
        file = self.file
        path = [printable(words) for words in section.path]
        name = BETWEEN.join(_NUMBERED.sub("", words) for words in path)[-MOST_KEY_CHARACTERS:]
        shown = BETWEEN.join(path)
        self._n_seen[name] += 1
        ordinal = f" ({self._n_seen[name]})" if self._n_seen[name] > 1 else ""
        pages = [page for _text, page in kept if page]
        yield Room(
            key=f"{file.room_key}#{name}{ordinal}" if name or ordinal else file.room_key,
            title=f"{file.room_key}{_page_words(pages)}" + (f": {shown}{ordinal}" if shown else ""),
        )
        above = [self.title] if self.title and self.title not in path[:1] else []
        headings = BETWEEN.join([*above, *path]) or file.room_key
        ids = MessageIds()
        names = [ids.next_id("", text) for text in (headings, *(text for text, _ in kept))]
        edition = _edition(names)
        place = section.page or (pages[0] if pages else 0)
        for own, (text, page) in zip(names, [(headings, place), *kept], strict=True):
            yield Message(
                id=f"{own}.{edition}",
                speaker="",
                role="system",
                text=text,
                attachments=(f"{file.room_key}#page={page}",) if page else (),
            )


def _edition(names: list[str]) -> str:
    return blake2b("\n".join(names).encode(), digest_size=EDITION_BYTES).hexdigest()


def _page_words(pages: list[int]) -> str:
    if not pages:
        return ""
    first, last = min(pages), max(pages)
    return f", page {first}" if first == last else f", pages {first}–{last}"


def _at(reason: str, page: int) -> str:
    return f"page {page}: {reason}" if page else reason
