"""A stretch of a text that says who somebody is, or opens something of theirs."""

import re
from dataclasses import dataclass

_AFTER = 12
"""Letters behind a stretch that are looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateSpan:
    """Personal or secret data in a text."""

    start: int
    """First code point."""
    end: int
    """One past the last code point."""
    kind: str
    """One of `settings.PRIVATE_KINDS`."""
    value: str
    """What tells one datum from another: two spans with the same kind and value mean the same."""


def near(text: str, start: int, end: int, words: re.Pattern[str], *, reach: int = 32) -> bool:
    """Tell whether one of some words stands close before a stretch, or right after it."""
    if words.search(text[max(0, start - reach) : start]) is not None:
        return True
    return words.match(text[end : end + _AFTER].lstrip(" (,")) is not None


def squeezed(text: str) -> str:
    """Return the letters and digits of a value in lower case: what two spellings of it share."""
    return "".join(letter for letter in text.casefold() if letter.isalnum())
