"""Reads one mail: who wrote it, what it answers, and its words without what it repeats."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from email.message import Message as Part
from email.parser import BytesParser
from email.policy import compat32
from email.utils import getaddresses, parsedate_to_datetime
from typing import TYPE_CHECKING

from chatmill.importers.html_text import UnreadableHtmlError, html_to_text
from chatmill.importers.mail.charsets import decoded, words_of
from chatmill.importers.mail.marks import FORWARD_CUTS, MAIL_CUTS
from chatmill.importers.mail.quotes import without_quotes
from chatmill.records import Role

if TYPE_CHECKING:
    from email.header import Header

MAX_PARTS = 1_000
"""Parts of one mail; people send tens."""
FORWARDED = re.compile(r"^\s*(?:\[[^\]]{1,40}\]\s*)?(?:fwd?|wg|tr|rv|전달)\s*[:：]", re.IGNORECASE)
_PERSON = re.compile(
    r'\s*"?([^"<>@,;:()\\\r\n]{0,200}?)"?\s*<([^<>@\s,;:()"]{1,100}@[^<>@\s,;:()"]{1,200})>\s*'
)
"""The usual form of an address; the standard library reads the others."""
_ID = re.compile(r"<\s*([^<>\s]{1,990})\s*>")
_VIA = re.compile(r"^['\"](.{1,100})['\"] via .{1,100}$")
_AUTOMATIC = re.compile(
    r"\bauto[-_ ]?(?:replied|reply|generated|notified|submitted)", re.IGNORECASE
)
_PARSER_FLAWS = (ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""What the standard library's parser may raise on bytes that are no mail."""


class UnreadableMailError(Exception):
    """Bytes are no mail anybody can read; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """What is kept of a mail."""

    id: str
    """Its Message-ID without brackets; empty where it has none."""
    parents: tuple[str, ...]
    """Ids of the mails it answers, the oldest first."""
    subject: str
    speaker: str
    """The sender's name, else their address."""
    address: str
    """The sender's address in lower case."""
    recipients: tuple[str, ...]
    """Addresses in lower case."""
    date: str
    """ISO 8601 with offset; empty where it has none."""
    role: Role = "unknown"
    text: str = ""
    original: str = ""
    """The whole body; empty where `text` is all of it."""
    attachments: tuple[str, ...] = ()


def read_mail(data: bytes) -> Mail:
    """Read a mail from its bytes.

    Raises:
        UnreadableMailError: It has neither sender nor date, too many parts, or parts too deep.
    """
    try:
        return _read(BytesParser(policy=compat32).parsebytes(data))
    except UnreadableHtmlError as error:
        raise UnreadableMailError(str(error)) from error
    except RecursionError as error:
        raise UnreadableMailError("parts nested too deep") from error
    except _PARSER_FLAWS as error:
        raise UnreadableMailError("no mail: its headers cannot be read") from error


def read_head(data: bytes) -> Mail:
    """Read a mail's headers only; its text stays empty.

    Raises:
        UnreadableMailError: As `read_mail`.
    """
    try:
        return _head(BytesParser(policy=compat32).parsebytes(data, headersonly=True))
    except _PARSER_FLAWS as error:
        raise UnreadableMailError("no mail: its headers cannot be read") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """The words of a mail."""

    text: str
    original: str
    """The whole; empty where `text` is all of it."""


def body_of(pieces: Iterable[tuple[str, str]], *, is_forward: bool) -> Body:
    """Put a body together, without what it repeats.

    Args:
        pieces: Content type (`text/plain` or `text/html`) and text of each part, in order.
        is_forward: The mail hands on another, whose words are its content.

    Raises:
        UnreadableHtmlError: A part is nested too deep.
    """
    texts: list[str] = []
    wholes: list[str] = []
    for kind, piece in pieces:
        if kind == "text/html":
            page = html_to_text(piece, FORWARD_CUTS if is_forward else MAIL_CUTS)
            texts.append(page.text.strip())
            wholes.append((page.original or page.text).strip())
        else:
            texts.append(piece.strip())
            wholes.append(piece.strip())
    whole = "\n\n".join(filter(None, wholes))
    text = without_quotes("\n\n".join(filter(None, texts)), is_forward=is_forward)
    return Body(text=text, original=whole if text != whole else "")


def _read(message: Part) -> Mail:
    head = _head(message)
    pieces: list[tuple[str, str]] = []
    attachments: list[str] = []
    for part in _leaves(message):
        name = words_of(part.get_filename())
        kind = part.get_content_type()
        is_attached = part.get_content_disposition() == "attachment"
        if kind not in ("text/plain", "text/html") or is_attached or name:
            attachments.append(name or _unnamed(part, kind))
        else:
            pieces.append((kind, _plain(part) if kind == "text/plain" else _payload(part)))
    body = body_of(pieces, is_forward=FORWARDED.match(head.subject) is not None)
    return replace(
        head,
        speaker="" if head.role == "system" else head.speaker,
        text=body.text,
        original=body.original,
        attachments=tuple(dict.fromkeys(filter(None, attachments))),
    )


