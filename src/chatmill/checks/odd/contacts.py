"""Usual forms of personal data: e-mail addresses, phone and resident numbers."""

import re
from collections.abc import Iterator

from chatmill.checks.odd.places import Odd

_EMAIL = re.compile(
    r"(?<![A-Za-z0-9._+-])[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+"
)
_PHONE = re.compile(
    r"(?<![A-Za-z0-9.])(?:\+?82[-\s.]?0?|0)(?:1[016789]|2|[3-6][1-5]"
    r"|70)[-\s.]?\d{3,4}[-\s.]?\d{4}(?![A-Za-z0-9])"
    r"|(?<![A-Za-z0-9.])\+\d{1,3}[-\s.]?(?:\(?\d{1,4}\)?[-\s.]?){2,4}\d{2,4}(?![A-Za-z0-9])"
    r"|(?<![A-Za-z0-9.])\(?\d{3}\)?[-\s.]\d{3}[-\s.]\d{4}(?![A-Za-z0-9])"
)
_RESIDENT_NUMBER = re.compile(r"(?<!\d)\d{6}-[1-8]\d{6}(?!\d)")
_FORMS = (
    ("email", _EMAIL, "holds an e-mail address"),
    ("phone", _PHONE, "holds a phone number"),
    ("resident_number", _RESIDENT_NUMBER, "holds a resident registration number"),
)


def odd_contacts(text: str) -> Iterator[Odd]:
    """Yield each address and number."""
    for kind, pattern, message in _FORMS:
        for match in pattern.finditer(text):
            yield Odd(kind, match.start(), match.end(), message)
