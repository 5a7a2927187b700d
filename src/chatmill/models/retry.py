"""Which failed calls are worth another try, and how long to wait before it."""

import math
import random
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

FIRST_DELAY_SECONDS = 0.25
"""Most faults that pass have passed by then."""
SECOND_DELAY_SECONDS = 1.0
"""Doubled for each further try."""
LONGEST_DELAY_SECONDS = 30.0
JITTER_FRACTION = 0.25
"""Longest share added to our own wait, so that waiting calls do not all return at once."""
ASKED_JITTER_FRACTION = 0.05
"""The same where the server said how long: the gate's pace spreads those calls."""

RETRIED_STATUSES = frozenset({408, 425, 429})
FIRST_SERVER_ERROR = 500


def is_retried_status(status: int) -> bool:
    """Say whether the same request may succeed later."""
    return status in RETRIED_STATUSES or status >= FIRST_SERVER_ERROR


def asked_delay_seconds(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Read how long the server asks us to wait, however long that is.

    Args:
        headers: Response headers, names in lower case or case-insensitive.
        now: The present, for a `Retry-After` that is a date.

    Returns:
        Seconds, at least 0; None where the server does not say, or says nonsense.
    """
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    text = headers.get("retry-after")
    seconds = _number(text)
    if seconds is not None or text is None:
        return seconds
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return max(0.0, (until - (now or datetime.now(UTC))).total_seconds())


def delay_seconds(attempt: int, asked_seconds: float | None, chance: random.Random) -> float:
    """Say how long to wait before the next try.

    Args:
        attempt: Tries already made, from 1.
        asked_seconds: What the server asked for; our own doubling backoff where None.
        chance: Where the jitter comes from.

    Returns:
        Seconds; never less than the server asked for.
    """
    if asked_seconds is not None:
        return asked_seconds * (1 + ASKED_JITTER_FRACTION * chance.random())
    base = FIRST_DELAY_SECONDS
    if attempt > 1:
        base = min(LONGEST_DELAY_SECONDS, SECOND_DELAY_SECONDS * 2.0 ** (attempt - 2))
    return base * (1 + JITTER_FRACTION * chance.random())


def _number(text: str | None) -> float | None:
    try:
        value = float(text) if text is not None else None
    except ValueError:
        return None
    return value if value is not None and 0 <= value < math.inf else None
