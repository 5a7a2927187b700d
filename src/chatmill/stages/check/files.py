"""Checks training files of anybody, without a project; repairs what is safe."""

import contextlib
import os
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from chatmill.checks.training_file import check_lines, unreadable
from chatmill.checks.training_repair import Repair, repair_line
from chatmill.checks.training_words import FileFinding
from chatmill.errors import StorageError, UsageError
from chatmill.models.progress import Progress, no_progress
from chatmill.records import Severity

STDIN = Path("-")
REPORT_LINES = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class FileCheck:
    """What stands in one training file."""

    file: str
    n_lines: int
    counts: dict[tuple[Severity, str], int]
    """Severity and kind → findings."""
    shown: tuple[FileFinding, ...]
    """The first findings of each kind, in the order of the file."""

    @property
    def n_errors(self) -> int:
        """Findings a server refuses the file for, or that would train on something wrong."""
        return sum(n for (severity, _), n in self.counts.items() if severity == "error")


@dataclass(slots=True)
class _Counted:
    """Lines that are counted while somebody reads them."""

    lines: BinaryIO
    progress: Progress
    total: int
    n_lines: int = 0
    n_bytes: int = 0

    def __iter__(self) -> Iterator[bytes]:
        for line in self.lines:
            self.n_lines += 1
            self.n_bytes += len(line)
            if self.n_lines % REPORT_LINES == 0:
                self.progress("checking", self.n_bytes, self.total)
            yield line
        if self.total:
            self.progress("checking", self.total, self.total)


def check_file(
    path: Path,
    *,
    max_example_tokens: int = 0,
    first: int = 5,
    progress: Progress | None = None,
) -> FileCheck:
    """Check one file line after line; a file of any size takes the memory of its longest line.

    Args:
        path: JSONL; `-` is standard input.
        max_example_tokens: Longest example the model takes, estimated; 0 is no limit.
        first: Findings kept of each kind; 0 keeps all.
        progress: Told the bytes that are done.

    Raises:
        UnreadableFileError: The file is missing, or not UTF-8 text.
    """
    counts: Counter[tuple[Severity, str]] = Counter()
    shown: list[FileFinding] = []
    with _opened(path) as lines:
        total = 0 if path == STDIN else path.stat().st_size
        counted = _Counted(lines, progress or no_progress, total)
        found = check_lines(counted, str(path), max_example_tokens=max_example_tokens)
        for each in found:
            key = (each.severity, each.kind)
            counts[key] += 1
            if not first or counts[key] <= first:
                shown.append(each)
    return FileCheck(
        file=str(path), n_lines=counted.n_lines, counts=dict(counts), shown=tuple(shown)
    )


def fix_file(path: Path, out: Path | None = None) -> tuple[Path, list[Repair]]:
    """Write a repaired copy of a file; the file itself stays as it is.

    Args:
        path: JSONL.
        out: Where to; `NAME.fixed.jsonl` beside it when None.

    Returns:
        Where it was written, and every repair in the order of the file.

    Raises:
        UnreadableFileError: The file is missing, or not UTF-8 text.
        UsageError: It would be written over itself, or comes from standard input.
        StorageError: The copy cannot be written.
    """
    if path == STDIN:
        raise UsageError("standard input has no name to fix", fix="Name a file")
    target = out or path.with_name(f"{path.stem}.fixed.jsonl")
    if target.resolve() == path.resolve():
        raise UsageError(f"{target} would be written over itself", fix="Choose another -o")
    repairs: list[Repair] = []
    partly = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with _opened(path) as lines, partly.open("wb") as written:
            for number, raw in enumerate(lines, start=1):
                line, done = repair_line(number, raw, str(path))
                written.write(line)
                repairs += done
        partly.replace(target)
    except OSError as failed:
        raise StorageError(f"cannot be written: {failed.strerror}", where=str(target)) from failed
    finally:
        partly.unlink(missing_ok=True)
    return target, repairs


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    if path == STDIN:
        yield sys.stdin.buffer
        return
    try:
        with path.open("rb") as lines:
            yield lines
    except (IsADirectoryError, FileNotFoundError, PermissionError) as failed:
        raise unreadable(path, failed) from failed
