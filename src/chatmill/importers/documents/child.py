"""The process that reads one PDF or DOCX: bytes come in, JSON goes out."""

import contextlib
import io
import json
import logging
import sys
import warnings
from collections.abc import Iterator
from typing import Any

from chatmill.importers.documents.pages import body_size

MEMORY_BYTES = 4 << 30
"""Most address space, where the system can bound it."""
MAX_PAGES = 20_000
MAX_CHARACTERS = 50_000_000
LEAST_RULES = 4
"""Lines drawn on a page below which it has no table worth looking for."""
MAX_RULES = 4_000
"""And above which they are a drawing."""
_FIXED = ("courier", "mono", "consol", "menlo", "code", "typewriter", "고정폭")
_BOLD = ("bold", "black", "heavy", "semibold", "medi")


class Refused(Exception):  # noqa: N818 - told to the parent as a fault
    """The document cannot be used, in words for a person."""


def main() -> None:
    """Read standard input, write standard output.

    Readers of broken files raise whatever they meet; then there is no answer, and the parent says
    that the file is damaged.
    """
    _bound_memory()
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    data = sys.stdin.buffer.read()
    out = sys.stdout.buffer
    with contextlib.redirect_stdout(sys.stderr):
        try:
            answer = _pdf(data) if sys.argv[1] == "pdf" else _docx(data)
        except Refused as error:
            answer = {"fault": str(error)}
        except (MemoryError, RecursionError):
            answer = {"fault": "needs more memory than it may"}
    out.write(json.dumps(answer).encode("ascii"))


def _bound_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    _soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, hard))


def _docx(data: bytes) -> dict[str, Any]:
    from markitdown import StreamInfo
    from markitdown.converters import DocxConverter

    made = DocxConverter().convert(  # type: ignore[no-untyped-call]  # markitdown has few types
        io.BytesIO(data), StreamInfo(extension=".docx")
    )
    if len(made.markdown) > MAX_CHARACTERS:
        raise Refused(f"holds more than {MAX_CHARACTERS:,} characters")
    return {"title": made.title or "", "markdown": made.markdown}


def _pdf(data: bytes) -> dict[str, Any]:
    import pdfplumber
    from pdfminer.pdfdocument import PDFEncryptionError, PDFPasswordIncorrect
    from pdfplumber.utils.exceptions import PdfminerException

    try:
        book = pdfplumber.open(io.BytesIO(data), laparams={})
    except PdfminerException as error:
        is_locked = any(
            isinstance(e, (PDFPasswordIncorrect, PDFEncryptionError)) for e in error.args
        )
        raise Refused("locked with a password" if is_locked else "damaged: no PDF") from error
    with book:
        if len(book.pages) > MAX_PAGES:
            raise Refused(f"has more than {MAX_PAGES:,} pages")
        pages = []
        n_characters = 0
        for number, page in enumerate(book.pages, 1):
            rows = list(_rows(page))
            n_characters += sum(len(row[0]) for row in rows)
            if n_characters > MAX_CHARACTERS:
                raise Refused(f"holds more than {MAX_CHARACTERS:,} characters")
            pages.append({"number": number, "rows": rows, "has_picture": bool(page.images)})
            page.close()
        if not n_characters:
            has_picture = any(page["has_picture"] for page in pages)
            raise Refused("no text, only pictures (a scan)" if has_picture else "has no text")
        title = book.metadata.get("Title") or ""
    return {"title": title if isinstance(title, str) else "", "pages": pages}


Row = tuple[str, float, bool, bool, float, int, bool]
"""The fields of `pages.PageRow`."""


def _rows(page: Any) -> Iterator[Row]:  # noqa: ANN401 - a pdfplumber page
    """Yield the lines of a page in reading order, each table where its first line stood."""
    from pdfminer.layout import LTTextBox, LTTextLine

    height = float(page.height) or 1.0
    tables = _tables(page)
    done: set[int] = set()
    number = 0
    for box in page.layout:
        if not isinstance(box, LTTextBox):
            continue
        number += 1
        for line in box:
            if not isinstance(line, LTTextLine) or not line.get_text().strip():
                continue
            middle = ((line.x0 + line.x1) / 2, height - (line.y0 + line.y1) / 2)
            inside = next(
                (n for n, (bounds, _text) in enumerate(tables) if _in(middle, bounds)), -1
            )
            top = min(1.0, max(0.0, (height - line.y1) / height))
            if inside < 0:
                yield _row(line, top, number)
            elif inside not in done:
                done.add(inside)
                yield (tables[inside][1], 0.0, False, False, top, number, True)


def _row(line: Any, top: float, box: int) -> Row:  # noqa: ANN401 - a pdfminer line
    from pdfminer.layout import LTChar

    letters = [each for each in line if isinstance(each, LTChar)]
    fonts = [each.fontname.lower() for each in letters if not each.get_text().isspace()]
    n_bold = sum(any(word in font for word in _BOLD) for font in fonts)
    n_fixed = sum(any(word in font for word in _FIXED) for font in fonts)
    is_code = n_fixed > len(fonts) / 2
    text = line.get_text().replace("\0", "\ufffd").rstrip("\n")
    return (
        text.rstrip() if is_code else " ".join(text.split()),
        body_size([each.size for each in letters]),
        n_bold > len(fonts) / 2,
        is_code,
        top,
        box,
        False,
    )


Bounds = tuple[float, float, float, float]


def _tables(page: Any) -> list[tuple[Bounds, str]]:  # noqa: ANN401 - a pdfplumber page
    """Find tables with drawn lines, written between bars."""
    n_rules = len(page.lines) + len(page.rects)
    if not LEAST_RULES <= n_rules <= MAX_RULES:
        return []
    found: list[tuple[Bounds, str]] = []
    for table in page.find_tables():
        rows = [[" ".join((cell or "").split()) for cell in row] for row in table.extract()]
        rows = [row for row in rows if any(row)]
        if len(rows) < 2 or max(map(len, rows)) < 2:  # noqa: PLR2004 - a frame around a text
            continue
        lines = ["| " + " | ".join(c.replace("|", "\\|") for c in row) + " |" for row in rows]
        lines.insert(1, "|" + " --- |" * len(rows[0]))
        found.append((table.bbox, "\n".join(lines)))
    return found


def _in(point: tuple[float, float], bounds: Bounds) -> bool:
    x0, top, x1, bottom = bounds
    return x0 <= point[0] <= x1 and top <= point[1] <= bottom


if __name__ == "__main__":
    main()