def _head(message: Part) -> Mail:
    headers = _Headers(message)
    name, address = headers.people("From", "Sender")[0]
    date = headers.date()
    if not address and not name and not date:
        raise UnreadableMailError("no mail: it has no sender and no date")
    found = _VIA.match(name)
    own = headers.ids("Message-ID")
    before = [*headers.ids("References"), *headers.ids("In-Reply-To")]
    recipients = (*headers.people("To"), *headers.people("Cc"))
    return Mail(
        id=own[0] if own else "",
        parents=tuple(dict.fromkeys(each for each in before if each not in own)),
        subject=headers.words("Subject"),
        speaker=(found[1] if found else name) or address,
        address=address.lower(),
        recipients=tuple(each.lower() for _, each in recipients if each),
        date=date,
        role=_role(headers, message.get_content_type(), address),
    )


class _Headers:
    """The headers of a mail, each by its first value."""

    def __init__(self, message: Part) -> None:
        self._values: dict[str, str | Header] = {}
        for name, value in message.items():
            self._values.setdefault(name.lower(), value)

    def words(self, name: str) -> str:
        """Return a header decoded; empty where there is none."""
        return words_of(self._values.get(name.lower()))

    def people(self, *names: str) -> list[tuple[str, str]]:
        """Return names and addresses of the first header there is; at least one pair."""
        for name in names:
            value = self._values.get(name.lower())
            if value is None:
                continue
            raw = str(value).replace("\r", " ").replace("\n", " ")
            if not raw.isascii():
                raw = words_of(value)
            simple = _PERSON.fullmatch(raw)
            found = [(simple[1], simple[2])] if simple else getaddresses([raw])
            return [(words_of(label), words_of(each)) for label, each in found] or [("", "")]
        return [("", "")]

    def ids(self, name: str) -> list[str]:
        """Return the ids of mails in a header, without brackets."""
        value = self.words(name)
        return _ID.findall(value) or ([value] if value and " " not in value else [])

    def date(self) -> str:
        """Return when it was sent, or first received, as ISO 8601; empty where nobody knows."""
        received = str(self._values.get("received", "")).rpartition(";")[2]
        for value in (str(self._values.get("date", "")), received):
            try:
                return parsedate_to_datetime(value.strip()).isoformat(sep=" ")
            except (ValueError, TypeError, IndexError, OverflowError):
                continue
        return ""


def _role(headers: _Headers, content_type: str, address: str) -> Role:
    postmasters = ("mailer-daemon@", "postmaster@")
    if content_type == "multipart/report" or address.lower().startswith(postmasters):
        return "system"
    told = headers.words("Auto-Submitted").lower()
    marks = f"{headers.words('Precedence')} {headers.words('X-Precedence')}"
    has_mark = headers.words("X-Autoreply") or headers.words("X-Autorespond")
    is_automatic = (told and not told.startswith("no")) or has_mark or _AUTOMATIC.search(marks)
    return "bot" if is_automatic else "unknown"


def _leaves(message: Part) -> Iterator[Part]:
    """Stream the parts that hold something; of alternatives the plain text, where it says any."""
    waiting = [(message, False)]
    n_parts = 0
    while waiting:
        part, without_html = waiting.pop()
        n_parts += 1
        if n_parts > MAX_PARTS:
            raise UnreadableMailError(f"more than {MAX_PARTS:,} parts")
        payload = part.get_payload()
        if not isinstance(payload, list) or part.get_content_maintype() == "message":
            if not without_html or part.get_content_type() != "text/html":
                yield part
            continue
        children = [each for each in payload if isinstance(each, Part)]
        if part.get_content_type() == "multipart/alternative":
            without_html = without_html or any(map(_says_something, children))
        waiting.extend((each, without_html) for each in reversed(children))


def _says_something(part: Part) -> bool:
    return part.get_content_type() == "text/plain" and bool(_payload(part).strip())


def _unnamed(part: Part, kind: str) -> str:
    """Name an attachment that has no name: an attached mail by its subject."""
    payload = part.get_payload()
    if kind.startswith("message/") and isinstance(payload, list) and payload:
        subject = words_of(payload[0].get("Subject")) if isinstance(payload[0], Part) else ""
        return subject or kind
    if kind in ("text/plain", "text/html"):
        return ""
    return kind


def _payload(part: Part) -> str:
    data = part.get_payload(decode=True)
    label = part.get_content_charset("") or ""
    text = decoded(data, label) if isinstance(data, bytes) else ""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _plain(part: Part) -> str:
    text = _payload(part)
    if str(part.get_param("format", "")).lower() != "flowed":
        return text
    return _unflowed(text, delete_space=str(part.get_param("delsp", "")).lower() == "yes")


def _unflowed(text: str, *, delete_space: bool) -> str:
    """Join the lines a mail program broke (RFC 3676); quoted lines stay as they are."""
    lines: list[str] = []
    is_open = False
    for raw in text.split("\n"):
        is_quoted = raw.startswith(">")
        line = raw if is_quoted else raw.removeprefix(" ")
        if is_open and not is_quoted and line != "-- ":
            lines[-1] += line
        else:
            lines.append(line)
        is_open = line.endswith(" ") and line != "-- " and not is_quoted
        if is_open and delete_space:
            lines[-1] = lines[-1][:-1]
    return "\n".join(line if line == "-- " else line.rstrip() for line in lines)
