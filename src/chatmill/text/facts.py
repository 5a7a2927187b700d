"""Finds what must not change in an answer: numbers with units, hex, registers, parts, addresses."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

FactKind = Literal["url", "email", "hex", "version", "identifier", "part", "number"]

_UNITS = (
    r"GHz|MHz|kHz|KHz|Hz|Gbps|Mbps|kbps|Kbps|bps|MB/s|KB/s|GB|MB|KB|kB|GiB|MiB|KiB|Kb|Mb|bytes?"
    r"|bits?|B"
    r"|ms|us|µs|μs|ns|seconds?|secs?|minutes?|mins?|hours?|days?|weeks?|months?|years?"
    r"|kOhm|kohm|KOhm|ohms?|Ohms?|kΩ|Ω|MΩ|uF|µF|nF|pF|uH|mH|mA|uA|µA|A|mV|kV|V|mW|W|dBm|dB|ppm"
    r"|mm|cm|km|m|pF|°C|℃|°F|%|pins?|pieces?|sockets?|times?"
    r"|바이트|비트|킬로바이트|메가|기가|마이크로초|밀리초|초|분|시간|개월|개|번지|번|일|주|달|년|도|회|배"
    r"|명|대|장|핀|채널|라인|단계|자리|원|달러|퍼센트|프로|볼트|암페어|옴|포트|단위|월|시"
)
_PATTERN = re.compile(
    rf"""
      (?P<url>     https?://[^\s<>"'）)]+ | \bwww\.[^\s<>"'）)]+ )
    | (?P<email>   (?<![A-Za-z0-9._+-]) [A-Za-z0-9._+-]{{1,64}}
                   @[A-Za-z0-9-]{{1,63}}(?:\.[A-Za-z0-9-]{{1,63}})+ )
    | (?P<hex>     (?<![A-Za-z0-9_]) 0[xX][0-9A-Fa-f]+ (?![A-Za-z0-9_])
                 | (?<![A-Za-z0-9_]) [0-9A-Fa-f]+[hH] (?<=[0-9][0-9A-Fa-f][hH]) (?![A-Za-z0-9_])
                 | (?<![A-Za-z0-9_:]) [0-9A-Fa-f]{{2}}(?::[0-9A-Fa-f]{{2}}){{2,7}}
                   (?![A-Za-z0-9_]) )
    | (?P<version> (?<![A-Za-z0-9_.]) [vV]?\d+(?:\.\d+){{2,}} (?![A-Za-z0-9_])
                 | (?<![A-Za-z0-9_.]) [vV]\d+(?:\.\d+)* (?![A-Za-z0-9_]) )
    | (?P<identifier>
                   (?<![A-Za-z0-9_]) [A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)+ (?![A-Za-z0-9_])
                 | (?<![A-Za-z0-9_]) [A-Z][A-Z]+ (?![A-Za-z0-9_]) )
    | (?P<part>    (?<![A-Za-z0-9_])
                   (?=[A-Za-z0-9-]{{0,40}}[A-Za-z]) (?=[A-Za-z0-9-]{{0,40}}\d)
                   [A-Za-z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)* (?![A-Za-z0-9_]) )
    | (?P<number>  (?<![A-Za-z0-9_.])
                   (?P<amount> [-+−]?\d+(?:,\d{{3}})*(?:\.\d+)? )
                   (?: \s? (?P<unit> (?:{_UNITS})(?![A-Za-z]) ) )? )
    """,
    re.VERBOSE,
)
_AMOUNT = re.compile(r"-?\d+(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Fact:
    """A number or name that is wrong as soon as one letter of it changes."""

    kind: FactKind
    text: str
    """As it stands in the text."""
    value: str
    """For comparing: no thousands commas, no space before the unit; `0x2F` and `0x002F` differ."""
    start: int
    """First code point."""
    end: int
    """One past the last code point."""

    @property
    def bare(self) -> str:
        """The value without its unit."""
        found = _AMOUNT.match(self.value)
        return found.group() if found else self.value


def facts(text: str) -> tuple[Fact, ...]:
    """Find numbers, hex, versions, registers, part names, pins and addresses, in order."""
    return tuple(_fact(match) for match in _PATTERN.finditer(text))


def count_facts(text: str) -> int:
    """Count what `facts` finds."""
    return sum(1 for _ in _PATTERN.finditer(text))


def missing_facts(text: str, source: str | Iterable[str]) -> tuple[Fact, ...]:
    """List the facts of a text that its source does not have.

    A bare number is there as soon as the source has the number, with whatever unit.

    Args:
        text: What is claimed.
        source: The words it should come from.
    """
    sources = (source,) if isinstance(source, str) else tuple(source)
    known: set[str] = set()
    for each in sources:
        for fact in facts(each):
            known.add(fact.value)
            if fact.kind == "number":
                known.add(fact.bare)
    return tuple(fact for fact in facts(text) if fact.value not in known)


def _fact(match: re.Match[str]) -> Fact:
    kind = match.lastgroup
    if kind in ("amount", "unit"):
        kind = "number"
    text = match.group()
    start, end = match.start(), match.end()
    if kind == "url":
        text = text.rstrip(".,;:!?")
        end = start + len(text)
        value = text
    elif kind == "number":
        amount = match.group("amount").replace(",", "").replace("−", "-")
        value = amount.lstrip("+") + (match.group("unit") or "")
    elif kind == "hex":
        value = "0x" + text[2:].upper() if text[:2] in ("0x", "0X") else text.upper()
    else:
        value = text
    return Fact(_KINDS[kind or "number"], text, value, start, end)


_KINDS: dict[str, FactKind] = {
    "url": "url",
    "email": "email",
    "hex": "hex",
    "version": "version",
    "identifier": "identifier",
    "part": "part",
    "number": "number",
}
