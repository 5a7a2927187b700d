"""Shows a model a part of a thread: numbered messages between two marks, long threads in parts."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chatmill.records import Message, ThreadedConversation
from chatmill.settings import ExtractSettings
from chatmill.text.language import detect_language
from chatmill.text.tokens import estimate_tokens

_TOKENS_PER_LINE = 30
"""Keys, number, name and role of a message."""
_NAME_CHARACTERS = 60
_CHARACTERS_PER_TOKEN = 2
"""A message is shown up to this many characters for each token a part may have."""
_MARK_LETTERS = 10
CUT = " […]"
"""Stands where a message was too long to show."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Some messages of one thread that a model sees at once."""

    threaded: ThreadedConversation
    messages: tuple[Message, ...]
    """Numbered from 1 in this order."""

    @property
    def language(self) -> str:
        """Language of its words: BCP 47, empty where nothing tells."""
        text = "\n".join(message.text for message in self.messages)
        return detect_language(text) or self.threaded.conversation.language

    def text(self, longest: int) -> str:
        """Return what the model sees: one JSON object a line between two marks.

        JSON keeps a message on its line whatever it holds, and the marks are made from the words
        themselves, so no message can end the block.

        Args:
            longest: Characters shown of a message.
        """
        lines = numbered_lines(self.messages, self.threaded, longest)
        mark = hashlib.sha256("\n".join(lines).encode("utf-8", "replace")).hexdigest()
        name = f"CONVERSATION {mark[:_MARK_LETTERS]}"
        return "\n".join((f"BEGIN {name}", *lines, f"END {name}"))

    def halves(self, overlap: int) -> "tuple[Window, Window] | None":
        """Split it in two that share some messages; None where it is too short for that."""
        middle = len(self.messages) // 2
        shared = min(overlap // 2, middle - 1)
        if middle < 2:  # noqa: PLR2004 - a question and an answer
            return None
        first, second = self.messages[: middle + shared], self.messages[middle - shared :]
        if len(first) >= len(self.messages) or len(second) >= len(self.messages):
            first, second = self.messages[:middle], self.messages[middle:]
        return (
            Window(threaded=self.threaded, messages=first),
            Window(threaded=self.threaded, messages=second),
        )


def numbered_lines(
    messages: Sequence[Message], threaded: ThreadedConversation, longest: int
) -> list[str]:
    """Write messages as a model sees them, numbered from 1."""
    number_of = {message.id: number for number, message in enumerate(messages, start=1)}
    earlier_of = {each.later: each.earlier for each in threaded.links}
    lines: list[str] = []
    for number, message in enumerate(messages, start=1):
        shown: dict[str, object] = {
            "id": number,
            "by": " ".join(message.speaker.split())[:_NAME_CHARACTERS],
            "role": threaded.roles.get(message.id, "unknown"),
            "text": message.text if len(message.text) <= longest else message.text[:longest] + CUT,
        }
        answered = number_of.get(earlier_of.get(message.id, ""), number)
        if answered != number:
            shown["re"] = answered
        lines.append(json.dumps(shown, ensure_ascii=False))
    return lines


def longest_shown(settings: ExtractSettings) -> int:
    """Return how many characters of a message are shown."""
    return settings.window_tokens * _CHARACTERS_PER_TOKEN


def windows_of(
    thread: Sequence[Message], threaded: ThreadedConversation, settings: ExtractSettings
) -> Iterator[Window]:
    """Cut a thread into parts of `window_tokens` that share `overlap_messages`."""
    longest = longest_shown(settings)
    start = 0
    while start < len(thread):
        end, n_tokens = start, 0
        while end < len(thread):
            n_tokens += _TOKENS_PER_LINE + estimate_tokens(thread[end].text[:longest])
            if n_tokens > settings.window_tokens and end > start:
                break
            end += 1
        yield Window(threaded=threaded, messages=tuple(thread[start:end]))
        if end == len(thread):
            return
        start = max(start + 1, end - settings.overlap_messages)
