"""What is learnt from refusals, against a simulated server in simulated time."""

import heapq
import math
import random
from dataclasses import dataclass

import pytest

from chatmill.models.congestion import Congestion, Ticket

RAMP_SECONDS = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedServer:
    """How the simulated server treats calls."""

    seconds: float = 0.2
    per_second: float = 0.0
    """0 is no limit."""
    burst: float = 50.0
    refused_share: float = 0.0
    """By chance, whatever the pace."""
    most_at_once: int = 0
    """0 is no limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a simulated run went."""

    per_second: float
    refused_share: float
    most_in_flight_late: int
    """In the second half."""


def simulate(server: SimulatedServer, *, n: int = 2000, most: int = 64, seed: int = 1) -> Outcome:
    """Send n calls as fast as the controller lets them; refused ones again a second later."""
    chance = random.Random(seed)  # noqa: S311 - a test's dice
    controller = Congestion(most)
    events: list[tuple[float, int, str, Ticket]] = []
    now = next_at = filled_at = 0.0
    level = server.burst
    n_ready, n_sent, n_order, n_flight, n_served, late = n, 0, 0, 0, 0, 0
    counts = {"ok": 0, "refused": 0}

    def push(at: float, what: str, ticket: Ticket) -> None:
        nonlocal n_order
        n_order += 1
        heapq.heappush(events, (at, n_order, what, ticket))

    while counts["ok"] < n:
        is_open = now >= controller.closed_until and now >= next_at
        if n_ready and n_flight < controller.window and is_open:
            n_ready, n_sent, n_flight = n_ready - 1, n_sent + 1, n_flight + 1
            ramp = most / RAMP_SECONDS if n_sent <= most else math.inf
            next_at = max(next_at, now) + 1 / (controller.pace or ramp)
            level = min(server.burst, level + (now - filled_at) * server.per_second)
            filled_at = now
            is_refused = (
                (server.per_second > 0 and level < 1)
                or chance.random() < server.refused_share
                or 0 < server.most_at_once <= n_served
            )
            ticket = Ticket(number=n_sent, sent_at=now)
            if is_refused:
                push(now + 0.002 + 0.001 * chance.random(), "refused", ticket)
            else:
                level, n_served = level - 1, n_served + 1
                push(now + server.seconds * (1 + 0.1 * chance.random()), "ok", ticket)
            if counts["ok"] > n / 2:
                late = max(late, n_served)
            continue
        due = [events[0][0]] if events else []
        if n_ready and n_flight < controller.window:
            due.append(max(next_at, controller.closed_until))
        now = min(due)
        while events and events[0][0] <= now:
            _at, _order, what, ticket = heapq.heappop(events)
            if what == "again":
                n_ready += 1
                continue
            n_flight -= 1
            counts[what] += 1
            if what == "ok":
                n_served -= 1
                controller.answered(now, ticket)
            else:
                controller.refused(now, ticket, 1.0)
                push(now + 1.0 + 0.05 * chance.random(), "again", ticket)
    total = counts["ok"] + counts["refused"]
    return Outcome(
        per_second=n / now, refused_share=counts["refused"] / total, most_in_flight_late=late
    )


def test_an_unlimited_server_is_used_to_the_full() -> None:
    """Nothing is refused, so nothing is held back but the first window."""
    outcome = simulate(SimulatedServer())
    assert outcome.per_second >= 0.95 * 64 / 0.21
    assert outcome.refused_share == 0


@pytest.mark.parametrize("seed", range(5))
def test_a_limit_is_found_and_kept_without_being_told(seed: int) -> None:
    """At least 95 % of 50 a second, and fewer than 2 % refused."""
    outcome = simulate(SimulatedServer(per_second=50), seed=seed)
    assert outcome.per_second >= 0.95 * 50
    assert outcome.refused_share < 0.02


@pytest.mark.parametrize("seed", range(5))
def test_refusals_by_chance_are_borne(seed: int) -> None:
    """A tenth refused whatever we do does not slow the rest: nobody's fault, nobody's gain."""
    outcome = simulate(SimulatedServer(refused_share=0.10), seed=seed)
    assert outcome.per_second >= 2000 / 10.5
    assert outcome.refused_share < 0.13


def test_a_server_with_few_places_is_not_flooded() -> None:
    """Above eight at once it refuses; we settle near eight and stay."""
    outcome = simulate(SimulatedServer(most_at_once=8))
    assert outcome.refused_share < 0.03
    assert outcome.per_second >= 20


def test_a_server_that_refuses_all_is_left_alone() -> None:
    """A row of refusals closes the gate for as long as the server asks, then lets half through."""
    controller = Congestion(64)
    for number in range(1, 7):
        ticket = Ticket(number=number, sent_at=0.01 * number)
        controller.refused(0.1, ticket, 600.0)
    assert controller.closed_until == pytest.approx(600.1)
    assert controller.window == 32


def test_the_window_grows_by_one_a_round_and_never_above_its_most() -> None:
    """Additive increase after a multiplicative decrease, up to what the settings allow."""
    controller = Congestion(4)
    for number in range(1, 7):
        controller.refused(0.1, Ticket(number=number, sent_at=0.01 * number), None)
    assert controller.window == 2
    windows = []
    for number in range(10, 30):
        controller.answered(1.0 + number / 100, Ticket(number=number, sent_at=0.9 + number / 100))
        windows.append(controller.window)
    assert windows[:4] == [2, 3, 3, 3]
    assert max(windows) == 4
