"""Times keep the wall clock a person saw, with an offset where it is known."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatmill.errors import SettingsError
from chatmill.importers.times import from_epoch, from_iso, with_zone
from chatmill.settings import ImportSettings

SEOUL = ImportSettings(timezone="Asia/Seoul")
UNSET = ImportSettings()


def test_seconds_since_1970_are_shown_in_the_zone() -> None:
    """A platform that counts seconds is read in the project's zone, else in UTC."""
    assert from_epoch(1710115925.000200, SEOUL) == "2024-03-11 09:12:05+09:00"
    assert from_epoch(1710115925, UNSET) == "2024-03-11 00:12:05+00:00"
    assert from_epoch(1e300, SEOUL) == from_epoch(float("nan"), SEOUL) == ""


ZONES = ["UTC", "Asia/Seoul", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu"]


@given(
    seconds=st.integers(-(10**9), 4 * 10**9)
    | st.floats(-1e9, 4e9)
    | st.integers(0, 10**6).map(
        lambda over: 1_711_846_800 + over / 1000
    ),  # summer begins in Berlin
    zone=st.sampled_from([*ZONES, "Africa/Monrovia", "America/St_Johns"]),
)
def test_every_moment_is_what_the_calendar_says(seconds: float, zone: str) -> None:
    """What times of a chat share is written once, and still right around a change of the clock."""
    moment = datetime.fromtimestamp(seconds, ZoneInfo(zone)).replace(microsecond=0)
    assert from_epoch(seconds, ImportSettings(timezone=zone)) == moment.isoformat(sep=" ")


def test_written_times_keep_or_get_their_offset() -> None:
    """An offset in the export is right as it is; a time without one gets the project's zone."""
    assert from_iso("2024-03-11T00:12:05.5Z", UNSET) == "2024-03-11 00:12:05+00:00"
    assert from_iso("2024-03-11T00:12:05Z", SEOUL) == "2024-03-11 09:12:05+09:00"
    assert from_iso("2024-03-11T09:12:05", UNSET) == "2024-03-11 09:12:05"
    assert from_iso("2024-03-11 09:12", SEOUL) == "2024-03-11 09:12:00+09:00"
    assert from_iso("yesterday", SEOUL) == ""
    assert from_iso("0001-01-01T00:00:00+14:00", SEOUL).startswith("0001-01-01")


def test_wall_times_get_the_offset_of_their_day() -> None:
    """Summer time counts, and what is no full time stays as it is."""
    berlin = ImportSettings(timezone="Europe/Berlin")
    assert with_zone("2024-03-11 09:12", SEOUL) == "2024-03-11 09:12+09:00"
    assert with_zone("2024-07-01 09:12:05", berlin) == "2024-07-01 09:12:05+02:00"
    assert with_zone("2024-01-01 09:12", berlin) == "2024-01-01 09:12+01:00"
    assert with_zone("2024-01-01 09:12", UNSET) == "2024-01-01 09:12"
    assert with_zone("09:12", SEOUL) == "09:12"
    assert with_zone("", SEOUL) == ""


def test_unknown_zone_is_one_line() -> None:
    """A misspelt zone is named with an example of how to write one."""
    with pytest.raises(SettingsError, match=r"no time zone 'Seoul'.*Asia/Seoul"):
        from_epoch(0, ImportSettings(timezone="Seoul"))
