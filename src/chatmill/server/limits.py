"""Rate limits of keys: two buckets each, one of requests and one of tokens, that fill evenly."""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from chatmill.store.server_keys import ApiKey

SECONDS = 60.0
"""A limit is a minute's worth; so much may also come at once after a rest."""


class _Bucket:
    def __init__(self, per_minute: int, now: float) -> None:
        self.per_minute = per_minute
        self.level = float(per_minute)
        self.at = now

    def fill(self, now: float) -> None:
        gained = (now - self.at) * self.per_minute / SECONDS
        self.level, self.at = min(float(self.per_minute), self.level + gained), now

    def seconds_until(self, level: float) -> float:
        return max(0.0, (level - self.level) * SECONDS / self.per_minute)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A request that came too early."""

    kind: str
    """`requests` or `tokens`: the limit that was met."""
    limit: int
    seconds: float
    """Until there is room."""


class KeyLimits:
    """Keeps every key's buckets; safe to use from several threads.

    Args:
        clock: Seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: dict[tuple[str, str], _Bucket] = {}

    def admit(self, key: ApiKey) -> Refusal | None:
        """Take one request of a key, or say why not.

        Tokens are known only afterwards (`spend`), so a request is let in while any are left and
        the next ones wait until what was overdrawn is filled up.
        """
        with self._lock:
            found = self._of(key)
            for kind, least in (("requests", 1.0), ("tokens", 1.0)):
                bucket = found.get(kind)
                if bucket is not None and bucket.level < least:
                    return Refusal(
                        kind=kind, limit=bucket.per_minute, seconds=bucket.seconds_until(least)
                    )
            if "requests" in found:
                found["requests"].level -= 1
        return None

    def spend(self, key: ApiKey, n_tokens: int) -> None:
        """Take the tokens of a request that was answered."""
        with self._lock:
            bucket = self._of(key).get("tokens")
            if bucket is not None:
                bucket.level -= n_tokens

    def headers(self, key: ApiKey) -> dict[str, str]:
        """Return `x-ratelimit-…` as OpenAI sends them; nothing for a key without limits."""
        with self._lock:
            told = {}
            for kind, bucket in self._of(key).items():
                told[f"x-ratelimit-limit-{kind}"] = str(bucket.per_minute)
                told[f"x-ratelimit-remaining-{kind}"] = str(max(0, math.floor(bucket.level)))
                seconds = bucket.seconds_until(bucket.per_minute)
                told[f"x-ratelimit-reset-{kind}"] = reset_text(seconds)
        return told

    def _of(self, key: ApiKey) -> dict[str, _Bucket]:
        now = self._clock()
        found = {}
        for kind, limit in (
            ("requests", key.requests_per_minute),
            ("tokens", key.tokens_per_minute),
        ):
            if limit <= 0:
                continue
            bucket = self._buckets.get((key.name, kind))
            if bucket is None or bucket.per_minute != limit:
                bucket = self._buckets[key.name, kind] = _Bucket(limit, now)
            bucket.fill(now)
            found[kind] = bucket
        return found


def reset_text(seconds: float) -> str:
    """Write a time as OpenAI's headers do: `12ms`, `1.5s`, `6m0s`."""
    if seconds < 1:
        return f"{math.ceil(seconds * 1000)}ms"
    minutes, rest = divmod(seconds, 60)
    return f"{minutes:.0f}m{rest:.0f}s" if minutes else f"{rest:.3g}s"
