"""Intercom: conversations with their parts as JSON, one, many in a list, or one a line."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from chatmill.importers.admission import Admission
from chatmill.importers.assembly import reject
from chatmill.importers.base import ExportFile, Item, Room
from chatmill.importers.html_text import HtmlText, UnreadableHtmlError, html_to_text
from chatmill.importers.json_documents import read_documents, starts_like_json
from chatmill.importers.json_fields import entries, fields, name_of, words
from chatmill.importers.mail.marks import MAIL_CUTS
from chatmill.importers.media import kind_of_files
from chatmill.importers.people import People
from chatmill.importers.times import from_epoch, from_iso
from chatmill.records import Kind, Message, Rejection, Role

INTERNAL_NOTE = "internal note"
"""Reason of a rejection: the customer never saw it, so nothing may learn from it."""
PUBLIC_PARTS = frozenset({"comment", "open", "close", "quick_reply", "source"})
"""Types of parts whose words both sides see; the words of all others stay among colleagues."""
BY_MACHINE = frozenset({"automated", "campaigns_initiated"})
"""How a conversation's first message came when no person wrote it."""
_ROLES: Mapping[str, Role] = {
    **dict.fromkeys(("user", "lead", "contact", "visitor"), "customer"),
    **dict.fromkeys(("admin", "team", "teammate"), "agent"),
    "bot": "bot",
}
_SIGNS = (
    re.compile(r'"conversation_parts"\s*:|"part_type"\s*:'),
    re.compile(r'"type"\s*:\s*"conversation(?:\.list|_part|_part\.list)?"|"conversations"\s*:'),
    re.compile(r'"(?:source|conversation_message)"\s*:\s*\{'),
    re.compile(r'"(?:delivered_as|waiting_since|snoozed_until|admin_assignee_id|part_type)"\s*:'),
)


class IntercomImporter:
    """Reads conversations as the API gives them."""

    name = "intercom"

    def score(self, file: ExportFile) -> float:
        """Look for a conversation's source and parts."""
        if not starts_like_json(file):
            return 0.0
        found = sum(sign.search(file.head) is not None for sign in _SIGNS)
        return (0.0, 0.1, 0.8, 0.95, 0.98)[found]

    def read(self, file: ExportFile) -> Iterator[Item]:
        """Stream the conversations; what the customer never saw is rejected."""

        def read_one(line: int, document: Any) -> Iterator[Item]:  # noqa: ANN401 - whatever stands there
            whole = fields(document)
            if isinstance(whole.get("conversations"), list):
                for each in whole["conversations"]:
                    yield from _read_conversation(file, line, each)
            else:
                yield from _read_conversation(file, line, document)

        yield from read_documents(file, read_one)


def _read_conversation(
    file: ExportFile,
    line: int,
    value: Any,  # noqa: ANN401 - whatever stands in the file
) -> Iterator[Item]:
    conversation = fields(value)
    key = name_of(conversation.get("id"))
    source = fields(conversation.get("source", conversation.get("conversation_message")))
    parts = conversation.get("conversation_parts")
    total = fields(parts).get("total_count")
    if isinstance(parts, dict):
        parts = parts.get("conversation_parts", parts.get("data"))
    if not key or not (source or isinstance(parts, list)):
        yield reject(file, line, "no conversation: it has no id or no parts", str(value)[:1000])
        return
    title = words(conversation.get("title")) or words(source.get("subject"))
    yield Room(key=key, title=_plain(title))
    reader = _Conversation(file, line)
    if words(source.get("body")) or entries(source.get("attachments")):
        yield reader.message(_first_part(conversation, source))
    for part in map(fields, entries(parts)):
        yield reader.message(part)
    n_parts = len(entries(parts))
    if isinstance(total, int) and total > n_parts:
        reason = f"{total - n_parts:,} of its {total:,} parts are missing; get conversations/{key}"
        yield reject(file, line, reason, key)


def _first_part(conversation: Mapping[str, Any], source: Mapping[str, Any]) -> dict[str, Any]:
    """Write a conversation's first message like the parts that follow it."""
    author = fields(source.get("author"))
    if words(source.get("delivered_as")) in BY_MACHINE:
        author = {**author, "type": "bot"}
    return {
        "created_at": conversation.get("created_at"),
        **source,
        "id": name_of(source.get("id")) or "source",
        "part_type": "source",
        "author": author,
    }


def _plain(title: str) -> str:
    if "<" not in title:
        return title
    try:
        return " ".join(html_to_text(title).text.split())
    except UnreadableHtmlError:
        return title


class _Conversation:
    """One conversation while its parts are read."""

    def __init__(self, file: ExportFile, line: int) -> None:
        self._file = file
        self._line = line
        self._admission = Admission(file)
        self._people = People()

    def message(self, part: Mapping[str, Any]) -> Message | Rejection:
        """Make a message of a part, or say why it may not be one."""
        html = words(part.get("body"))
        kind = words(part.get("part_type"))
        if "note" in kind:
            return reject(self._file, self._line, INTERNAL_NOTE, html)
        if html and kind not in PUBLIC_PARTS:
            return reject(self._file, self._line, f"{INTERNAL_NOTE} ({kind or 'no type'})", html)
        try:
            body = html_to_text(html, MAIL_CUTS)
        except UnreadableHtmlError as error:
            return reject(self._file, self._line, str(error), html)
        return self._admission.admit(self._line, self._made(part, kind, body))

    def _made(self, part: Mapping[str, Any], part_type: str, body: HtmlText) -> Message:
        files = [fields(each) for each in entries(part.get("attachments"))]
        names = (words(each.get("name")) or words(each.get("url")) for each in files)
        attachments = tuple(dict.fromkeys((*filter(None, names), *body.attachments)))
        kind: Kind = "text" if body.text else kind_of_files(attachments)
        text = body.text
        if part.get("redacted") is True:
            kind, text, body, attachments = "deleted", "", HtmlText(text=""), ()
        elif not text and not attachments:
            kind, text = "system", part_type.replace("_", " ")
        author = fields(part.get("author"))
        return Message(
            id=name_of(part.get("id")),
            speaker="" if kind == "system" else self._speaker(author),
            role="system" if kind == "system" else _role(part, author),
            kind=kind,
            sent_at=self._sent_at(part.get("created_at")),
            text=text,
            original=body.original,
            attachments=attachments,
        )

    def _speaker(self, author: Mapping[str, Any]) -> str:
        number, email = name_of(author.get("id")), words(author.get("email"))
        name = words(author.get("name")) or email or words(author.get("type"))
        return self._people.name(f"{author.get('type')} {number}" if number else "", name, email)

    def _sent_at(self, value: Any) -> str:  # noqa: ANN401 - whatever stands in the file
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return from_epoch(value, self._file.settings)
        return from_iso(words(value), self._file.settings)


def _role(part: Mapping[str, Any], author: Mapping[str, Any]) -> Role:
    if author.get("from_ai_agent") is True or author.get("is_ai_answer") is True:
        return "bot"
    if part.get("from_ai_agent") is True:
        return "bot"
    return _ROLES.get(words(author.get("type")), "unknown")
