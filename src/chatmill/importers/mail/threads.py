"""Tells which conversation a mail belongs to, in bounded memory."""

import re
from dataclasses import dataclass

from chatmill.importers.identity import MessageIds
from chatmill.importers.mail.parts import FORWARDED, Mail

MAX_REMEMBERED = 200_000
"""Mails and subjects remembered; a thread may rest for so many mails of others."""
_PREFIXES = re.compile(
    r"^(?:\s*(?:re|fwd?|aw|wg|sv|vs|antw|tr|rv|회신|답장|답변|전달)\s*(?:\[\d{1,4}\]|\(\d{1,4}\))?"
    r"\s*[:：]\s*)+",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a mail belongs."""

    key: str
    """Key of its conversation: the id of the mail it began with."""
    title: str
    """The subject without `Re:`."""
    message_id: str
    reply_to: str | None
    is_known: bool
    """A mail of this id was placed before."""


def bare_subject(subject: str) -> str:
    """Return a subject without `Re:`, `Fwd:`, `회신:`, `전달:`, `답장:`."""
    return _PREFIXES.sub("", subject).strip()


class Threads:
    """Remembers the mails of a file, the latest so many of them."""

    def __init__(self) -> None:
        self._keys: dict[str, str] = {}
        self._placed: dict[str, None] = {}
        self._by_subject: dict[tuple[str, str], tuple[str, str]] = {}
        self._ids = MessageIds()

    def place(self, mail: Mail) -> Place:
        """Find a mail's conversation: by the mails it names, else by subject and people."""
        subject = bare_subject(mail.subject)
        own = mail.id or self._ids.next_id(mail.date, f"{mail.address}\0{mail.subject}")
        parent = mail.parents[-1] if mail.parents else None
        key = next((self._keys[each] for each in reversed(mail.parents) if each in self._keys), "")
        if not key and mail.parents:
            key = mail.parents[0]
        if not key and self._answers(mail, subject):
            for address in (mail.address, *mail.recipients):
                if (subject, address) in self._by_subject:
                    key, parent = self._by_subject[subject, address]
                    break
        key = key or self._keys.get(own, own)
        is_known = own in self._placed
        self._remember(mail, own, key, subject)
        return Place(key=key, title=subject, message_id=own, reply_to=parent, is_known=is_known)

    def _answers(self, mail: Mail, subject: str) -> bool:
        is_prefixed = _PREFIXES.match(mail.subject) is not None
        return bool(subject) and is_prefixed and not FORWARDED.match(mail.subject)

    def _remember(self, mail: Mail, own: str, key: str, subject: str) -> None:
        _put(self._placed, own, None)
        for each in dict.fromkeys((own, *mail.parents[:1])):
            _put(self._keys, each, key)
        if own == key and subject and mail.address:
            _put(self._by_subject, (subject, mail.address), (key, own))


def _put(memory: dict, name: object, value: object) -> None:  # type: ignore[type-arg]
    """Remember something, and forget the oldest where there is too much."""
    memory[name] = value
    if len(memory) > MAX_REMEMBERED:
        del memory[next(iter(memory))]
