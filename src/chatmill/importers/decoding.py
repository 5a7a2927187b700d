"""Finds out how a file is encoded, refuses what is no text, and streams its lines."""

import codecs
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import TextIO

from chatmill.errors import LimitError, UnreadableFileError
from chatmill.importers.base import TextFile
from chatmill.settings import ImportSettings

CHUNK_BYTES = 1 << 20
"""Read at once while a file is looked at."""
START_BYTES = 1 << 16
"""Looked at for marks of binary files, and to guess rare encodings."""
BAD_SHARE = 0.02
"""Most bad characters, as a share of those beyond ASCII, up to which a codec is believed."""
CONTROL_SHARE = 0.02
"""Most control characters in the start of a text."""
HANGUL_SHARE = 0.3
"""Least Hangul among the characters beyond ASCII of a CP949 file."""
COMMON_GUESS = "cp1252"
"""Of several old encodings that fit, the one most files have."""
UNDECODABLE = "\udcff"
"""Stands for bytes that are not of the file's encoding; no text holds it."""
MARKING = "chatmill-mark"
"""Name of the codec error handler that puts `UNDECODABLE` in place of bad bytes."""

BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
MAGIC = (
    (b"PK\x03\x04", "a ZIP archive or office file"),
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"PAR1", "a Parquet file"),
    (b"SQLite format 3\0", "a database"),
)
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_HANGUL = re.compile(r"[\uac00-\ud7a3]")
_LONE_SURROGATES = re.compile(r"[\ud800-\udfff]")


def open_text(
    path: Path, name: str = "", *, room_key: str = "", limits: ImportSettings | None = None
) -> TextFile:
    """Look at a file and tell how to read it.

    Args:
        path: Where it lies.
        name: What to call it in messages; its path when empty.
        room_key: What to call its conversation where the content does not say; its file name
            when empty.
        limits: What counts as too large; the defaults when None.

    Raises:
        UnreadableFileError: It is missing, empty, binary, or in an encoding nobody can tell.
        LimitError: It is larger than `[import] max_file_bytes`.
    """
    limits = limits or ImportSettings()
    name = name or str(path)
    start = _start(path, name, limits)
    encoding = _encoding(path, name, start)
    file = TextFile(
        path=path,
        name=name,
        room_key=room_key or path.name,
        encoding=encoding,
        head="",
        limits=limits,
    )
    with _opened(file) as stream:
        head = stream.read(limits.sniff_characters)
    if not head.strip():
        raise UnreadableFileError("the file is empty", where=name, fix="Export it again")
    return replace(file, head=head)


def decoded_lines(file: TextFile) -> Iterator[str]:
    """Stream a file's lines with their own line ends, bad bytes as `UNDECODABLE`.

    Raises:
        LimitError: A line is longer than `[import] max_line_characters`.
        UnreadableFileError: The file went away.
    """
    longest = file.limits.max_line_characters
    number = 0
    with _opened(file) as stream:
        while line := stream.readline(longest):
            number += 1
            if len(line) == longest and not line.endswith(("\n", "\r")):
                raise LimitError(
                    f"line {number} is longer than {longest:,} characters",
                    where=file.name,
                    fix="Check that this is a chat export, or raise [import] max_line_characters",
                )
            yield line


def is_damaged(text: str) -> bool:
    """Say whether a text holds bytes that did not decode, or half a character."""
    return _LONE_SURROGATES.search(text) is not None


def printable(text: str) -> str:
    """Return a text that any file and database takes: half characters and NUL become U+FFFD."""
    return _LONE_SURROGATES.sub("\ufffd", text).replace("\0", "\ufffd")


def file_sha256(path: Path, name: str) -> str:
    """Return the checksum of a file's bytes, in hexadecimal.

    Raises:
        UnreadableFileError: It cannot be read.
    """
    digest = sha256()
    for chunk in _chunks(path, name):
        digest.update(chunk)
    return digest.hexdigest()


def ends_inside_line(path: Path) -> bool:
    """Say whether the last line of a file has no line end, as in a download that was cut off."""
    with _reading(str(path)), path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - 4))
        last = stream.read().replace(b"\0", b"")
    return not last.endswith((b"\n", b"\r"))


