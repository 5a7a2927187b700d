"""The gate every call to one server passes: slots, pace and budgets, first come first served."""

import asyncio
import math
import time
from collections.abc import Mapping

from chatmill.models.congestion import Congestion, Ticket
from chatmill.models.limits import Budget, ServerBudget
from chatmill.settings import ProviderSettings

RAMP_SECONDS = 0.2
"""The first window of calls is spread over this, so that a small server can say no in time."""
PACE_SLACK_SECONDS = 0.02
"""How far calls may lag behind their pace and catch up."""
LONGEST_NAP_SECONDS = 1.0
"""What a waiting call depends on may change, so it looks again."""


class Gate:
    """Lets calls through; lives on one event loop.

    Args:
        limits: The provider's.
        ramp_seconds: See RAMP_SECONDS; 0 lets the first window through at once.
    """

    def __init__(self, limits: ProviderSettings, *, ramp_seconds: float = RAMP_SECONDS) -> None:
        self.congestion = Congestion(max(1, limits.max_concurrency))
        self.n_in_flight = 0
        self._ramp_seconds = ramp_seconds
        self._turn = asyncio.Lock()
        self._freed = asyncio.Event()
        self._n_sent = 0
        self._tokens_sent = 0
        self._next_at = 0.0
        self._requests = _budget(limits.requests_per_minute)
        self._tokens = _budget(limits.tokens_per_minute)
        self._server_requests = ServerBudget("requests")
        self._server_tokens = ServerBudget("tokens")

    @property
    def counts_tokens(self) -> bool:
        """Say whether calls have to tell what they cost."""
        return self._tokens is not None or self._server_tokens.is_known

    async def enter(self, tokens: int = 0) -> Ticket:
        """Wait for a slot, the pace and the budgets; `leave` gives the slot back.

        Args:
            tokens: What the call will cost of a budget of tokens, question and longest answer.
        """
        async with self._turn:
            while (wait := self._wait_seconds(time.monotonic(), tokens)) > 0:
                self._freed.clear()
                if math.isinf(wait):
                    await self._freed.wait()
                else:
                    await asyncio.sleep(min(wait, LONGEST_NAP_SECONDS))
            return self._take(time.monotonic(), tokens)

    def leave(self) -> None:
        """Give a slot back."""
        self.n_in_flight -= 1
        self._freed.set()

    def answered(
        self, ticket: Ticket, headers: Mapping[str, str], tokens: int | None = None
    ) -> None:
        """Note an answer.

        Args:
            ticket: From `enter`.
            headers: Of the response.
            tokens: What the call cost; None where the server does not say.
        """
        now = time.monotonic()
        self.congestion.answered(now, ticket)
        if self._tokens is not None and tokens:
            self._tokens.give_back(ticket.tokens - tokens)
        self._read(headers, ticket, now)
        self._freed.set()

    def refused(
        self, ticket: Ticket, headers: Mapping[str, str], asked_seconds: float | None
    ) -> None:
        """Note a refusal for want of room, or a time-out."""
        now = time.monotonic()
        self.congestion.refused(now, ticket, asked_seconds)
        self._read(headers, ticket, now)

    def _wait_seconds(self, now: float, tokens: int) -> float:
        if self.n_in_flight >= self.congestion.window:
            return math.inf
        waits = [
            self.congestion.closed_until - now,
            self._next_at - now,
            self._server_requests.wait_seconds(now, 1),
            self._server_tokens.wait_seconds(now, tokens),
        ]
        if self._requests is not None:
            waits.append(self._requests.wait_seconds(now, 1))
        if self._tokens is not None:
            waits.append(self._tokens.wait_seconds(now, tokens))
        return max(waits)

    def _take(self, now: float, tokens: int) -> Ticket:
        self.n_in_flight += 1
        self._n_sent += 1
        self._tokens_sent += tokens
        pace = self._pace()
        if pace is not None:
            self._next_at = max(self._next_at, now - PACE_SLACK_SECONDS) + 1 / pace
        self._server_requests.take(now, 1)
        self._server_tokens.take(now, tokens)
        if self._requests is not None:
            self._requests.take(now, 1)
        if self._tokens is not None:
            self._tokens.take(now, tokens)
        return Ticket(
            number=self._n_sent, sent_at=now, tokens=tokens, tokens_before=self._tokens_sent
        )

    def _pace(self) -> float | None:
        is_ramp = self._ramp_seconds > 0 and self._n_sent <= self.congestion.most
        if self.congestion.pace is None and is_ramp:
            return self.congestion.most / self._ramp_seconds
        return self.congestion.pace

    def _read(self, headers: Mapping[str, str], ticket: Ticket, now: float) -> None:
        n_since = self._n_sent - ticket.number
        tokens_since = self._tokens_sent - ticket.tokens_before
        self._server_requests.read(headers, now, ticket.sent_at, n_since)
        self._server_tokens.read(headers, now, ticket.sent_at, tokens_since)


def _budget(per_minute: int) -> Budget | None:
    return Budget(per_minute) if per_minute > 0 else None
