"""The same review file as a workbook: a row a turn, in any program that opens XLSX.

A second sheet, hidden, says what was exported, so that a deleted row is told from one never there.
"""

import zipfile
from io import BytesIO
from typing import Any
from xml.etree.ElementTree import ParseError

from chatmill.errors import ReviewFileError
from chatmill.text.pairs_file import EXPORT_AGAIN, PairBlock, PairsFile, TurnText, cell_text

MAGIC = b"PK\x03\x04"
ENCODING = "xlsx"
PAIRS, ABOUT = "pairs", "chatmill"
FIRST = "chatmill pairs 1"
HEADINGS = ("id", "status", "S", "Q", "A", "notes")
WIDTHS = (20, 10, 40, 60, 80, 60)
MOST_CHARACTERS = 32_767
"""Of a cell, by the format."""
MOST_BYTES = 1 << 30
"""Unpacked."""
_REFUSALS = (
    *(zipfile.BadZipFile, ParseError, OSError, EOFError, NotImplementedError),
    *(ValueError, TypeError, LookupError, AttributeError),
)
"""What openpyxl answers to a workbook that is none."""


def is_sheet(raw: bytes) -> bool:
    """Tell whether a file begins as a workbook does."""
    return raw.startswith(MAGIC)


def write_sheet(pairs: PairsFile) -> bytes:
    """Return the workbook's bytes.

    Raises:
        ReviewFileError: A text is too long for a cell.
    """
    import openpyxl
    from openpyxl.styles import Alignment, Font

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = PAIRS
    sheet.append(HEADINGS)
    sheet.freeze_panes = "A2"
    for at, width in enumerate(WIDTHS):
        head = sheet.cell(row=1, column=at + 1)
        head.font = Font(bold=True)
        sheet.column_dimensions[head.column_letter].width = width
    row = 1
    for block in pairs.blocks:
        for at, turn in enumerate(block.turns):
            row += 1
            first = (block.system or "", "\n".join(block.notes)) if at == 0 else ("", "")
            texts = (block.example_id, block.status, first[0], turn.question, turn.answer, first[1])
            for column, text in enumerate(texts):
                cell = sheet.cell(row=row, column=column + 1)
                cell.value = _fitting(text, block.example_id)
                cell.data_type = "s"  # words that begin with = are no formula
                cell.alignment = Alignment(wrap_text=True, vertical="top")
    about = book.create_sheet(ABOUT)
    about.sheet_state = "hidden"
    for text in (FIRST, pairs.export_id, str(pairs.decisions_up_to), *pairs.exported):
        about.append((text,))
    written = BytesIO()
    book.save(written)
    return written.getvalue()


def read_sheet(raw: bytes, *, where: str) -> PairsFile:
    """Read a workbook that `write_sheet` made and somebody edited.

    Args:
        raw: The file.
        where: Its name, for errors.

    Raises:
        ReviewFileError: It is another file, or a row belongs to nothing; names the row.
    """
    cells, about = _sheets(raw, where)
    if len(about) < len(("first", "export", "decisions")) or about[0] != FIRST:
        raise ReviewFileError(
            "not a workbook written by chatmill review --export", where=where, fix=EXPORT_AGAIN
        )
    exported = tuple(about[3:])
    if not about[2].isdecimal() or len(set(exported)) != len(exported):
        raise ReviewFileError("its hidden sheet is damaged", where=where, fix=EXPORT_AGAIN)
    if not cells or tuple(cells[0][: len(HEADINGS)]) != HEADINGS:
        raise ReviewFileError(
            f"the first row is not {', '.join(HEADINGS)}",
            where=f"{where} row 1",
            fix="Put the columns back as they were",
        )
    return PairsFile(
        export_id=about[1],
        decisions_up_to=int(about[2]),
        exported=exported,
        blocks=_blocks(cells, set(exported), where),
    )


def _blocks(cells: list[list[str]], exported: set[str], where: str) -> tuple[PairBlock, ...]:
    begun: dict[str, tuple[int, str, str]] = {}
    turns: dict[str, list[TurnText]] = {}
    for number, row in enumerate(cells[1:], 2):
        example_id, status, system, question, answer = row[:5]
        if not any(row[:5]):
            continue
        if example_id not in exported:
            raise ReviewFileError(
                f"no example {example_id[:40]!r} was exported here",
                where=f"{where} row {number}",
                fix="Leave the ids as they are, and add no rows",
            )
        begun.setdefault(example_id, (number, status, system))
        turns.setdefault(example_id, []).append(TurnText(question=question, answer=answer))
    return tuple(
        PairBlock(
            example_id=each,
            status=status,
            system=system or None,
            turns=tuple(turns[each]),
            line=number,
        )
        for each, (number, status, system) in begun.items()
    )


def _sheets(raw: bytes, where: str) -> tuple[list[list[str]], list[str]]:
    import openpyxl

    try:
        with zipfile.ZipFile(BytesIO(raw)) as parts:
            if sum(each.file_size for each in parts.infolist()) > MOST_BYTES:
                raise ReviewFileError("unpacks to more than a review file can hold", where=where)
        book = openpyxl.load_workbook(BytesIO(raw), data_only=True, keep_links=False)
        cells = [_texts(row) for row in book[PAIRS].iter_rows(max_col=len(HEADINGS))]
        about = [_texts(row)[0] for row in book[ABOUT].iter_rows(max_col=1)]
    except _REFUSALS as error:
        raise ReviewFileError(
            "not a workbook written by chatmill review --export", where=where, fix=EXPORT_AGAIN
        ) from error
    return cells, [each for each in about if each]


def _texts(row: tuple[Any, ...]) -> list[str]:
    return [_text(cell.value) for cell in row]


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _fitting(text: str, example_id: str) -> str:
    if len(text) > MOST_CHARACTERS:
        raise ReviewFileError(
            f"a text has {len(text):,} characters, a cell holds {MOST_CHARACTERS:,}",
            where=example_id,
            fix="Export as text instead: FILE.txt",
        )
    return cell_text(text)
