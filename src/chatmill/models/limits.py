"""Budgets a server is sent at most: from settings, or as its own headers tell them.

Times are seconds of one monotonic clock, handed in by the caller.
"""

import math
import re
from collections.abc import Mapping
from typing import Literal

BURST_SECONDS = 0.1
"""What a budget of settings lets through at once after a rest."""
SECONDS_PER_MINUTE = 60.0
DURATION = re.compile(
    r"(?:(?P<h>\d+)h)?(?:(?P<m>\d+)m(?!s))?(?:(?P<s>[\d.]+)s)?(?:(?P<ms>[\d.]+)ms)?"
)


class Budget:
    """So much a second, with a little saved up.

    Args:
        per_minute: What flows in.
        burst: Most that is saved up; one call may cost more, the next then waits longer.
    """

    def __init__(self, per_minute: float, burst: float | None = None) -> None:
        self._per_second = per_minute / SECONDS_PER_MINUTE
        self._capacity = max(1.0, self._per_second * BURST_SECONDS if burst is None else burst)
        self._level = self._capacity
        self._at = -math.inf

    def wait_seconds(self, now: float, cost: float) -> float:
        """Say how long a call of this cost has to wait."""
        self._fill(now)
        missing = min(cost, self._capacity) - self._level
        return max(0.0, missing / self._per_second)

    def take(self, now: float, cost: float) -> None:
        """Pay for a call."""
        self._fill(now)
        self._level -= cost

    def give_back(self, cost: float) -> None:
        """Return what a call was thought to cost and did not."""
        self._level = min(self._capacity, self._level + cost)

    def _fill(self, now: float) -> None:
        passed = now - self._at
        self._level = min(self._capacity, self._level + passed * self._per_second)
        self._at = now


class ServerBudget:
    """What the server's `x-ratelimit-*` headers leave; open until it sends some.

    Args:
        what: `requests` or `tokens`.
    """

    def __init__(self, what: Literal["requests", "tokens"]) -> None:
        self._what = what
        self._limit = 0.0
        self._level = math.inf
        self._per_second = 0.0
        self._at = 0.0

    @property
    def is_known(self) -> bool:
        """Say whether the server has told."""
        return not math.isinf(self._level)

    def read(
        self, headers: Mapping[str, str], now: float, sent_at: float, spent_since: float
    ) -> None:
        """Learn from one response.

        The server counted when the call came in: what we sent since is taken off, what has
        flowed in since is added.

        Args:
            headers: Of the response, case-insensitive or in lower case.
            now: The present.
            sent_at: When the call was sent.
            spent_since: What calls sent after it cost.
        """
        limit = _number(headers.get(f"x-ratelimit-limit-{self._what}"))
        remaining = _number(headers.get(f"x-ratelimit-remaining-{self._what}"))
        if limit is None or remaining is None or limit <= 0:
            return  # some servers send -1, or nothing
        reset = duration_seconds(headers.get(f"x-ratelimit-reset-{self._what}", ""))
        used = limit - remaining
        self._limit = limit
        self._per_second = limit / SECONDS_PER_MINUTE
        if reset is not None and reset > 0 and used > 0:
            self._per_second = max(self._per_second, used / reset)
        flowed = (now - sent_at) * self._per_second
        self._level = min(limit, remaining - spent_since + flowed)
        self._at = now

    def wait_seconds(self, now: float, cost: float) -> float:
        """Say how long a call of this cost has to wait."""
        if not self.is_known:
            return 0.0
        self._fill(now)
        missing = min(cost, self._limit) - self._level
        return max(0.0, missing / self._per_second)

    def take(self, now: float, cost: float) -> None:
        """Pay for a call."""
        if self.is_known:
            self._fill(now)
            self._level -= cost

    def _fill(self, now: float) -> None:
        self._level = min(self._limit, self._level + (now - self._at) * self._per_second)
        self._at = now


def duration_seconds(text: str) -> float | None:
    """Read a duration as the headers write it: `12ms`, `6m0s`, `1h2m3.5s`, or plain seconds.

    Returns:
        Seconds; None where the text is no duration.
    """
    plain = _number(text)
    if plain is not None:
        return plain
    match = DURATION.fullmatch(text)
    if not text or match is None:
        return None
    parts = (_number(match[part]) or 0.0 for part in ("h", "m", "s", "ms"))
    hours, minutes, seconds, milliseconds = parts
    return hours * 3600 + minutes * 60 + seconds + milliseconds / 1000


def _number(text: str | None) -> float | None:
    try:
        value = float(text) if text is not None else None
    except ValueError:
        return None
    return value if value is not None and 0 <= value < math.inf else None
