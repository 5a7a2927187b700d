"""How many calls a server bears: learnt from what it refuses, without being told.

Two things are learnt. The *window* bounds the calls in flight: it shrinks by a factor when the
server refuses or times out and grows by one a round when it does not (additive increase,
multiplicative decrease). The *pace* bounds the calls started a second: it becomes what the server
last answered, then grows by a small share until something is refused again. Refusals that do not
become fewer when we slow down do not come from our speed, and are borne.

Times are seconds of one monotonic clock, handed in by the caller.
"""

import math
from dataclasses import dataclass

CLOSE_AFTER = 6
"""Calls sent one after the other and all refused close the gate for a while. Refusals come
faster than answers, so the order of sending counts, not that of the replies."""
CLOSE_AGAIN_AFTER = 2
"""The same, soon after a closing."""
FIRST_CLOSING_SECONDS = 0.25
LONGEST_CLOSING_SECONDS = 30.0
CLOSING_FACTOR = 0.5
WINDOW_FACTOR = 0.7
PACE_FACTOR = 0.97
"""Of what was answered: a little less, so that what has queued up drains."""
GROWTH_NEAR = 1.007
"""A round, close to the pace at which calls were last refused: a little past it costs little."""
GROWTH_UNSURE = 1.02
"""A round, close to a pace that was measured while the gate was closed for a part of it."""
GROWTH_FAR = 1.25
"""A round, elsewhere."""
NEAR_FRACTION = 0.95
"""Of the pace at which calls were last refused."""
ROUND_SECONDS = 0.5
ROUND_OUTCOMES = 40
"""Fewest outcomes a round with refusals is judged by."""
ENOUGH_ANSWERS = 20
"""Fewest answers that tell the server's speed, in a round in which the gate was closed."""
CLEAN_ROUND_OUTCOMES = 4
"""The same without refusals."""
LONGEST_ROUND_SECONDS = 5.0
ROUNDS_OF_PROOF = 2
"""Slower rounds with as many refusals as before, until refusals count as none of our doing."""
REFUSALS_OF_PROOF = 10
"""Fewest refusals in those rounds, so that chance does not decide."""
LARGEST_BORNE_SHARE = 0.2
BORNE_MARGIN = 0.1
"""So much more than the share that was borne may be refused in a round, by chance."""
BORNE_SECONDS = 60.0
"""After this the question is asked again."""
WINDOW_SLACK = 1.5
"""The window never shrinks below this factor of what the pace needs in flight."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """One call under way."""

    number: int
    """In the order of sending."""
    sent_at: float
    tokens: int = 0
    """What it was thought to cost."""
    tokens_before: int = 0
    """Cost of all calls up to and with this one."""


@dataclass(slots=True)
class _Round:
    """What happened since the last judgement."""

    began: float
    first: Ticket
    n_answered: int = 0
    n_refused: int = 0
    seconds: float = 0.0
    """Sum of the answers' waiting times."""
    is_closed: bool = False
    """The gate was closed in it."""


