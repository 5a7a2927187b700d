"""Convert: a hand-edited `Q) … A) …` text becomes training objects; no project, no model."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chatmill.errors import ReviewFileError, StorageError, UsageError
from chatmill.extractors.summary import products_of_example, system_line
from chatmill.importers.base import ExportFile, Room
from chatmill.importers.decoding import open_text
from chatmill.importers.qa import QaImporter
from chatmill.records import Rejection
from chatmill.store.datasets import chat_object
from chatmill.text.language import detect_language
from chatmill.text.pairs_file import decode, is_pairs_file, read_pairs


@dataclass(slots=True)
class _Block:
    """One conversation of the text while it is read."""

    name: str
    system: str = ""
    questions: list[str] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)


def convert(
    source: Path, output: Path | None = None, *, system: str = "", products: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """Turn a text into objects of OpenAI's chat training format.

    Args:
        source: `Q)` and `A)` lines, a blank line before a `Q)` begins another object; or a file of
            `chatmill review --export`.
        output: JSONL to write, all of it or nothing; None writes nothing.
        system: System line of blocks without an `S)` of their own; made from the block's products
            when empty.
        products: Their names; what looks like a part number when empty.

    Returns:
        One object a block, letters and case as in the text.

    Raises:
        InputError: The text cannot be read.
        UsageError: The output is the source.
        ReviewFileError: A question has no answer, or a line belongs to nothing; names the place.
        StorageError: The output cannot be written.
    """
    if output is not None and output.resolve() == source.resolve():
        raise UsageError("would overwrite its own source", where=str(output), fix="Name another -o")
    file = open_text(source)
    blocks = _exported_blocks(source) if is_pairs_file(file.head) else _blocks(source, file)
    objects = [_chat_object(block, system, products) for block in blocks]
    if not objects:
        raise ReviewFileError(
            "no Q) and A) in it",
            where=str(source),
            fix="Write Q) before a question, A) before an answer",
        )
    if output is not None:
        _write(output, objects)
    return objects


def _exported_blocks(source: Path) -> Iterator[_Block]:
    """Read a file of `chatmill review --export`."""
    text, _encoding = decode(source.read_bytes(), where=str(source))
    for pair in read_pairs(text, where=str(source)).blocks:
        yield _Block(
            name=pair.example_id,
            system=pair.system or "",
            questions=[turn.question for turn in pair.turns],
            answers=[turn.answer for turn in pair.turns],
        )


def _blocks(source: Path, file: ExportFile) -> Iterator[_Block]:
    block: _Block | None = None
    for item in QaImporter().read(file):
        if isinstance(item, Rejection):
            raise ReviewFileError(item.reason, where=f"{source} line {item.line}")
        if isinstance(item, Room):
            if block is not None:
                yield _complete(block, source)
            block = _Block(name=item.title)
        elif block is not None:
            _add(block, item.role, item.text, source)
    if block is not None:
        yield _complete(block, source)


def _add(block: _Block, role: str, text: str, source: Path) -> None:
    if not text.strip():
        raise ReviewFileError("a mark without words", where=f"{source}: {block.name}")
    if role == "system":
        if block.system or block.questions:
            raise ReviewFileError(
                "S) must stand once, before the first Q)", where=f"{source}: {text}"
            )
        block.system = text
    elif role == "customer":
        if len(block.questions) > len(block.answers):
            block.questions[-1] += f"\n{text}"
        else:
            block.questions.append(text)
    elif not block.questions:
        raise ReviewFileError("an answer without a question", where=f"{source}: {text[:40]}")
    elif len(block.answers) == len(block.questions):
        block.answers[-1] += f"\n{text}"
    else:
        block.answers.append(text)


def _complete(block: _Block, source: Path) -> _Block:
    if not block.questions:
        raise ReviewFileError(
            "an S) without a Q) below it",
            where=f"{source}: {block.system[:40]}",
            fix="Leave no blank line between S) and its Q)",
        )
    if len(block.answers) < len(block.questions):
        raise ReviewFileError(
            "a question without an answer",
            where=f"{source}: {block.questions[-1][:40]}",
            fix="Write A) and the answer below it, or delete the question",
        )
    return block


def _chat_object(block: _Block, system: str, products: Sequence[str]) -> dict[str, Any]:
    turns = list(zip(block.questions, block.answers, strict=True))
    texts = [text for turn in turns for text in turn]
    line = (
        block.system
        or system
        or system_line(
            block.questions,
            block.answers,
            products=products_of_example(texts, (), products),
            language=detect_language("\n".join(texts)),
        )
    )
    return chat_object(line, turns)


def _write(output: Path, objects: list[dict[str, Any]]) -> None:
    lines = "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in objects)
    scratch = output.with_name(f".{output.name}.writing")
    try:
        scratch.write_text(lines, encoding="utf-8")
        scratch.replace(output)
    except OSError as error:
        scratch.unlink(missing_ok=True)
        raise StorageError(f"cannot be written: {error.strerror}", where=str(output)) from error
