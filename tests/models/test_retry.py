"""How long a failed call waits: as long as the server asks, else longer each time."""

import random
from datetime import UTC, datetime

import pytest

from chatmill.models.retry import (
    LONGEST_DELAY_SECONDS,
    asked_delay_seconds,
    delay_seconds,
    is_retried_status,
)

NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": "600"}, 600.0),
        ({"retry-after-ms": "12", "retry-after": "3"}, 0.012),
        ({"retry-after": "Mon, 23 Nov 2026 12:01:00 GMT"}, 60.0),
        ({"retry-after": "Mon, 23 Nov 2026 11:00:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after-ms": "nan"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_read_in_all_its_forms(
    headers: dict[str, str], seconds: float | None
) -> None:
    """Seconds, milliseconds and dates are understood; nonsense is no wait at all."""
    assert asked_delay_seconds(headers, NOW) == seconds


def test_waits_grow_are_bounded_and_never_shorter_than_asked() -> None:
    """Backoff doubles up to a limit; the server's own wish has none."""
    chance = random.Random(1)  # noqa: S311 - jitter, not a secret
    waits = [delay_seconds(attempt, None, chance) for attempt in range(1, 12)]
    assert 0.25 <= waits[0] <= 0.3125
    assert waits[:5] == sorted(waits[:5])
    assert max(waits) <= LONGEST_DELAY_SECONDS * 1.25
    assert 600 <= delay_seconds(1, 600.0, chance) <= 750


def test_only_what_may_pass_is_tried_again() -> None:
    """A wrong request is not sent twice."""
    statuses = (400, 401, 404, 408, 422, 429, 500, 503)
    assert [each for each in statuses if is_retried_status(each)] == [408, 429, 500, 503]
