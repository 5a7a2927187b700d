"""The whole conversation around an example: where else words stand, at a bounded cost."""

from functools import cached_property

from chatmill.checks.base import Checked

_MOST_LETTERS = 200_000_000
"""Letters of messages all lookups of one example together read."""
_LONGEST_WORDS = 1_000
"""Longer stretches are not looked for."""


class Room:
    """What a conversation says beside the messages an example cites.

    Every lookup reads the room once; of very many only the first are answered, for a hostile
    example must not cost without bound.
    """

    def __init__(self, checked: Checked) -> None:
        self._conversation = checked.conversation
        self._cited = {each.id for each in checked.cited_messages}
        self._left = _MOST_LETTERS
        self._known: dict[str, str] = {}

    @cached_property
    def text(self) -> str:
        """Title and messages in one."""
        texts = (message.text for message in self._conversation.messages)
        return " ".join([self._conversation.title, *texts])

    @cached_property
    def _small(self) -> str:
        return self.text.casefold()

    def says(self, words: str) -> bool:
        """Tell whether the title or some message has these words; None were found counts as no."""
        return self._may_look() and words in self.text

    def mentions(self, key: str) -> bool:
        """Tell whether a word stands anywhere, in any capitals and form that holds it."""
        return self._may_look() and key.casefold() in self._small

    def elsewhere(self, words: str) -> str:
        """Name a message that has these words and is not cited; empty where none has."""
        if len(words) > _LONGEST_WORDS:
            return ""
        if words not in self._known:
            self._known[words] = self._found(words) if self._may_look() else ""
        return self._known[words]

    def _found(self, words: str) -> str:
        return next(
            (
                message.id
                for message in self._conversation.messages
                if words in message.text and message.id not in self._cited
            ),
            "",
        )

    @cached_property
    def _n_letters(self) -> int:
        return sum(len(message.text) for message in self._conversation.messages)

    def _may_look(self) -> bool:
        self._left -= self._n_letters + 1
        return self._left >= 0
