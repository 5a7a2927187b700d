"""Minutes between times of different exactness."""

import pytest

from chatmill.threads.clock import minutes_between


@pytest.mark.parametrize(
    ("earlier", "later", "minutes"),
    [
        ("2025-04-08T09:00:00+09:00", "2025-04-08T10:30:00", 90.0),
        ("23:50", "00:10", 20.0),
        ("", "2025-04-08T10:30:00", None),
        ("10:00", "2025-04-08T10:30:00", None),
    ],
)
def test_minutes_between_what_is_known(earlier: str, later: str, minutes: float | None) -> None:
    """Clock-only times may cross midnight; an unknown time gives no gap."""
    assert minutes_between(earlier, later) == minutes
