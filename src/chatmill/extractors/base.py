"""What an extractor is: threads in, examples and what was left out of them."""

from dataclasses import dataclass
from typing import Protocol

from chatmill.records import Example, Rejection, ThreadedConversation
from chatmill.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    """What an extractor made of one conversation."""

    examples: tuple[Example, ...]
    """In the order of their first question."""
    rejections: tuple[Rejection, ...]
    """Questions and threads that gave no example, each with the reason."""


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
