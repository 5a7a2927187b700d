"""Budgets: from settings, and from what servers say in their headers."""

import pytest

from chatmill.models.limits import Budget, ServerBudget, duration_seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("12ms", 0.012),
        ("6m0s", 360.0),
        ("1h2m3.5s", 3723.5),
        ("20s", 20.0),
        ("1.5", 1.5),
        ("0s", 0.0),
        ("", None),
        ("soon", None),
        ("-1", None),
    ],
)
def test_durations_are_read_as_servers_write_them(text: str, seconds: float | None) -> None:
    """Milliseconds are not minutes, and nonsense is nothing."""
    assert duration_seconds(text) == seconds


def test_a_budget_of_settings_is_kept() -> None:
    """600 a minute are ten a second, spread evenly; a dear call makes the next one wait."""
    budget = Budget(600)
    now, times = 100.0, []
    for _ in range(30):
        now += budget.wait_seconds(now, 1)
        budget.take(now, 1)
        times.append(now)
    assert times[-1] - times[0] == pytest.approx(2.9)
    budget.take(now, 50)
    assert budget.wait_seconds(now, 1) == pytest.approx(5.1)
    budget.give_back(40)
    assert budget.wait_seconds(now, 1) == pytest.approx(1.1)


def test_headers_of_a_server_set_the_pace() -> None:
    """What is left may go at once, then as fast as the server says it refills."""
    budget = ServerBudget("requests")
    assert budget.wait_seconds(0.0, 1) == 0.0
    headers = {
        "x-ratelimit-limit-requests": "50",
        "x-ratelimit-remaining-requests": "2",
        "x-ratelimit-reset-requests": "960ms",
    }
    budget.read(headers, now=10.0, sent_at=10.0, spent_since=1)
    assert budget.wait_seconds(10.0, 1) == 0.0
    budget.take(10.0, 1)
    assert budget.wait_seconds(10.0, 1) == pytest.approx(1 / 50)


def test_what_flowed_in_while_a_call_was_under_way_counts() -> None:
    """Ten calls sent and 0.2 s passed at 50 a second: as much as before."""
    budget = ServerBudget("requests")
    headers = {
        "x-ratelimit-limit-requests": "50",
        "x-ratelimit-remaining-requests": "0",
        "x-ratelimit-reset-requests": "1s",
    }
    budget.read(headers, now=10.2, sent_at=10.0, spent_since=10)
    assert budget.wait_seconds(10.2, 1) == pytest.approx(1 / 50)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-ratelimit-limit-requests": "-1", "x-ratelimit-remaining-requests": "-1"},
        {"x-ratelimit-limit-requests": "many"},
        {"x-ratelimit-limit-requests": "0", "x-ratelimit-remaining-requests": "0"},
    ],
)
def test_servers_that_say_nothing_of_use_are_not_waited_for(headers: dict[str, str]) -> None:
    """Missing headers, -1 and nonsense hold nobody back."""
    budget = ServerBudget("requests")
    budget.read(headers, now=1.0, sent_at=0.0, spent_since=3)
    assert budget.wait_seconds(1.0, 1) == 0.0
