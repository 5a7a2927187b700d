"""Kills spread over 2,000 calls: each item answered once, only calls in flight asked again."""

import json
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from asking import questions, start_asking, stored_texts
from busy_server import Behaviour, BusyServer, busy_server
from chatmill.store.database import Database, sqlite_url

if TYPE_CHECKING:
    import subprocess

N_CALLS = 2_000
N_KILLS = 20
CONCURRENCY = 64
SPARE_STEPS = 4
"""What is left of the run after the last kill, so that each kill finds it at work."""

pytestmark = pytest.mark.soak


def test_twenty_kills_in_one_run(tmp_path: Path) -> None:
    """Killed at twenty moments spread evenly over the run's wall time, and started again each time.

    The server counts the calls whose client vanished before the answer; those, and the few
    answered a moment before the kill that were not on disk yet, are all it may see again. Both
    together are never more than the calls one run has in flight.
    """
    path = tmp_path / "chatmill.db"
    Database.open(sqlite_url(path)).close()
    with busy_server(Behaviour(seconds=0.2)) as busy:
        whole = start_asking(busy.base_url, tmp_path / "whole.db", N_CALLS)
        _wait_for_first_call(busy, 0, whole)
        began = time.monotonic()
        whole.communicate(timeout=300)
        seconds_sending = time.monotonic() - began
    with busy_server(Behaviour(seconds=0.2)) as busy:
        n_kills = 0
        for number in range(N_KILLS):
            n_seen = sum(busy.stats()["seen"].values())
            process = start_asking(busy.base_url, path, N_CALLS)
            _wait_for_first_call(busy, n_seen, process)
            time.sleep(seconds_sending / (N_KILLS + SPARE_STEPS))
            stored = len(stored_texts(path))
            n_kills += process.poll() is None
            process.send_signal(signal.SIGKILL)
            process.communicate(timeout=30)
            n_cut = busy.stats()["n_cut"]
            print(f"kill {number + 1}: {stored} stored, {n_cut} calls cut off so far")
        last = start_asking(busy.base_url, path, N_CALLS)
        printed = json.loads(last.communicate(timeout=300)[0])
        stats = busy.stats()
    expected = [f"echo: {request.messages[-1].content}" for request in questions(N_CALLS)]
    assert printed["texts"] == expected
    assert sorted(stored_texts(path)) == sorted(expected)
    n_repeated = sum(stats["seen"].values()) - N_CALLS
    n_unstored = n_repeated - stats["n_cut"]
    print(f"{n_kills} kills, {n_repeated} asked again: {stats['n_cut']} cut, {n_unstored} unstored")
    assert n_kills == N_KILLS
    assert n_repeated <= n_kills * CONCURRENCY


def _wait_for_first_call(busy: BusyServer, n_seen: int, process: "subprocess.Popen[str]") -> None:
    """Wait until the run sends: its start-up is no moment of the run."""
    while sum(busy.stats()["seen"].values()) == n_seen and process.poll() is None:
        time.sleep(0.02)
