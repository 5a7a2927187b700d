"""Minutes between messages whose times may be ISO 8601, a clock alone, or unknown."""

import re
from datetime import datetime

_CLOCK = re.compile(r"^(\d{1,2}):(\d{2})(?::(\d{2}))?$")
_MINUTES_A_DAY = 1440.0
_ORIGIN = datetime(2000, 1, 1)  # noqa: DTZ001 - wall times without a zone are compared


def minutes_between(earlier: str, later: str) -> float | None:
    """Return the minutes from one time to another; None where one is unknown.

    Two clock times are taken for the nearest such pair, so midnight may pass between them.
    """
    clocks = [_clock_minutes(each) for each in (earlier, later)]
    if clocks[0] is not None and clocks[1] is not None:
        return (clocks[1] - clocks[0]) % _MINUTES_A_DAY
    moments = [_moment(each) for each in (earlier, later)]
    if moments[0] is None or moments[1] is None:
        return None
    return (moments[1] - moments[0]).total_seconds() / 60


def minutes_of(text: str) -> tuple[float | None, float | None]:
    """Return a clock's minutes since midnight, or a date's minutes since a fixed moment."""
    clock = _clock_minutes(text)
    moment = _moment(text) if clock is None else None
    return clock, None if moment is None else (moment - _ORIGIN).total_seconds() / 60


def _clock_minutes(text: str) -> float | None:
    found = _CLOCK.match(text)
    if found is None:
        return None
    return int(found.group(1)) * 60 + int(found.group(2)) + int(found.group(3) or 0) / 60


def _moment(text: str) -> datetime | None:
    """Read a time; the zone is left out where only some messages have one."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return None
