"""Line-precise rules for anybody's training file in the OpenAI chat format, streamed."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from chatmill.checks.training_rows import Unreadable, check_row, format_of, parse_line
from chatmill.checks.training_words import FileFinding, error, warning
from chatmill.errors import UnreadableFileError

__all__ = ["FileFinding", "check_lines", "check_training_file", "decoded", "unreadable"]

_BOM = b"\xef\xbb\xbf"
_EVIDENCE = 80
_DIGEST_BYTES = 8


def check_training_file(path: Path, *, max_example_tokens: int = 0) -> list[FileFinding]:
    """Check every line of a JSONL file; how many examples there should be is the caller's rule.

    Args:
        path: UTF-8, one `{"messages": […]}` a line; a byte order mark is allowed.
        max_example_tokens: Longest example the model takes, estimated; 0 is no limit.

    Raises:
        UnreadableFileError: The file is missing, or not UTF-8 text.
    """
    try:
        with path.open("rb") as lines:
            return list(check_lines(lines, str(path), max_example_tokens=max_example_tokens))
    except OSError as failed:
        raise unreadable(path, failed) from failed


def check_lines(
    lines: Iterable[bytes], where: str, *, max_example_tokens: int = 0
) -> Iterator[FileFinding]:
    """Check line after line, in memory of one line and eight bytes for each before it.

    A file in another known format is said so once, at the first such line.

    Args:
        lines: With their line ends, as a binary file gives them.
        where: Name of the file, for errors.
        max_example_tokens: Longest example the model takes, estimated; 0 is no limit.

    Raises:
        UnreadableFileError: The first line is not UTF-8 text.
    """
    seen: dict[bytes, int] = {}
    told: set[str] = set()
    for number, raw in enumerate(lines, start=1):
        line = decoded(raw, number, where)
        if line is None:
            yield error(number, "encoding", "", "is not UTF-8 text")
            continue
        if raw.endswith(b"\r\n") and "\r" not in told:
            told.add("\r")
            yield FileFinding(
                line=number,
                severity="info",
                field="",
                message="lines end with CR LF",
                kind="line_end",
            )
        if not line.strip():
            yield error(number, "empty_line", "", "is an empty line")
            continue
        row = parse_line(line)
        if isinstance(row, Unreadable):
            yield error(number, "json", "", row.why, line[:_EVIDENCE].rstrip())
            continue
        other = format_of(row)
        if other:
            if other not in told:
                told.add(other)
                yield error(number, "other_format", "", f"is {other}; such lines are not checked")
            continue
        key = hashlib.blake2b(line.strip().encode(), digest_size=_DIGEST_BYTES).digest()
        first = seen.setdefault(key, number)
        if first != number:
            yield warning(number, "duplicate", "", f"is the same as line {first}")
        yield from check_row(number, line, row, max_example_tokens)


def decoded(raw: bytes, number: int, where: str) -> str | None:
    """Return a line's text without byte order mark; None where it is not UTF-8.

    Raises:
        UnreadableFileError: It is the first line: the file is something else.
    """
    body = raw.removeprefix(_BOM) if number == 1 else raw
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as broken:
        if number == 1:
            raise UnreadableFileError(
                "not UTF-8 text", where=where, fix="Save it as UTF-8"
            ) from broken
        return None


def unreadable(path: Path, failed: OSError) -> UnreadableFileError:
    """Say why a file cannot be read."""
    return UnreadableFileError(
        f"cannot be read: {failed.strerror}", where=str(path), fix="Check the name"
    )
