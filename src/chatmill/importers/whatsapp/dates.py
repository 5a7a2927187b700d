"""Tells what the numbers of a WhatsApp date mean, by everything a file has of them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

Order = tuple[int, int, int]
"""Which of the three numbers is the year, the month, the day."""
YEAR_FIRST: Order = (0, 1, 2)
DAY_FIRST: Order = (2, 1, 0)
MONTH_FIRST: Order = (2, 0, 1)
ENOUGH_IMPOSSIBLE = 8
"""Days that rule an order out; a pasted line alone does not."""
FEW_DATES = 3
"""From so many different days on, the order in which they follow each other closest is meant."""
FIRST_YEAR = 2009
"""WhatsApp is no older."""
LAST_YEAR = 2099
CENTURY_YEARS = 100
"""A year below is written with two digits."""

_NUMBERS = re.compile(r"\d+")
_CLOCK = re.compile(r"(?P<h>\d{1,2})[:.](?P<mi>\d{2})(?:[:.](?P<s>\d{2}))?")
_HALF_BEFORE = re.compile(r"(?:오전|오후|[AP]M) ?\d")
_IN_HALVES = re.compile(r"(?:오[전후]|午[前後]|[AaPp]\.?[\s\u202f\u00a0]?[Mm]\b)")


@dataclass(slots=True)
class _Reading:
    """How the dates of a file look when they are read in one order."""

    order: Order
    n_impossible: int = 0
    n_backwards: int = 0
    n_days_passed: int = 0
    last: date | None = None

    def add(self, written: str) -> None:
        day = _day(written, self.order)
        if day is None:
            self.n_impossible += 1
            return
        if self.last is not None:
            passed = (day - self.last).days
            self.n_backwards += passed < 0
            self.n_days_passed += abs(passed)
        self.last = day


class DateOrder:
    """Gathers a file's dates and decides in which order their numbers stand.

    A four-digit year in front decides alone. Else the order wins that has the fewest impossible
    days, then the fewest steps back in time, then the closest days, then what is usual for dates
    written like the first one.
    """

    def __init__(self) -> None:
        self._readings = [_Reading(order) for order in (YEAR_FIRST, DAY_FIRST, MONTH_FIRST)]
        self._usual: Order | None = None
        self._last = ""
        self._n_dates = 0
        self.is_certain = False
        """Nothing that follows can change the decision."""

    def add(self, written: str, clock: str) -> None:
        """Take the date of the next message.

        Args:
            written: Like `1/15/24`, `2024. 8. 21.`
            clock: The time beside it.
        """
        if written == self._last:
            return
        self._last = written
        self._n_dates += 1
        if self._usual is None:
            self._usual = _usual_order(written, clock)
            self.is_certain = bool(re.match(r"\d{4}", written))
        for reading in self._readings:
            reading.add(written)
        ruled_out = [each.n_impossible >= ENOUGH_IMPOSSIBLE for each in self._readings]
        fits = [each.n_impossible == 0 for each in self._readings]
        self.is_certain |= sum(ruled_out) == 2 and sum(fits) == 1  # noqa: PLR2004 - two of three

    @property
    def order(self) -> Order:
        """The order decided for."""
        if self._usual is None or (self.is_certain and self._usual == YEAR_FIRST):
            return YEAR_FIRST

        def doubts(reading: _Reading) -> tuple[int, int, int, bool]:
            passed = reading.n_days_passed if self._n_dates >= FEW_DATES else 0
            return (
                reading.n_impossible,
                reading.n_backwards,
                passed,
                reading.order != self._usual,
            )

        return min(self._readings, key=doubts).order


def decide_order(dates: Iterable[tuple[str, str]]) -> Order:
    """Decide for a file.

    Args:
        dates: Date and time of each message, as written.
    """
    evidence = DateOrder()
    for written, clock in dates:
        evidence.add(written, clock)
        if evidence.is_certain:
            break
    return evidence.order


@lru_cache(maxsize=256)
def iso_date(written: str, order: Order) -> str | None:
    """Write a date as ISO 8601; None where there is no such day."""
    day = _day(written, order)
    return day.isoformat() if day else None


@lru_cache(maxsize=8192)
def iso_clock(written: str) -> str | None:
    """Write a time as `HH:MM` or `HH:MM:SS`; None where there is no such time."""
    found = _CLOCK.search(written)
    if found is None:
        return None
    hour = int(found["h"])
    if half := _IN_HALVES.search(written):
        hour = hour % 12 + (12 if half.group()[0] in "Pp" or half.group()[-1] in "후後" else 0)
    if hour > 23 or int(found["mi"]) > 59:  # noqa: PLR2004 - the clock
        return None
    seconds = f":{int(found['s']):02}" if found["s"] else ""
    return f"{hour:02}:{int(found['mi']):02}{seconds}"


def _day(written: str, order: Order) -> date | None:
    numbers = [int(number) for number in _NUMBERS.findall(written)]
    if len(numbers) != len(order):
        return None
    year, month, day = (numbers[place] for place in order)
    if year < CENTURY_YEARS:
        year += 2000
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _usual_order(written: str, clock: str) -> Order:
    """Say what phones that write dates so mean where nothing else tells."""
    if re.match(r"\d{4}", written) or "년" in written or _HALF_BEFORE.match(clock):
        return YEAR_FIRST
    if "/" not in written or re.match(r"0\d|\d+/0\d", written):
        return DAY_FIRST  # 15.01.24, 15-01-24, 15/01/2024
    return (
        MONTH_FIRST
        if "AM" in clock or "PM" in clock or _IN_HALVES.search(clock) is None
        else (DAY_FIRST)
    )
