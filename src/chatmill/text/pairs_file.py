"""The text file a review can be done in with any editor: written and read back, no database.

A block an example, blocks apart by a blank line, notes begin with `#`. Inside a text a line that is
blank or begins with `#`, `Q)`, `A)`, `S)` or a backslash gets a backslash in front.
"""

import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chatmill.errors import ReviewFileError

EXPORT_AGAIN = "Export again: chatmill review --export FILE"

_FIRST = re.compile(r"^# chatmill pairs 1: export (\w+), (\d+) examples, decisions up to (\d+)$")
_IDS = re.compile(r"^# exported: (.*)$")
_END = re.compile(r"^# end of export (\w+)$")
_BLOCK = re.compile(r"^# (\S+)  (pending|kept|rejected)(?:  .*)?$")
_MARK = re.compile(r"^([SQA])\) ?")
_NEEDS_ESCAPE = re.compile(r"^(?:\s*$|#|\\|[SQA]\))")
_NO_CELL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_IDS_A_LINE = 6

HELP = {
    "en": (
        "What is left in this file is kept. Take it back with: chatmill review --apply FILE",
        "- Change any words after S), Q) or A): the example is kept as changed.",
        "- Delete a whole block, its # line too: the example is rejected.",
        "- Leave a block alone: the example is kept as it is.",
        "Lines that begin with # are notes. Blocks stand apart by a blank line. A line of a text",
        "that is empty or itself begins with # \\ Q) A) or S) has a \\ in front.",
        "Keep the first line and the lines at the end: they tell what was deleted.",
    ),
    "ko": (
        "이 파일에 남아 있는 것은 유지됩니다. 다시 가져오기: chatmill review --apply 파일",
        "- S) Q) A) 뒤의 글을 고치면: 고친 대로 유지됩니다.",
        "- 블록을 # 줄까지 통째로 지우면: 제외됩니다.",
        "- 그대로 두면: 그대로 유지됩니다.",
        "# 으로 시작하는 줄은 설명입니다. 블록 사이에는 빈 줄이 하나 있습니다. 글 속의 줄이 비어",
        "있거나 # \\ Q) A) S) 로 시작하면 그 앞에 \\ 를 붙입니다.",
        "첫 줄과 끝에 있는 줄들은 지우지 마십시오. 무엇을 지웠는지 그 줄들로 압니다.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnText:
    """The words of one turn, as a person wrote them."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PairBlock:
    """One example as it stands in the file."""

    example_id: str
    status: str
    system: str | None
    """None where the block has no S) line."""
    turns: tuple[TurnText, ...]
    notes: tuple[str, ...] = ()
    """What was found about it; ignored when read."""
    line: int = 0
    """Where the block begins in the file, from 1; 0 for one not read from a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PairsFile:
    """A whole review file."""

    export_id: str
    decisions_up_to: int
    """Newest decision in the log when it was written."""
    exported: tuple[str, ...]
    """Ids of all examples written, whether their blocks are still there or not."""
    blocks: tuple[PairBlock, ...]


def write_pairs(pairs: PairsFile, *, language: str = "en") -> str:
    """Return the file's text, its lines ended with line feeds.

    Args:
        pairs: What to write.
        language: Of the explanation at the top, `en` or `ko`.
    """
    n_examples = len(pairs.exported)
    what = f"export {pairs.export_id}, {n_examples} examples"
    lines = [
        f"# chatmill pairs 1: {what}, decisions up to {pairs.decisions_up_to}",
        "#",
        *(f"# {line}" for line in HELP.get(language, HELP["en"])),
    ]
    for block in pairs.blocks:
        lines += ["", *_block_lines(block)]
    lines.append("")
    lines += [
        f"# exported: {' '.join(pairs.exported[start : start + _IDS_A_LINE])}"
        for start in range(0, n_examples, _IDS_A_LINE)
    ]
    lines += [f"# end of export {pairs.export_id}", ""]
    return "\n".join(lines)


def read_pairs(text: str, *, where: str) -> PairsFile:
    """Read a file that `write_pairs` made and somebody edited.

    Args:
        text: The file's text; any line ends.
        where: Its name, for errors.

    Raises:
        ReviewFileError: It is another file, cut off, or a block is broken; names the line.
    """
    lines = plain(text).split("\n")
    first = _FIRST.match(lines[0])
    if first is None:
        raise ReviewFileError(
            "not a file written by chatmill review --export", where=f"{where} line 1"
        )
    end = _end_line(lines, first[1], where)
    exported = tuple(
        each for line in lines[:end] if (ids := _IDS.match(line)) for each in ids[1].split()
    )
    if len(exported) != int(first[2]) or len(set(exported)) != len(exported):
        raise ReviewFileError(
            f"the list of exported examples is damaged: {len(exported)} ids, {first[2]} expected",
            where=where,
            fix=EXPORT_AGAIN,
        )
    reader = _BlockReader(set(exported), where)
    return PairsFile(
        export_id=first[1],
        decisions_up_to=int(first[3]),
        exported=exported,
        blocks=tuple(reader.read(lines, end)),
    )


def is_pairs_file(text: str) -> bool:
    """Tell whether a text begins as a file that `write_pairs` made."""
    return _FIRST.match(plain(text).split("\n", 1)[0]) is not None


def decode(raw: bytes, *, where: str) -> tuple[str, str]:
    """Return the file's text and the encoding it was saved in.

    Raises:
        ReviewFileError: No encoding an editor saves in fits.
    """
    is_utf16 = raw.startswith((BOM_UTF16_LE, BOM_UTF16_BE))
    for encoding in ["utf-16"] if is_utf16 else ["utf-8-sig", "cp949"]:
        try:
            return raw.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    raise ReviewFileError("neither UTF-8 nor CP949 text", where=where, fix="Save it as UTF-8")


def plain(text: str) -> str:
    """Drop what editors change by themselves: kinds of line ends, and white space before them."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines)


def same_words(written: str, stored: str, *, encoding: str) -> bool:
    """Tell whether a text in the file is the stored one, but for what saving it changed."""
    if plain(written) == plain(stored):
        return True
    if encoding == "xlsx":
        return plain(written) == plain(cell_text(stored))
    if encoding != "cp949" or fits(stored, encoding):
        return False
    return plain(written) == plain(stored.encode("cp949", "replace").decode("cp949"))


def cell_text(text: str) -> str:
    """Return a text as a cell of a workbook can hold it: without control characters."""
    return _NO_CELL.sub("", text)


def fits(text: str, encoding: str) -> bool:
    """Tell whether an encoding can hold a text."""
    if encoding == "xlsx":
        return cell_text(text) == text
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _block_lines(block: PairBlock) -> Iterator[str]:
    notes = [" ".join(note.split()) for note in block.notes]
    yield f"# {block.example_id}  {block.status}" + (f"  {notes[0]}" if notes else "")
    yield from (f"#     {note}" for note in notes[1:])
    if block.system is not None:
        yield from _marked("S", block.system)
    for turn in block.turns:
        yield from _marked("Q", turn.question)
        yield from _marked("A", turn.answer)


def _marked(mark: str, text: str) -> Iterator[str]:
    first, *rest = plain(text).split("\n")
    yield f"{mark}) {first}"
    yield from (f"\\{line}" if _NEEDS_ESCAPE.match(line) else line for line in rest)


def _end_line(lines: Sequence[str], export_id: str, where: str) -> int:
    """Return the index of the end marker."""
    ends = [at for at, line in enumerate(lines) if _END.match(line)]
    if not ends:
        raise ReviewFileError(
            "the last line of the export is missing, so the file may be cut off",
            where=where,
            fix=f"Put back its last line: # end of export {export_id}",
        )
    end = ends[0]
    if len(ends) > 1 or lines[end] != f"# end of export {export_id}":
        raise ReviewFileError("holds the end of another export", where=f"{where} line {end + 1}")
    for at in range(end + 1, len(lines)):
        if lines[at]:
            raise ReviewFileError("words after the end", where=f"{where} line {at + 1}")
    return end


class _BlockReader:
    """Reads blocks line by line and remembers where it is."""

    def __init__(self, exported: set[str], where: str) -> None:
        self._exported = exported
        self._where = where
        self._begun: set[str] = set()

    def read(self, lines: Sequence[str], end: int) -> Iterator[PairBlock]:
        block: _OpenBlock | None = None
        for at, line in enumerate(lines[:end], 1):
            header = _BLOCK.match(line) if at > 1 else None
            if header or not line:
                if block is not None:
                    yield block.close()
                block = self._open(header[1], header[2], at) if header else None
            elif line.startswith("#"):
                continue
            elif block is None:
                raise ReviewFileError(
                    "words that belong to no example",
                    where=f"{self._where} line {at}",
                    fix="An empty line inside a text needs a \\ in it; each block needs its # line",
                )
            else:
                block.add(line, at)
        if block is not None:
            yield block.close()

    def _open(self, example_id: str, status: str, line: int) -> "_OpenBlock":
        where = f"{self._where} line {line}"
        if example_id not in self._exported:
            raise ReviewFileError(f"{example_id} was not exported to this file", where=where)
        if example_id in self._begun:
            raise ReviewFileError(f"{example_id} stands here twice", where=where)
        self._begun.add(example_id)
        return _OpenBlock(example_id, status, line, self._where)


class _OpenBlock:
    """A block while it is read."""

    def __init__(self, example_id: str, status: str, line: int, where: str) -> None:
        self._example_id = example_id
        self._status = status
        self._line = line
        self._where = where
        self._fields: list[tuple[str, list[str]]] = []

    def add(self, line: str, at: int) -> None:
        mark = _MARK.match(line)
        if mark:
            self._begin(mark[1], line[mark.end() :], at)
        elif not self._fields:
            raise self._error("words before S), Q) or A)", at)
        else:
            self._fields[-1][1].append(line.removeprefix("\\"))

    def close(self) -> PairBlock:
        if not self._fields:
            raise self._error(
                f"{self._example_id} has no text", self._line, "Delete its # line too to reject it"
            )
        if self._fields[-1][0] != "A":
            raise self._error(f"{self._example_id} ends without an A)", self._line)
        texts = [(mark, "\n".join(lines)) for mark, lines in self._fields]
        system = texts.pop(0)[1] if texts[0][0] == "S" else None
        turns = tuple(
            TurnText(question=texts[at][1], answer=texts[at + 1][1])
            for at in range(0, len(texts), 2)
        )
        return PairBlock(
            example_id=self._example_id,
            status=self._status,
            system=system,
            turns=turns,
            line=self._line,
        )

    def _begin(self, mark: str, text: str, at: int) -> None:
        last = self._fields[-1][0] if self._fields else ""
        if mark == "S" and last:
            raise self._error("S) must stand first in its block", at)
        if mark == "Q" and last == "Q":
            raise self._error("Q) follows Q): the answer is missing", at)
        if mark == "A" and last != "Q":
            raise self._error("A) without a Q) before it", at)
        self._fields.append((mark, [text]))

    def _error(self, what: str, line: int, fix: str = "") -> ReviewFileError:
        return ReviewFileError(what, where=f"{self._where} line {line}", fix=fix)