def _mark_undecodable(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return UNDECODABLE, error.end


codecs.register_error(MARKING, _mark_undecodable)


@contextmanager
def _opened(file: TextFile) -> Iterator[TextIO]:
    with (
        _reading(file.name),
        file.path.open(encoding=file.encoding, errors=MARKING, newline="") as stream,
    ):
        yield stream


@contextmanager
def _reading(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UnreadableFileError(
            f"cannot be read: {error.strerror or error}", where=name, fix="Check path and rights"
        ) from error


def _chunks(path: Path, name: str) -> Iterator[bytes]:
    with _reading(name), path.open("rb") as stream:
        while chunk := stream.read(CHUNK_BYTES):
            yield chunk


def _start(path: Path, name: str, limits: ImportSettings) -> bytes:
    """Read the first bytes of a file that may be read at all."""
    with _reading(name):
        size = path.stat().st_size
        if not path.is_file():
            raise UnreadableFileError("is no file", where=name)
        if size == 0:
            raise UnreadableFileError("the file is empty", where=name, fix="Export it again")
        if size > limits.max_file_bytes:
            raise LimitError(
                f"{size:,} bytes are more than {limits.max_file_bytes:,}",
                where=name,
                fix="Split it, or raise [import] max_file_bytes",
            )
        with path.open("rb") as stream:
            return stream.read(START_BYTES)


def _encoding(path: Path, name: str, start: bytes) -> str:
    for bom, encoding in BOMS:
        if start.startswith(bom):
            return encoding
    _refuse_archives(name, start)
    if b"\0" in start:
        return _utf16_without_bom(name, start)
    if len(_CONTROLS.findall(start.decode("latin-1"))) > CONTROL_SHARE * len(start):
        raise _not_text(name, "a binary file")
    if _is_utf8(path, name):
        return "utf-8"
    for fit in (_fit(path, name, "utf-8"), _fit(path, name, "cp949")):
        if fit.is_good:
            return fit.encoding
    guess = _guess(start)
    if guess is not None and _fit(path, name, guess).is_good:
        return guess
    raise UnreadableFileError(
        "its encoding cannot be told", where=name, fix="Save it as UTF-8 and import it again"
    )


def _refuse_archives(name: str, start: bytes) -> None:
    for magic, what in MAGIC:
        if start.startswith(magic):
            raise _not_text(name, what)


def _not_text(name: str, what: str) -> UnreadableFileError:
    return UnreadableFileError(
        f"{what}, not a text export", where=name, fix="Export the chat as text or JSON"
    )


def _utf16_without_bom(name: str, start: bytes) -> str:
    """Tell the byte order by the side most zero bytes of line ends and spaces stand on."""
    even, odd = start[::2].count(0), start[1::2].count(0)
    encoding = "utf-16-le" if odd > even else "utf-16-be"
    text = start.decode(encoding, "replace")
    is_text = "\ufffd" not in text[:-1] and "\n" in text
    if is_text and len(_CONTROLS.findall(text)) <= CONTROL_SHARE * len(text):
        return encoding
    raise _not_text(name, "a binary file")


def _is_utf8(path: Path, name: str) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    try:
        for chunk in _chunks(path, name):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


@dataclass(slots=True)
class _Fit:
    """How well a codec fits a whole file."""

    encoding: str
    n_beyond_ascii: int = 0
    n_bad: int = 0
    n_hangul: int = 0

    @property
    def is_good(self) -> bool:
        """Nearly everything decodes, and CP949 to Korean rather than to rare signs.

        One bad character is forgiven in any text: a file that was cut off ends in half of one.
        """
        n_read = self.n_beyond_ascii - self.n_bad
        if self.encoding == "cp949" and self.n_hangul < HANGUL_SHARE * n_read:
            return False
        return n_read > 0 and self.n_bad <= max(1, BAD_SHARE * n_read)


def _fit(path: Path, name: str, encoding: str) -> _Fit:
    decoder = codecs.getincrementaldecoder(encoding)(MARKING)
    fit = _Fit(encoding)
    for chunk in chain(_chunks(path, name), (b"",)):
        text = decoder.decode(chunk, final=not chunk)
        fit.n_beyond_ascii += len(_BEYOND_ASCII.findall(text))
        fit.n_bad += text.count(UNDECODABLE)
        fit.n_hangul += len(_HANGUL.findall(text))
    return fit


def _guess(start: bytes) -> str | None:
    from charset_normalizer import from_bytes

    guesses = [match.encoding for match in from_bytes(start)]
    if COMMON_GUESS in guesses:  # its rare neighbours differ in a few letters and fit as well
        return COMMON_GUESS
    return guesses[0] if guesses else None
