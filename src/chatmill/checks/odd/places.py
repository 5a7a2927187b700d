"""What a theme of odd data gives: a kind, the place, and why."""

import re
from dataclasses import dataclass

from chatmill.records import Severity

_FENCED = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Odd:
    """One odd place of a passage."""

    kind: str
    """As in `[check] severity`, without `odd.`."""
    start: int
    """First code point of the passage."""
    end: int
    """One past the last code point."""
    message: str
    """What is odd, in one sentence."""
    evidence: str = ""
    """What it is about, where that is not the place's own words."""
    severity: Severity = "warning"


def whole(kind: str, text: str, message: str) -> Odd:
    """Point at everything but the white space around it."""
    start = len(text) - len(text.lstrip())
    return Odd(kind, start, len(text.rstrip()), message)


def without_code(text: str) -> str:
    """Blank out code between back quotes; offsets stay."""
    if "`" not in text:
        return text
    return _FENCED.sub(lambda code: " " * len(code.group()), text)
