"""Reads DOCX with markitdown's converter, in a process of its own."""

import zipfile
import zlib

from chatmill.errors import LimitError, UnreadableFileError
from chatmill.importers.base import ExportFile
from chatmill.importers.decoding import printable

MAGIC = b"PK\x03\x04"
COUNTED_FROM_BYTES = 1 << 20
"""Smaller parts may be packed as tightly as they like."""


def is_docx(start: bytes) -> bool:
    """Say whether a file begins as a Word document does."""
    return start.startswith(MAGIC) and b"word/" in start and b"xl/" not in start


def require_modest(file: ExportFile) -> None:
    """Refuse a document that unpacks to too much, by what its directory says.

    What unpacks to more than its directory says is stopped there when it is read.

    Raises:
        LimitError: It does.
        UnreadableFileError: It is no ZIP archive, or locked.
    """
    settings = file.settings
    try:
        with file.open_bytes() as stream, zipfile.ZipFile(stream) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError) as error:
        raise UnreadableFileError(
            f"no Word document that can be read: {printable(str(error))}",
            where=file.name,
            fix="Open it in a word processor and save it again",
        ) from error
    n_bytes = sum(part.file_size for part in parts)
    if n_bytes > settings.max_document_bytes or len(parts) > settings.max_archive_files:
        raise LimitError(
            f"{n_bytes:,} bytes unpacked are more than {settings.max_document_bytes:,}",
            where=file.name,
            fix="Split it, or raise [import] max_document_bytes",
        )
    for part in parts:
        ratio = part.file_size / max(1, part.compress_size)
        if part.file_size > COUNTED_FROM_BYTES and ratio > settings.max_compression_ratio:
            raise LimitError(
                f"{printable(part.filename)} grows {ratio:,.0f} times when it is unpacked",
                where=file.name,
                fix="If you trust it, raise [import] max_compression_ratio",
            )
