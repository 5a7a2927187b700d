"""Tells what dates mean that DiscordChatExporter wrote in the way of a country."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from chatmill.importers.times import from_iso, with_zone
from chatmill.importers.whatsapp.dates import Order, decide_order, iso_clock, iso_date
from chatmill.settings import ImportSettings

_ISO = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}")
_WRITTEN = re.compile(
    r"(?P<date>\d{1,4}(?:년 ?|[./-] ?)\d{1,2}(?:월 ?|[./-] ?)\d{1,4}[.일]?),?\s+"
    r"(?P<clock>.{0,12}?\d{1,2}[:.]\d{2}.{0,12})"
)


@dataclass(frozen=True, slots=True)
class Moments:
    """Reads the dates of one file."""

    order: Order

    def iso(self, written: str, settings: ImportSettings) -> str:
        """Return a time as a message keeps it; empty for what is none."""
        if _ISO.match(written):
            return from_iso(written, settings)
        parts = _WRITTEN.fullmatch(written)
        if parts is None:
            return ""
        day, clock = iso_date(parts["date"], self.order), iso_clock(parts["clock"])
        return with_zone(f"{day} {clock}", settings) if day and clock else ""


def moments_of(written: Iterable[str]) -> Moments:
    """Decide in which order a file writes day, month and year.

    Args:
        written: What stands where its dates should.
    """
    return Moments(decide_order(_parts(written)))


def _parts(written: Iterable[str]) -> Iterator[tuple[str, str]]:
    for each in written:
        parts = None if _ISO.match(each) else _WRITTEN.fullmatch(each)
        if parts is not None:
            yield parts["date"], parts["clock"]
