"""Reads DOCX with markitdown's converter, in a process of its own."""

import zipfile
import zlib

from chatmill.errors import UnreadableFileError
from chatmill.importers.base import ExportFile
from chatmill.importers.decoding import printable
from chatmill.importers.zipped_parts import require_modest_parts

MAGIC = b"PK\x03\x04"


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
    try:
        with file.open_bytes() as stream, zipfile.ZipFile(stream) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError) as error:
        raise UnreadableFileError(
            f"no Word document that can be read: {printable(str(error))}",
            where=file.name,
            fix="Open it in a word processor and save it again",
        ) from error
    require_modest_parts(
        file,
        parts,
        max_bytes=file.settings.max_document_bytes,
        size_fix="Split it, or raise [import] max_document_bytes",
        ratio_fix="If you trust it, raise [import] max_compression_ratio",
    )
