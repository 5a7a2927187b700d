"""Finds out how a file is encoded, refuses what is no text, and streams its lines."""

import codecs
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from io import TextIOWrapper
from itertools import chain
from pathlib import Path
from typing import BinaryIO, TextIO

from chatmill.errors import LimitError, UnreadableFileError
from chatmill.importers.base import ByteSource, ExportFile
from chatmill.importers.sources import LocalFile
from chatmill.settings import ImportSettings

CHUNK_BYTES = 1 << 20
"""Read at once while a file is looked at."""
LINE_END_BYTES = 4
"""Of the longest line end, UTF-32's."""
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
_MAIL = re.compile(rb"From \S|[A-Za-z][A-Za-z-]{1,60}:[ \t]")
_MAIL_HEADER = re.compile(rb"^(?:Message-ID|MIME-Version|Received):", re.IGNORECASE | re.MULTILINE)
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_HANGUL = re.compile(r"[\uac00-\ud7a3]")
_LONE_SURROGATES = re.compile(r"[\ud800-\udfff]")


def look_at(
    source: ByteSource, name: str, *, room_key: str, settings: ImportSettings | None = None
) -> ExportFile:
    """Look at a file, wherever it lies, and tell how to read it.

    Args:
        source: Its bytes.
        name: What to call it in messages.
        room_key: What to call its conversation where the content does not say.
        settings: What counts as too large; the defaults when None.

    Raises:
        UnreadableFileError: It is missing, empty, or in an encoding nobody can tell.
        LimitError: It is larger than `[import] max_file_bytes`.
    """
    settings = settings or ImportSettings()
    start = _start(source, name, settings)
    binary_kind = _binary_kind(start)
    file = ExportFile(
        source=source,
        name=name,
        room_key=room_key,
        encoding="" if binary_kind else _encoding(source, name, start),
        head="",
        start=start,
        binary_kind=binary_kind,
        settings=settings,
    )
    if binary_kind:
        return file
    with _opened(file) as stream:
        head = stream.read(settings.sniff_characters)
    if not head.strip():
        raise UnreadableFileError("the file is empty", where=name, fix="Export it again")
    return replace(file, head=head)


def open_text(
    path: Path, name: str = "", *, room_key: str = "", settings: ImportSettings | None = None
) -> ExportFile:
    """Look at a file on disk that must be text.

    Args:
        path: Where it lies.
        name: What to call it in messages; its path when empty.
        room_key: What to call its conversation where the content does not say; its file name
            when empty.
        settings: What counts as too large; the defaults when None.

    Raises:
        UnreadableFileError: It is missing, empty, binary, or in an encoding nobody can tell.
        LimitError: It is larger than `[import] max_file_bytes`.
    """
    file = look_at(
        LocalFile(path), name or str(path), room_key=room_key or path.name, settings=settings
    )
    require_text(file)
    return file


def require_text(file: ExportFile) -> None:
    """Refuse a binary file.

    Raises:
        UnreadableFileError: It is one; says what it seems to be.
    """
    if file.binary_kind:
        raise UnreadableFileError(
            f"{file.binary_kind}, not a text export",
            where=file.name,
            fix="Export the chat as text or JSON",
        )


def decoded_stream(file: ExportFile) -> TextIO:
    """Open a file as text, line ends as they came, bad bytes as `UNDECODABLE`.

    Raises:
        UnreadableFileError: It is binary, or cannot be read.
    """
    require_text(file)
    return TextIOWrapper(byte_stream(file), encoding=file.encoding, errors=MARKING, newline="")


def byte_stream(file: ExportFile) -> BinaryIO:
    """Open a file as bytes.

    Raises:
        UnreadableFileError: It cannot be read.
    """
    with _reading(file.name):
        return file.source.open()


def decoded_lines(file: ExportFile) -> Iterator[str]:
    """Stream a file's lines with their own line ends, bad bytes as `UNDECODABLE`.

    Raises:
        LimitError: A line is longer than `[import] max_line_characters`.
        UnreadableFileError: The file went away.
    """
    longest = file.settings.max_line_characters
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
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def printable(text: str) -> str:
    """Return a text that any file and database takes: half characters and NUL become U+FFFD."""
    return _LONE_SURROGATES.sub("\ufffd", text).replace("\0", "\ufffd")


