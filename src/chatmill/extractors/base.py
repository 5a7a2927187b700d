"""What an extractor is: threads in, examples and what was left out of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from chatmill.errors import ChatmillError
from chatmill.records import Example, Rejection, ThreadedConversation
from chatmill.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    """What an extractor made of one conversation."""

    examples: tuple[Example, ...]
    """In the order of their first question."""
    rejections: tuple[Rejection, ...]
    """Questions and threads that gave no example, each with the reason."""
    waiting: frozenset[str] = frozenset()
    """Ids of messages whose part got no answer; the next run asks again."""


class Extractor(Protocol):
    """One way to lift examples out of threads.

    The same conversation and settings give the same examples. Every word of a turn is cited.
    """

    name: str
    """As in `[extract] extractor`."""
    version: str
    """Changes whenever the same chat would give other examples; part of fingerprints."""

    def extract(self, threaded: ThreadedConversation, settings: Settings) -> Extraction:
        """Return the examples of one conversation."""
        ...


@runtime_checkable
class BulkExtractor(Extractor, Protocol):
    """An extractor that is faster with many conversations at once, because it asks a model."""

    @property
    def stopped_by(self) -> ChatmillError | None:
        """Why nothing more is asked, once that happened."""
        ...

    def extract_many(
        self, threadeds: Sequence[ThreadedConversation], settings: Settings
    ) -> list[Extraction]:
        """Return the examples of each conversation, in their order."""
        ...
