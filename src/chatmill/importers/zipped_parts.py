"""Limits of documents that are ZIP files inside: workbooks and Word documents."""

import zipfile
from collections.abc import Sequence

from chatmill.errors import LimitError
from chatmill.importers.base import ExportFile
from chatmill.importers.decoding import printable

COUNTED_FROM_BYTES = 1 << 20
"""Smaller parts may be packed as tightly as they like."""


def require_modest_parts(
    file: ExportFile,
    parts: Sequence[zipfile.ZipInfo],
    *,
    max_bytes: int,
    size_fix: str,
    ratio_fix: str,
) -> None:
    """Refuse a document that unpacks to too much, by what its directory says.

    Args:
        file: The document.
        parts: What is in it.
        max_bytes: Most it may unpack to.
        size_fix: What to do where it is too large.
        ratio_fix: What to do where a part is packed too tightly.

    Raises:
        LimitError: It does.
    """
    settings = file.settings
    n_bytes = sum(part.file_size for part in parts)
    if n_bytes > max_bytes or len(parts) > settings.max_archive_files:
        raise LimitError(
            f"{n_bytes:,} bytes unpacked are more than {max_bytes:,}",
            where=file.name,
            fix=size_fix,
        )
    for part in parts:
        ratio = part.file_size / max(1, part.compress_size)
        if part.file_size > COUNTED_FROM_BYTES and ratio > settings.max_compression_ratio:
            raise LimitError(
                f"{printable(part.filename)} grows {ratio:,.0f} times when it is unpacked",
                where=file.name,
                fix=ratio_fix,
            )