class Congestion:
    """Window and pace of one server.

    Args:
        most: Largest window, and the first.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.window = most
        self.pace: float | None = None
        """Calls a second; None is no bound."""
        self.closed_until = 0.0
        self._round: _Round | None = None
        self._refused: set[int] = set()
        self._n_closings = 0
        self._closed_at = -math.inf
        self._refused_pace = math.inf
        """Pace at which calls were last refused, a little; infinite where unknown."""
        self._growth_near = GROWTH_NEAR
        self._borne_share = 0.0
        self._borne_until = -math.inf
        self._share_before: float | None = None
        """Share refused in the last round, where we slowed down after it."""
        self._n_proofs = 0
        self._n_refused_in_proofs = 0
        self._is_first = True
        self._n_since_growth = 0

    def answered(self, now: float, ticket: Ticket) -> None:
        """Note an answer."""
        current = self._current(now, ticket)
        current.n_answered += 1
        current.seconds += now - ticket.sent_at
        self._n_since_growth += 1
        if self._n_since_growth >= self.window:
            self._n_since_growth = 0
            self.window = min(self.most, self.window + 1)
        self._judge(now)

    def refused(self, now: float, ticket: Ticket, asked_seconds: float | None) -> None:
        """Note a refusal for want of room (429, 503) or a time-out.

        Args:
            now: The present.
            ticket: The call.
            asked_seconds: How long the server asks us to wait; None where it does not say.
        """
        self._current(now, ticket).n_refused += 1
        if ticket.sent_at > self._closed_at:  # what was under way at a closing says nothing new
            self._refused.add(ticket.number)
            if self._is_row(ticket.number):
                self._close(now, ticket, asked_seconds)
        self._judge(now)

    def _current(self, now: float, ticket: Ticket) -> _Round:
        if self._round is None:
            self._round = _Round(began=now, first=ticket)
        return self._round

    def _is_row(self, number: int) -> bool:
        """Say whether a refused call is one of many sent in a row and refused."""
        first = last = number
        while first - 1 in self._refused:
            first -= 1
        while last + 1 in self._refused:
            last += 1
        return last - first + 1 >= (CLOSE_AGAIN_AFTER if self._n_closings else CLOSE_AFTER)

    def _close(self, now: float, ticket: Ticket, asked_seconds: float | None) -> None:
        """Let nothing through for a while; then half as much at once, at half the pace."""
        self._refused.clear()
        pause = min(LONGEST_CLOSING_SECONDS, FIRST_CLOSING_SECONDS * 2**self._n_closings)
        self._n_closings += 1
        self._closed_at = now
        self.closed_until = now + max(pause, asked_seconds or 0.0)
        self.window = max(1, self.window // 2)
        current = self._current(now, ticket)
        current.is_closed = True
        seconds = ticket.sent_at - current.first.sent_at
        n_sent = ticket.number - current.first.number
        if self.pace is None and seconds > 0 and n_sent > 0:
            self.pace = n_sent / seconds
        if self.pace is not None:
            self._refused_pace = self.pace
            self.pace *= CLOSING_FACTOR

    def _judge(self, now: float) -> None:
        """End the round where it is long enough, and draw the conclusions."""
        done = self._round
        if done is None:
            return
        elapsed = now - done.began
        n_outcomes = done.n_answered + done.n_refused
        mean_seconds = done.seconds / done.n_answered if done.n_answered else 0.0
        is_long = elapsed >= max(ROUND_SECONDS, 2 * mean_seconds)
        n_needed = ROUND_OUTCOMES if done.n_refused else CLEAN_ROUND_OUTCOMES
        is_telling = n_outcomes >= n_needed or elapsed >= LONGEST_ROUND_SECONDS
        if not is_long or not is_telling or done.n_answered == 0:
            return
        self._round = None
        if not done.is_closed:
            self._n_closings = 0
        is_first, self._is_first = self._is_first, False
        share = done.n_refused / n_outcomes
        is_borne = now < self._borne_until and share <= self._borne_share
        is_start = is_first and not done.is_closed and share <= LARGEST_BORNE_SHARE
        if is_start and done.n_refused:
            return  # answers come later than refusals, so the first round says too much of these
        if done.n_refused == 0 or is_borne:
            self._speed_up()
        elif done.is_closed and done.n_answered < ENOUGH_ANSWERS:
            return  # the closing has slowed us down; too little is known for more
        elif not self._is_none_of_our_doing(share, done, now):
            self._slow_down(done, elapsed)

    def _speed_up(self) -> None:
        self._share_before = None
        self._n_proofs = self._n_refused_in_proofs = 0
        if self.pace is not None:
            is_near = NEAR_FRACTION * self._refused_pace < self.pace
            self.pace *= self._growth_near if is_near else GROWTH_FAR

    def _slow_down(self, done: _Round, elapsed: float) -> None:
        """Go on as fast as the server answered."""
        per_second = done.n_answered / elapsed
        self._refused_pace = per_second
        self._growth_near = GROWTH_UNSURE if done.is_closed else GROWTH_NEAR
        self.pace = min(self.pace or math.inf, per_second) * PACE_FACTOR
        needed = math.ceil(WINDOW_SLACK * per_second * done.seconds / done.n_answered)
        shrunk = max(math.floor(WINDOW_FACTOR * self.window), needed, 1)
        self.window = min(self.most, shrunk)

    def _is_none_of_our_doing(self, share: float, done: _Round, now: float) -> bool:
        """Compare with the share before we slowed down; bear it where that changed nothing."""
        before, self._share_before = self._share_before, share
        if before is None:
            return False
        is_as_before = before / 2 <= share <= LARGEST_BORNE_SHARE
        self._n_proofs = self._n_proofs + 1 if is_as_before else 0
        self._n_refused_in_proofs = (
            self._n_refused_in_proofs + done.n_refused if is_as_before else 0
        )
        if self._n_proofs < ROUNDS_OF_PROOF or self._n_refused_in_proofs < REFUSALS_OF_PROOF:
            return False
        self.window, self.pace, self._refused_pace = self.most, None, math.inf
        self._borne_share = max(share, before) + BORNE_MARGIN
        self._borne_until = now + BORNE_SECONDS
        self._share_before = None
        self._n_proofs = self._n_refused_in_proofs = 0
        return True
