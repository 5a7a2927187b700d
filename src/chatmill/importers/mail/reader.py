"""Mail: mbox files, single mails (.eml, .emlx, .msg), folders of them and maildirs."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from io import BytesIO
from pathlib import PurePosixPath

from chatmill.errors import InputError
from chatmill.importers.admission import refusal
from chatmill.importers.assembly import reject
from chatmill.importers.base import ExportFile, ExportTree, Item, Room
from chatmill.importers.mail.boxes import HEADER, SEPARATOR, RawMail, raw_mails
from chatmill.importers.mail.outlook import MAGIC, is_outlook_mail, read_outlook_mail
from chatmill.importers.mail.parts import Mail, UnreadableMailError, read_head, read_mail
from chatmill.importers.mail.threads import Place, Threads
from chatmill.importers.media import kind_of_files
from chatmill.importers.times import from_iso
from chatmill.records import Kind, Message, Rejection

MAIL_ENDINGS = (".eml", ".emlx", ".msg")
MAILDIRS = frozenset({"cur", "new"})
"""Folders of a maildir; what lies in `tmp` was never delivered."""
HEAD_BYTES = 1 << 18
"""Of a mail, holds its headers."""
_OWN = frozenset(
    (
        b"date",
        b"to",
        b"subject",
        b"message-id",
        b"mime-version",
        b"received",
        b"content-type",
        b"return-path",
        b"delivered-to",
        b"dkim-signature",
    )
)
_NAME = re.compile(rb"([!-9;-~]{1,76}):")
_APPLE_COUNT = re.compile(rb"\d{1,12}[ \t]*\r?\n")


class MailImporter:
    """Reads mails; a conversation is a thread, whichever files its mails lie in."""

    name = "mail"

    def score(self, file: ExportFile) -> float:
        """Look for a mail's headers."""
        start = file.start.removeprefix(b"\xef\xbb\xbf").lstrip()
        if start.startswith(MAGIC):
            return 0.97 if is_outlook_mail(_whole(file)) else 0.0
        if file.binary_kind:
            return 0.0
        first, _, rest = start.partition(b"\n")
        if SEPARATOR.match(first) and HEADER.match(rest):
            return 0.98
        if _APPLE_COUNT.match(start):
            start = rest
        return 0.95 if _has_headers(start) else 0.0

    def read(self, file: ExportFile) -> Iterator[Item]:
        """Stream the mails in the file's order, each after the room of its thread."""
        yield from _Reader(Threads()).items(file)

    def claim(self, tree: ExportTree) -> Sequence[str]:
        """Claim single mails by their ending, and what lies in a maildir's folders."""
        return [name for name in tree.names() if _is_mail_file(name)]

    def read_tree(self, tree: ExportTree, names: Sequence[str]) -> Iterator[Item]:
        """Stream the threads one after the other, each from its first mail to its last.

        All headers are read first; memory holds the files' names and times, never their words.
        """
        dated = sorted((_moment(_head_of(tree, name)), name) for name in names)
        threads = Threads()
        order: dict[str, list[str]] = {}
        for _, name in dated:
            head = _head_of(tree, name)
            key = threads.place(head).key if head else f"\0{name}"
            order.setdefault(key, []).append(name)
        reader = _Reader(Threads())
        for each in order.values():
            for name in each:
                try:
                    yield from reader.items(tree.file(name))
                except InputError as error:
                    yield Rejection(
                        stage="import", source=error.where or name, reason=error.what, line=1
                    )


class _Reader:
    """Reads files one after the other; their mails share threads."""

    def __init__(self, threads: Threads) -> None:
        self._threads = threads
        self._current: str | None = None

    def items(self, file: ExportFile) -> Iterator[Item]:
        """Stream a file's mails."""
        with file.open_bytes() as stream:
            if file.start.startswith(MAGIC):
                whole = stream.read(file.settings.max_mail_bytes + 1)
                is_too_long = len(whole) > file.settings.max_mail_bytes
                mails = iter((RawMail(line=1, data=whole, is_too_long=is_too_long),))
            else:
                mails = raw_mails(stream, file.settings.max_mail_bytes)
            for raw in mails:
                yield from self._mail(file, raw)

    def _mail(self, file: ExportFile, raw: RawMail) -> Iterator[Item]:
        shown = raw.data[:1000].decode("utf-8", "replace")
        if raw.is_too_long:
            reason = f"longer than {file.settings.max_mail_bytes:,} bytes"
            yield reject(file, raw.line, reason, shown)
            return
        try:
            mail = _read(raw.data)
        except UnreadableMailError as error:
            yield reject(file, raw.line, str(error), shown)
            return
        place = self._threads.place(mail)
        if place.is_known:
            yield reject(file, raw.line, f"a second mail {place.message_id!r}", mail.text)
            return
        if not mail.text and not mail.attachments:
            yield reject(file, raw.line, "an empty mail", mail.subject)
            return
        if self._current != place.key:
            self._current = place.key
            yield Room(key=place.key, title=place.title)
        message = _message(file, mail, place)
        yield refusal(file, raw.line, message) or message


def _message(file: ExportFile, mail: Mail, place: Place) -> Message:
    kind: Kind = "text" if mail.text else kind_of_files(mail.attachments)
    return Message(
        id=place.message_id,
        speaker=mail.speaker,
        role=mail.role,
        kind="system" if mail.role == "system" else kind,
        sent_at=from_iso(mail.date, file.settings),
        text=mail.text,
        original=mail.original,
        reply_to=place.reply_to,
        attachments=mail.attachments,
    )


def _read(data: bytes) -> Mail:
    return read_outlook_mail(data) if data.startswith(MAGIC) else read_mail(data)


def _head_of(tree: ExportTree, name: str) -> Mail | None:
    """Read the headers of a file's first mail; None where they cannot be read."""
    try:
        with tree.source(name).open() as stream:
            data = stream.read(HEAD_BYTES)
            if data.startswith(MAGIC):
                return read_outlook_mail(data + stream.read(tree.settings.max_mail_bytes))
        raw = next(raw_mails(BytesIO(data), HEAD_BYTES), None)
        return read_head(raw.data) if raw else None
    except (OSError, InputError, UnreadableMailError):
        return None


def _moment(mail: Mail | None) -> str:
    """Return when a mail was sent, in universal time, to sort by."""
    if mail is None or not mail.date:
        return ""
    moment = datetime.fromisoformat(mail.date)
    try:
        return (
            (moment.astimezone(UTC) if moment.tzinfo else moment).replace(tzinfo=None).isoformat()
        )
    except OverflowError:
        return ""


def _is_mail_file(name: str) -> bool:
    path = PurePosixPath(name)
    return path.suffix.lower() in MAIL_ENDINGS or path.parent.name in MAILDIRS


def _has_headers(start: bytes) -> bool:
    """Say whether a text begins with the headers of a mail and nothing else."""
    names: set[bytes] = set()
    for line in start.split(b"\n", 200):
        if not line.strip():
            break
        found = _NAME.match(line)
        if found:
            names.add(found[1].lower())
        elif not names or line[:1] not in b" \t":
            return False
    return b"from" in names and len(names & _OWN) >= 2  # noqa: PLR2004 - a mail has more than a sender


def _whole(file: ExportFile) -> bytes:
    with file.open_bytes() as stream:
        return stream.read(file.settings.max_mail_bytes + 1)
