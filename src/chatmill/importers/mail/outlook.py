"""Reads Outlook's .msg files: a mail as properties in a compound file."""

import struct
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

from chatmill.importers.html_text import UnreadableHtmlError
from chatmill.importers.mail.charsets import decoded
from chatmill.importers.mail.parts import (
    FORWARDED,
    Mail,
    UnreadableMailError,
    body_of,
    read_head,
)

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
PROPERTIES = "__properties_version1.0"
MAX_ATTACHMENTS = 1_000
_SUBJECT, _HEADERS, _TEXT, _HTML = 0x0037, 0x007D, 0x1000, 0x1013
_SENDER_NAME, _SENDER_ADDRESS, _SENDER_SMTP, _SENT_FOR = 0x0C1A, 0x0C1F, 0x5D01, 0x0042
_TO, _CC = 0x0E04, 0x0E03
_ID, _REFERENCES, _IN_REPLY_TO = 0x1035, 0x1039, 0x1042
_SUBMITTED, _DELIVERED = 0x0039, 0x0E06
_CODE_PAGE, _TEXT_CODE_PAGE = 0x3FDE, 0x3FFD
_FILE_NAMES = (0x3707, 0x3704, 0x3001)
_UNICODE, _STRING, _BINARY = 0x001F, 0x001E, 0x0102
_ROOT_HEADER_BYTES, _ENTRY_BYTES = 32, 16
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_FLAWS = (OSError, ValueError, LookupError, TypeError, AttributeError, struct.error, RecursionError)
"""What reading a damaged compound file may raise."""


def is_outlook_mail(data: bytes) -> bool:
    """Say whether a compound file is a mail, and no old office document.

    Args:
        data: The whole file.
    """
    try:
        with _opened(data) as file:
            return bool(file.exists(PROPERTIES))
    except _FLAWS:
        return False


def read_outlook_mail(data: bytes) -> Mail:
    """Read a .msg file.

    Raises:
        UnreadableMailError: It is damaged, or holds no mail.
    """
    try:
        with _opened(data) as file:
            return _read(_Properties(file))
    except UnreadableHtmlError as error:
        raise UnreadableMailError(str(error)) from error
    except _FLAWS as error:
        raise UnreadableMailError("a damaged Outlook message") from error


def _opened(data: bytes) -> Any:  # noqa: ANN401 - the library has no types
    import olefile

    return olefile.OleFileIO(BytesIO(data))


class _Properties:
    """What a message has, by number."""

    def __init__(self, file: Any) -> None:  # noqa: ANN401 - the library has no types
        self._file = file
        self._fixed = dict(self._entries())
        page = self._fixed.get(_CODE_PAGE) or self._fixed.get(_TEXT_CODE_PAGE) or 0
        self._label = "utf-8" if page == 65001 else f"cp{page & 0xFFFF}" if page else ""  # noqa: PLR2004 - Windows' number of UTF-8

    def text(self, number: int, folder: str = "") -> str:
        """Return a text, whatever type it is kept as; empty where there is none."""
        for kind in (_UNICODE, _STRING, _BINARY):
            name = f"{folder}__substg1.0_{number:04X}{kind:04X}"
            if self._file.exists(name):
                data: bytes = self._file.openstream(name).read()
                if kind == _UNICODE:
                    return data.decode("utf-16-le", "replace").rstrip("\0")
                return decoded(data, self._label).rstrip("\0")
        return ""

    def moment(self, number: int) -> str:
        """Return a time; empty where there is none."""
        ticks = self._fixed.get(number, 0)
        if not ticks:
            return ""
        try:
            return (
                (_EPOCH + timedelta(microseconds=ticks // 10)).replace(microsecond=0).isoformat(" ")
            )
        except OverflowError:
            return ""

    def attachments(self) -> Iterator[str]:
        """Stream the names of attached files."""
        folders = {path[0] for path in self._file.listdir() if path[0].startswith("__attach_")}
        for folder in sorted(folders)[:MAX_ATTACHMENTS]:
            names = (self.text(number, f"{folder}/") for number in _FILE_NAMES)
            if name := next(filter(None, names), ""):
                yield name

    def _entries(self) -> Iterator[tuple[int, int]]:
        data = self._file.openstream(PROPERTIES).read()
        for at in range(_ROOT_HEADER_BYTES, len(data) - _ENTRY_BYTES + 1, _ENTRY_BYTES):
            tag, _, value = struct.unpack_from("<IIQ", data, at)
            yield tag >> 16, value


def _read(found: _Properties) -> Mail:
    head = _head(found.text)
    subject = found.text(_SUBJECT) or head.subject
    plain = found.text(_TEXT).replace("\r\n", "\n")
    piece = ("text/plain", plain) if plain.strip() else ("text/html", found.text(_HTML))
    body = body_of([piece], is_forward=FORWARDED.match(subject) is not None)
    return replace(
        head,
        subject=subject,
        date=head.date or found.moment(_SUBMITTED) or found.moment(_DELIVERED),
        text=body.text,
        original=body.original,
        attachments=tuple(dict.fromkeys(found.attachments())),
    )


def _head(text: Callable[[int], str]) -> Mail:
    """Read the headers a received mail came with, else those Outlook keeps of one it sent."""
    headers = text(_HEADERS)
    if headers.strip():
        try:
            return read_head(_encoded(headers))
        except UnreadableMailError:
            pass
    address = text(_SENDER_SMTP) or text(_SENDER_ADDRESS)
    name = text(_SENDER_NAME) or text(_SENT_FOR)
    lines = [
        f'From: "{name.replace(chr(34), "")}" <{address if "@" in address else ""}>',
        f"Subject: {text(_SUBJECT)}",
        f"To: {text(_TO).replace(';', ',')}",
        f"Cc: {text(_CC).replace(';', ',')}",
        f"Message-ID: {text(_ID)}",
        f"References: {text(_REFERENCES)}",
        f"In-Reply-To: {text(_IN_REPLY_TO)}",
    ]
    return read_head(_encoded("\n".join(" ".join(line.split()) for line in lines)))


def _encoded(headers: str) -> bytes:
    return headers.strip().replace("\r\n", "\n").encode("utf-8", "replace") + b"\n\n"
