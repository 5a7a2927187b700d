"""Writes times the way messages keep them: local wall time, with its offset where it is known."""

import math
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from chatmill.errors import SettingsError
from chatmill.settings import ImportSettings

QUARTER_SECONDS = 900
"""Zones change at whole quarters of an hour, so a chat's times share most of their letters."""
_LAST_MICROSECOND = 0.999999
_HOUR_CHARACTERS = len("2024-03-11 09:")
_SECOND_CHARACTERS = len("2024-03-11 09:12:05")
_CLOCK_CHARACTERS = 5
"""Length of `09:12`."""


def from_epoch(seconds: float, settings: ImportSettings) -> str:
    """Write seconds since 1970 as wall time in `[import] timezone`, or in UTC.

    Returns:
        Like `2024-03-11 09:12:05+09:00`; empty for a moment no calendar has.

    Raises:
        SettingsError: There is no such time zone.
    """
    try:
        whole = math.floor(seconds)
        number, rest = divmod(whole, QUARTER_SECONDS)
        quarter = _quarter(number, settings.timezone)
        if quarter is None or seconds - whole > _LAST_MICROSECOND:
            zone = _zone(settings.timezone) or UTC
            return _written(datetime.fromtimestamp(seconds, zone))
    except (OverflowError, ValueError, OSError):
        return ""
    hour, minute, offset = quarter
    return f"{hour}{minute + rest // 60:02}:{rest % 60:02}{offset}"


def from_iso(text: str, settings: ImportSettings) -> str:
    """Write an ISO 8601 time as a message keeps it.

    A time that names its offset is shown in `[import] timezone` where that is set; one without
    gets that zone's offset.

    Returns:
        Like `2024-03-11 09:12:05+09:00`, without offset where nobody knows it; empty where the
        text is no time.

    Raises:
        SettingsError: There is no such time zone.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return ""
    zone = _zone(settings.timezone)
    if zone is None:
        return _written(moment)
    try:
        return _written(
            moment.replace(tzinfo=zone) if moment.tzinfo is None else moment.astimezone(zone)
        )
    except (OverflowError, ValueError):
        return _written(moment)


def with_zone(wall_time: str, settings: ImportSettings) -> str:
    """Add the offset of `[import] timezone` to a wall time as exported.

    A clock time alone, an empty time and one that has an offset stay as they are.

    Args:
        wall_time: Like `2024-03-11 09:12` or `2024-03-11 09:12:05`.
        settings: Name the time zone.

    Raises:
        SettingsError: There is no such time zone.
    """
    zone = _zone(settings.timezone)
    if zone is None or len(wall_time) <= _CLOCK_CHARACTERS:
        return wall_time
    return _offset_added(wall_time, settings.timezone)


@lru_cache(maxsize=4096)
def _offset_added(wall_time: str, name: str) -> str:
    try:
        moment = datetime.fromisoformat(wall_time)
    except ValueError:
        return wall_time
    if moment.tzinfo is not None:
        return wall_time
    offset = moment.replace(tzinfo=_zone(name)).isoformat()[len(moment.isoformat()) :]
    return f"{wall_time}{offset}"


@lru_cache(maxsize=4096)
def _quarter(number: int, zone_name: str) -> tuple[str, int, str] | None:
    """Write what all moments of a quarter of an hour share; None where their zone changes.

    Returns:
        Date and hour like `2024-03-11 09:`, the first minute, the offset.
    """
    zone = _zone(zone_name) or UTC
    first = datetime.fromtimestamp(number * QUARTER_SECONDS, zone)
    last = datetime.fromtimestamp((number + 1) * QUARTER_SECONDS - 1, zone)
    if first.utcoffset() != last.utcoffset() or first.second or first.minute % 15:
        return None
    written = _written(first)
    return written[:_HOUR_CHARACTERS], first.minute, written[_SECOND_CHARACTERS:]


def _written(moment: datetime) -> str:
    return moment.replace(microsecond=0).isoformat(sep=" ")


@lru_cache(maxsize=16)
def _zone(name: str) -> tzinfo | None:
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise SettingsError(
            f"no time zone {name!r}",
            where="[import] timezone",
            fix="Write it like Asia/Seoul or Europe/Berlin",
        ) from error