def file_sha256(source: ByteSource, name: str) -> str:
    """Return the checksum of a file's bytes, in hexadecimal.

    Raises:
        UnreadableFileError: It cannot be read.
    """
    digest = sha256()
    for chunk in _chunks(source, name):
        digest.update(chunk)
    return digest.hexdigest()


def ends_inside_line(source: ByteSource, name: str) -> bool:
    """Say whether the last line of a file has no line end, as in a download that was cut off."""
    with _reading(name), source.open() as stream:
        stream.seek(max(0, source.size - LINE_END_BYTES))
        last = stream.read().replace(b"\0", b"")
    return not last.endswith((b"\n", b"\r"))


def ends_inside_character(file: ExportFile) -> bool:
    """Say whether a text ends in half a character, as a download that was cut off does.

    Raises:
        UnreadableFileError: It cannot be read.
    """
    decoder = codecs.getincrementaldecoder(file.encoding)(MARKING)
    for chunk in _chunks(file.source, file.name):
        decoder.decode(chunk)
    return bool(decoder.getstate()[0])


def _mark_undecodable(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return UNDECODABLE, error.end


codecs.register_error(MARKING, _mark_undecodable)


@contextmanager
def _opened(file: ExportFile) -> Iterator[TextIO]:
    with _reading(file.name), decoded_stream(file) as stream:
        yield stream


@contextmanager
def _reading(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UnreadableFileError(
            f"cannot be read: {error.strerror or error}", where=name, fix="Check path and rights"
        ) from error


def _chunks(source: ByteSource, name: str) -> Iterator[bytes]:
    with _reading(name), source.open() as stream:
        while chunk := stream.read(CHUNK_BYTES):
            yield chunk


def _start(source: ByteSource, name: str, settings: ImportSettings) -> bytes:
    """Read the first bytes of a file that may be read at all."""
    with _reading(name):
        size = source.size
        if size == 0:
            raise UnreadableFileError("the file is empty", where=name, fix="Export it again")
        if size > settings.max_file_bytes:
            raise LimitError(
                f"{size:,} bytes are more than {settings.max_file_bytes:,}",
                where=name,
                fix="Split it, or raise [import] max_file_bytes",
            )
        with source.open() as stream:
            return stream.read(START_BYTES)


def _binary_kind(start: bytes) -> str:
    """Say what a file is that is no text; empty for text."""
    if start.startswith(tuple(bom for bom, _ in BOMS)):
        return ""
    for magic, what in MAGIC:
        if start.startswith(magic):
            return what
    if b"\0" in start:
        return "" if _utf16_without_bom(start) else "a binary file"
    if len(_CONTROLS.findall(start.decode("latin-1"))) > CONTROL_SHARE * len(start):
        return "a binary file"
    return ""


def _encoding(source: ByteSource, name: str, start: bytes) -> str:
    for bom, encoding in BOMS:
        if start.startswith(bom):
            return encoding
    if b"\0" in start:
        return _utf16_without_bom(start)
    if _is_utf8(source, name):
        return "utf-8"
    if _MAIL.match(start) and _MAIL_HEADER.search(start):
        return "latin-1"  # its parts name encodings of their own
    for fit in (_fit(source, name, "utf-8"), _fit(source, name, "cp949")):
        if fit.is_good:
            return fit.encoding
    guess = _guess(start)
    if guess is not None and _fit(source, name, guess).is_good:
        return guess
    raise UnreadableFileError(
        "its encoding cannot be told", where=name, fix="Save it as UTF-8 and import it again"
    )


def _utf16_without_bom(start: bytes) -> str:
    """Tell the byte order by the side most zero bytes of line ends and spaces stand on.

    Empty where it is no UTF-16 text.
    """
    even, odd = start[::2].count(0), start[1::2].count(0)
    encoding = "utf-16-le" if odd > even else "utf-16-be"
    text = start.decode(encoding, "replace")
    is_text = "\ufffd" not in text[:-1] and "\n" in text
    return encoding if is_text and len(_CONTROLS.findall(text)) <= CONTROL_SHARE * len(text) else ""


def _is_utf8(source: ByteSource, name: str) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    try:
        for chunk in _chunks(source, name):
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


def _fit(source: ByteSource, name: str, encoding: str) -> _Fit:
    decoder = codecs.getincrementaldecoder(encoding)(MARKING)
    fit = _Fit(encoding)
    for chunk in chain(_chunks(source, name), (b"",)):
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
