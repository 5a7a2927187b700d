"""Puts messages together from lines, and says why a line could not be used."""

from collections.abc import Callable

from chatmill.importers.base import ExportFile
from chatmill.importers.decoding import is_damaged, printable
from chatmill.importers.identity import MessageIds
from chatmill.records import Kind, Message, Rejection, Role

RAW_CHARACTERS = 200
"""Kept of what was left out."""
REASON_CHARACTERS = 400
"""Longest reason; some quote a file's own words."""
CUT_OFF = "the file ends in the middle of it"
"""Reason of a rejection that says that an export is not whole."""
NOT_DECODED = "bytes that are not"
"""How a rejection for such bytes begins; the encoding follows."""
DAMAGED = "the archive is damaged from here on"
"""Reason of a rejection that says that what comes after cannot be found."""


def reject(file: ExportFile, line: int, reason: str, raw: str) -> Rejection:
    """Say that something in a file could not be used."""
    return Rejection(
        stage="import",
        source=file.name,
        line=line,
        reason=printable(reason[:REASON_CHARACTERS]),
        raw=printable(raw[:RAW_CHARACTERS]).strip("\r\n"),
    )


def check_text(file: ExportFile, line: int, text: str) -> Rejection | None:
    """Refuse a text that is too long or did not decode; None where it is fine."""
    longest = file.settings.max_message_characters
    if len(text) > longest:
        return reject(file, line, f"longer than {longest:,} characters", text)
    if is_damaged(text):
        return reject(file, line, f"{NOT_DECODED} {file.encoding}", text)
    return None


class OpenMessage:
    """A message whose lines are still coming in; it stops growing where it is too long anyway.

    Args:
        file: The file it stands in.
        line: Line it begins at, from 1.
        speaker: Name as exported; empty for a system line.
        sent_at: Time as exported, ISO 8601; empty where there is none.
        text: Its first line, without line end.
        role: What the export says the speaker is.
    """

    __slots__ = (
        "_blanks",
        "_file",
        "_first",
        "_length",
        "_more",
        "line",
        "role",
        "sent_at",
        "speaker",
    )

    def __init__(  # noqa: PLR0913 - the fields of a message
        self,
        file: ExportFile,
        line: int,
        *,
        speaker: str,
        sent_at: str,
        text: str,
        role: Role = "unknown",
    ) -> None:
        self.speaker = speaker
        self.sent_at = sent_at
        self.role = role
        self._file = file
        self.line = line
        self._first = text
        self._more: list[str] | None = None
        self._length = len(text)

    def add(self, text: str) -> None:
        """Append a line; blank ones count only when another line follows them."""
        if self._length > self._file.settings.max_message_characters:
            return
        if self._more is None:
            self._more = []
            self._blanks: list[str] = []
        self._length += len(text) + 1
        self._blanks.append(text)
        if text.strip():
            self._more.extend(self._blanks)
            self._blanks.clear()

    def text(self) -> str:
        """Return what has come so far; a blank first line does not count."""
        if not self._more:
            return self._first
        more = "\n".join(self._more)
        return f"{self._first}\n{more}" if self._first.strip() else more

    def close(
        self,
        ids: MessageIds,
        classify: Callable[[str], tuple[Kind, tuple[str, ...]]] | None = None,
    ) -> Message | Rejection:
        """Make the message, or say why it cannot be used.

        Args:
            ids: Names of this conversation's messages.
            classify: Tells what a text stands for, and the names of attached files.
        """
        text = self.text()
        refused = check_text(self._file, self.line, text)
        if refused is not None:
            return refused
        if is_damaged(self.speaker):
            reason = f"{NOT_DECODED} {self._file.encoding}"
            return reject(self._file, self.line, reason, self.speaker)
        kind: Kind
        attachments: tuple[str, ...]
        if self.role == "system":
            kind, attachments = "system", ()
        else:
            kind, attachments = classify(text) if classify else ("text", ())
        name = ids.next_daily_id if kind == "system" else ids.next_id
        return Message(
            id=name(self.sent_at, identity_text(kind, text, attachments)),
            speaker=self.speaker,
            role=self.role,
            kind=kind,
            sent_at=self.sent_at,
            text=text,
            attachments=attachments,
        )


def identity_text(kind: Kind, text: str, attachments: tuple[str, ...]) -> str:
    """Return what names a message: a placeholder's words differ from phone to phone."""
    if kind in ("text", "system", "notice"):
        return text
    return "\0".join((kind, *attachments)) if kind == "file" else kind
