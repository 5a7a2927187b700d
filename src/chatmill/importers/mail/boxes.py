"""Cuts a mailbox file into mails without holding more than one of them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

LONGEST_LINE = 1 << 16
"""Bytes of a line read at once; longer ones come in pieces."""
SEPARATOR = re.compile(
    rb"From \S.{0,200}\b\d{1,2}:\d{2}(?::\d{2})?\b.{0,40}\b\d{4}\b"
    rb"|From \S.{0,200}\b\d{4}\b.{0,40}\d:\d"
)
HEADER = re.compile(rb"[!-9;-~]{1,76}:(?=[ \t\r\n])|[!-9;-~]{1,76}:\S")
_ESCAPED = re.compile(rb">+From ")
_COUNT = re.compile(rb"\d{1,12}[ \t]*\r?\n")
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True, kw_only=True)
class RawMail:
    """One mail of a file, undecoded."""

    line: int
    """Line of the file it begins at, from 1."""
    data: bytes
    """From its first header on; only its beginning where it is too long."""
    is_too_long: bool = False


def raw_mails(stream: BinaryIO, max_bytes: int) -> Iterator[RawMail]:
    """Stream the mails of an mbox file, or the one mail a file holds.

    In an mbox a mail begins with a line `From ADDRESS DATE` that headers follow; a sentence that
    begins with "From" does not. One `>` of an escaped `>From` goes.

    Args:
        stream: From the first byte.
        max_bytes: Longest mail; of a longer one only the beginning comes.
    """
    lines = _numbered(stream)
    number, line = next(lines, (1, b""))
    line = line.removeprefix(_BOM)
    while line and not line.strip():
        number, line = next(lines, (number, b""))
    if _COUNT.fullmatch(line):  # Apple Mail writes the length before it, and a list behind it
        yield from _apple_mail(line, lines, max_bytes)
        return
    is_box = SEPARATOR.match(line) is not None
    mail = _Growing(number + is_box, max_bytes)
    if not is_box:
        mail.add(line)
    held: tuple[int, bytes] | None = None
    for number, line in lines:
        if held is not None:
            if HEADER.match(line):
                yield from mail.whole()
                mail = _Growing(number, max_bytes)
            else:
                mail.add(held[1])
            held = None
        if is_box and line.startswith(b"From ") and SEPARATOR.match(line):
            held = (number, line)
        elif is_box and line.startswith(b">") and _ESCAPED.match(line):
            mail.add(line[1:])
        else:
            mail.add(line)
    yield from mail.whole()


def _apple_mail(
    count: bytes, lines: Iterator[tuple[int, bytes]], max_bytes: int
) -> Iterator[RawMail]:
    left = int(count)
    mail = _Growing(2, max_bytes)
    for _, line in lines:
        if left <= 0:
            break
        mail.add(line[:left])
        left -= len(line)
    yield from mail.whole()


class _Growing:
    """A mail while its lines come in."""

    def __init__(self, line: int, max_bytes: int) -> None:
        self._line = line
        self._max_bytes = max_bytes
        self._n_bytes = 0
        self._lines: list[bytes] = []

    def add(self, line: bytes) -> None:
        self._n_bytes += len(line)
        if self._n_bytes <= self._max_bytes:
            self._lines.append(line)

    def whole(self) -> Iterator[RawMail]:
        data = b"".join(self._lines)
        if data.strip() or self._n_bytes > self._max_bytes:
            yield RawMail(line=self._line, data=data, is_too_long=self._n_bytes > self._max_bytes)


def _numbered(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    number, is_new = 0, True
    while line := stream.readline(LONGEST_LINE):
        number += is_new
        is_new = line.endswith(b"\n")
        yield number, line
