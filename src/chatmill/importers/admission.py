"""Lets each message into its conversation once, and refuses what no store can take."""

from array import array
from bisect import bisect_left

from chatmill.importers.assembly import check_text, reject
from chatmill.importers.base import ExportFile
from chatmill.importers.decoding import is_damaged
from chatmill.records import Message, Rejection

LARGEST_NUMBER = 2**63 - 1
"""Of an id that is kept as a number."""


class TakenIds:
    """The ids a conversation has so far; eight bytes each where they are numbers that grow."""

    def __init__(self) -> None:
        self._growing = array("q")
        self._others: set[str | int] = set()

    def take(self, name: str, number: int = -1) -> bool:
        """Say whether an id is new, and remember it.

        Args:
            name: The id.
            number: What only this id of the conversation stands for; negative where it is none.
        """
        if name in self._others:
            return False
        if not 0 <= number <= LARGEST_NUMBER:
            self._others.add(name)
            return True
        if not self._growing or number > self._growing[-1]:
            self._growing.append(number)
            return True
        if self._is_growing(number):
            return False
        self._others.add(name)
        return True

    def has(self, name: str, number: int = -1) -> bool:
        """Say whether an id is taken."""
        return name in self._others or (0 <= number <= LARGEST_NUMBER and self._is_growing(number))

    def _is_growing(self, number: int) -> bool:
        place = bisect_left(self._growing, number)
        return place < len(self._growing) and self._growing[place] == number


def number_of(name: str) -> int:
    """Return the number an id is written as, the same for no other id; -1 where it is none."""
    is_plain = name.isascii() and name.isdigit() and not name.startswith("0")
    return int(name) if is_plain and len(name) < len(str(LARGEST_NUMBER)) else -1


def is_keepable(message: Message, longest: int) -> bool:
    """Say whether any store can take a message as it is.

    Args:
        message: Whatever was read.
        longest: Most characters of its text.
    """
    if not message.id or len(message.text) > longest or len(message.original) > longest:
        return False
    written = "".join(
        (
            message.text,
            message.original,
            message.id,
            message.speaker,
            message.sent_at,
            message.reply_to or "",
            *message.attachments,
        )
    )
    return written.isascii() or not is_damaged(written)


def refusal(file: ExportFile, line: int, message: Message) -> Rejection | None:
    """Say why a message cannot be kept; None where it can.

    Args:
        file: Where it stands.
        line: Line it begins at, from 1.
        message: Too long a text, half a character in a text, name or id, and a missing id are
            reasons.
    """
    if is_keepable(message, file.settings.max_message_characters):
        return None
    for text in (message.text, message.original):
        refused = check_text(file, line, text)
        if refused is not None:
            return refused
    if not message.id:
        return reject(file, line, "a message without an id", message.text)
    return reject(file, line, "half a character in a name or id", message.text)


class Admission:
    """Keeps the messages of one conversation apart from those that cannot be kept.

    Args:
        file: Where the conversation stands.
    """

    def __init__(self, file: ExportFile) -> None:
        self._file = file
        self._taken = TakenIds()

    def admit(self, line: int, message: Message) -> Message | Rejection:
        """Return the message, or why it cannot be kept.

        Args:
            line: Line it begins at, from 1.
            message: Whatever was read there.
        """
        refused = refusal(self._file, line, message)
        if refused is not None:
            return refused
        if not self._taken.take(message.id, number_of(message.id)):
            return reject(self._file, line, f"a second message {message.id!r}", message.text)
        return message
