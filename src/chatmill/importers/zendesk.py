"""Zendesk: tickets with their comments as JSON, from the API or the account's own export."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from chatmill.importers.admission import Admission
from chatmill.importers.assembly import reject
from chatmill.importers.base import ExportFile, Item, Room
from chatmill.importers.html_text import HtmlText, UnreadableHtmlError, html_to_text
from chatmill.importers.json_documents import read_documents, starts_like_json
from chatmill.importers.json_fields import entries, fields, name_of, words
from chatmill.importers.mail.marks import MAIL_CUTS
from chatmill.importers.mail.quotes import without_quotes
from chatmill.importers.media import kind_of_files
from chatmill.importers.people import People
from chatmill.importers.times import from_iso
from chatmill.records import Message, Rejection, Role

INTERNAL_NOTE = "internal note"
"""Reason of a rejection: the customer never saw it, so nothing may learn from it."""
_TICKET = re.compile(r'"(?:requester_id|submitter_id|ticket_id|requester|ticket)"\s*:')
_COMMENT = re.compile(r'"author_id"\s*:')
_PUBLIC = re.compile(r'"(?:public|comment_public)"\s*:\s*(?:true|false)')
_VIA = re.compile(r'"(?:via|via_id|brand_id|ticket_form_id|plain_body)"\s*:')
_STRUCTURE = re.compile(r"<(?:pre|code|table|li|a|blockquote|img)\b|gmail_quote", re.IGNORECASE)
"""What the plain body of a comment loses."""


class ZendeskImporter:
    """Reads `{"ticket", "comments", "users"}`, lists of tickets, and their audits."""

    name = "zendesk"

    def score(self, file: ExportFile) -> float:
        """Look for a ticket's requester, and comments that are public or not."""
        if not starts_like_json(file):
            return 0.0
        head = file.head
        signs = (_TICKET, _COMMENT, _PUBLIC, _VIA)
        return (0.0, 0.1, 0.2, 0.8, 0.97)[sum(sign.search(head) is not None for sign in signs)]

    def read(self, file: ExportFile) -> Iterator[Item]:
        """Stream the tickets; what the customer never saw is rejected as an internal note."""

        def read_one(line: int, document: Any) -> Iterator[Item]:  # noqa: ANN401 - whatever stands there
            for ticket, around in _tickets(document):
                yield from _read_ticket(file, line, ticket, around)

        yield from read_documents(file, read_one)


def _tickets(document: Any) -> Iterator[tuple[Any, Mapping[str, Any]]]:  # noqa: ANN401 - whatever stands in the file
    """Find the tickets of a document, each with what stands beside it."""
    around = fields(document)
    if isinstance(around.get("tickets"), list):
        for ticket in around["tickets"]:
            yield ticket, {"users": around.get("users")}
    elif isinstance(around.get("ticket"), dict):
        yield around["ticket"], around
    else:
        yield document, around


def _read_ticket(
    file: ExportFile,
    line: int,
    value: Any,  # noqa: ANN401 - whatever stands in the file
    around: Mapping[str, Any],
) -> Iterator[Item]:
    ticket = fields(value)
    comments = _comments(ticket, around)
    key = name_of(ticket.get("id"))
    if ticket is around and isinstance(ticket.get("audits"), list):
        key = next((name_of(fields(each).get("ticket_id")) for each in ticket["audits"]), key)
    if not key:
        yield reject(file, line, "no ticket: it has no id", str(value)[:1000])
        return
    if comments is None:
        reason = f"a ticket without its comments; get them from tickets/{key}/comments.json"
        yield reject(file, line, reason, words(ticket.get("description")))
        return
    title = words(ticket.get("subject")) or words(ticket.get("raw_subject"))
    yield Room(key=key, title=title)
    yield from _Ticket(file, line, ticket, around).messages(comments)


