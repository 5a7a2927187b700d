"""Finds the products a text speaks of: those the settings name, else part numbers."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Self

_PART_NUMBER = re.compile(
    r"(?<![A-Za-z0-9_#@/+.-])"
    r"(?=[A-Za-z0-9-]{0,40}\d[A-Za-z0-9-]{0,40}\d)[A-Z][A-Za-z]{0,6}\d[A-Za-z0-9]{2,}(?:-[A-Z][A-Za-z0-9]*)*"
    r"(?![A-Za-z0-9_=(])"
)
_NO_PRODUCT = re.compile(
    r"^(?:GPIO|GP|PIN|IO|ADC|DAC|PORT|SN|RS|IP|IPV|UTF|SHA|AES|RSA|MD|ISO|RFC|IEEE|USB|CAT|RJ"
    r"|HTTP|"
    r"TLS|KS|IEC|EN|FW|REV|VER|V|BIT|ERR|E|X|Y|Q|FY|CVE|KB|MB|PR)-?\d",
    re.IGNORECASE,
)
_MIN_DIGITS = 3


class KnownProducts(tuple[str, ...]):  # noqa: SLOT001 - slots of a tuple cannot hold `written`
    """All products there are; where there are none, nothing counts as one.

    Args:
        names: In the spelling a system line uses.
        written: Those of them that stand in settings; the others were learnt.
    """

    written: tuple[str, ...]

    def __new__(cls, names: Iterable[str], written: Iterable[str] = ()) -> Self:
        """Make the tuple."""
        made = super().__new__(cls, names)
        made.written = tuple(written)
        return made


def written_products(known: Sequence[str]) -> tuple[str, ...]:
    """Return those of some known products that people wrote into settings."""
    return known.written if isinstance(known, KnownProducts) else tuple(known)


def find_products(texts: str | Iterable[str], known: Sequence[str] = ()) -> tuple[str, ...]:
    """Return products in order of first mention, each once, in canonical spelling.

    Args:
        texts: One text, or the texts of a conversation in order.
        known: Product names, of settings or learnt; only these count where there are some or
            where they are `KnownProducts`, matched without case. Else, where nothing was learnt:
            tokens of capitals and at least three digits.
    """
    found: dict[str, None] = {}
    if not known and isinstance(known, KnownProducts):
        return ()
    for text in (texts,) if isinstance(texts, str) else texts:
        for name in _known(text, tuple(known)) if known else _part_numbers(text):
            found.setdefault(name)
    return tuple(found)


def _known(text: str, known: tuple[str, ...]) -> list[str]:
    spelling = {name.casefold(): name for name in known}
    return [spelling[match.group().casefold()] for match in _known_pattern(known).finditer(text)]


@lru_cache(maxsize=32)
def _known_pattern(known: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted(known, key=len, reverse=True)
    names = "|".join(re.escape(name) for name in longest_first)
    return re.compile(rf"(?<![A-Za-z0-9_])(?:{names})(?![A-Za-z0-9_])", re.IGNORECASE)


def _part_numbers(text: str) -> list[str]:
    return [
        match.group()
        for match in _PART_NUMBER.finditer(text)
        if not _NO_PRODUCT.match(match.group())
        and sum(letter.isdigit() for letter in match.group()) >= _MIN_DIGITS
    ]