def _comments(
    ticket: Mapping[str, Any], around: Mapping[str, Any]
) -> Sequence[Mapping[str, Any]] | None:
    """Return the comments, those of audits too; None where the export holds none at all."""
    for each in (around, ticket):
        if isinstance(each.get("comments"), list):
            return [fields(comment) for comment in each["comments"]]
    found: list[Mapping[str, Any]] = []
    audits = around.get("audits", ticket.get("audits"))
    if not isinstance(audits, list):
        return None
    for audit in map(fields, audits):
        events = map(fields, entries(audit.get("events", audit.get("child_events"))))
        found.extend({**_spread(audit), **event} for event in events if _is_comment(event))
    return found


def _is_comment(event: Mapping[str, Any]) -> bool:
    return "Comment" in words(event.get("type")) + words(event.get("event_type"))


def _spread(audit: Mapping[str, Any]) -> dict[str, Any]:
    """What an event takes from the audit it stands in."""
    return {key: audit[key] for key in ("author_id", "created_at", "via") if key in audit}


class _Ticket:
    """One ticket while its comments are read."""

    def __init__(
        self, file: ExportFile, line: int, ticket: Mapping[str, Any], around: Mapping[str, Any]
    ) -> None:
        self._file = file
        self._line = line
        self._admission = Admission(file)
        self._people = People()
        self._users: dict[str, Mapping[str, Any]] = {}
        beside = [ticket.get(key) for key in ("requester", "submitter", "assignee")]
        for user in map(fields, (*entries(around.get("users")), *beside)):
            self._users.setdefault(name_of(user.get("id")), user)
        requester = fields(ticket.get("requester"))
        self._requester = name_of(ticket.get("requester_id")) or name_of(requester.get("id"))

    def messages(self, comments: Sequence[Mapping[str, Any]]) -> Iterator[Item]:
        """Stream the public comments as they stand, and the internal notes as rejections."""
        for comment in comments:
            public = comment.get("public", comment.get("comment_public"))
            body = words(comment.get("body")) or words(comment.get("html_body"))
            if public is not True:
                yield reject(self._file, self._line, INTERNAL_NOTE, body)
                continue
            try:
                read = _body(comment)
            except UnreadableHtmlError as error:
                yield reject(self._file, self._line, str(error), body)
                continue
            yield self._message(comment, read)

    def _message(self, comment: Mapping[str, Any], body: HtmlText) -> Message | Rejection:
        files = [fields(each) for each in entries(comment.get("attachments"))]
        names = (words(each.get("file_name")) or words(each.get("content_url")) for each in files)
        attachments = tuple(dict.fromkeys((*filter(None, names), *body.attachments)))
        if not body.text and not attachments:
            return reject(self._file, self._line, "an empty comment", name_of(comment.get("id")))
        author = name_of(comment.get("author_id"))
        user = self._users.get(author) or fields(comment.get("author"))
        return self._admission.admit(
            self._line,
            Message(
                id=name_of(comment.get("id")),
                speaker=self._people.name(
                    author, words(user.get("name")), words(user.get("email"))
                ),
                role=self._role(author, words(user.get("role"))),
                kind="text" if body.text else kind_of_files(attachments),
                sent_at=from_iso(words(comment.get("created_at")), self._file.settings),
                text=body.text,
                original=body.original,
                attachments=attachments,
            ),
        )

    def _role(self, author: str, role: str) -> Role:
        if author.startswith("-"):
            return "bot"
        if role == "end-user" or (author and author == self._requester):
            return "customer"
        return "agent" if role in {"agent", "admin"} else "unknown"


def _body(comment: Mapping[str, Any]) -> HtmlText:
    """Read the plain body, or the HTML where that holds more than words."""
    html = words(comment.get("html_body"))
    plain = words(comment.get("plain_body")) or words(comment.get("body"))
    if html and (not plain.strip() or _STRUCTURE.search(html)):
        body = html_to_text(html, MAIL_CUTS)
    else:
        body = HtmlText(text=plain.replace("&nbsp;", " ").strip())
    if words(fields(comment.get("via")).get("channel")) != "email":
        return body
    text = without_quotes(body.text)
    whole = body.original or body.text
    return HtmlText(
        text=text, original=whole if text != whole else "", attachments=body.attachments
    )
