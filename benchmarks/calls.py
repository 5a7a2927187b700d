"""Model calls against plain aiohttp: throughput, faults, a limited server, and stored replies.

Run: python benchmarks/calls.py [plain] [faults] [limited] [stored]; all four where none is named.
The server runs in its own process on loopback (tests/busy_server.py). Both sides start with their
modules imported; ours opens its connections and stores every reply within the time measured. The
last line is one JSON object with the figures.
"""

import asyncio
import contextlib
import functools
import importlib
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from busy_server import Behaviour, BusyServer, busy_server
from chatmill.models.client import ModelClient
from chatmill.models.providers import Endpoint
from chatmill.models.requests import ChatMessage, ChatRequest, reply_key, request_body
from chatmill.settings import ProviderSettings
from chatmill.store.calls import PaidReply, Settlement, settle
from chatmill.store.database import Database, sqlite_url
from chatmill.store.replies import StoredReply

N_REQUESTS = 2_000
N_LIMITED = 2_000
N_STORED = 100_000
CONCURRENCY = 64
SECONDS = 0.2
ROUNDS = 3
Figures = dict[str, Any]


def questions(n: int) -> list[ChatRequest]:
    """Make different questions of the length of a support chat."""
    system = ChatMessage(role="system", content="You answer questions about the W5500.")
    text = "How many sockets has the W5500, and how large are their buffers? 소켓은 몇 개인가요? "
    return [
        ChatRequest(
            model="bench",
            messages=(system, ChatMessage(role="user", content=f"{text}{number}")),
            max_tokens=128,
        )
        for number in range(n)
    ]


def endpoint(server: BusyServer) -> Endpoint:
    """Name the server as a trusted provider."""
    limits = ProviderSettings(
        base_url=server.base_url, trusted=True, max_concurrency=CONCURRENCY, timeout_seconds=30
    )
    return Endpoint(
        provider="bench",
        base_url=server.base_url,
        api_key="none",
        identity=server.base_url,
        limits=limits,
    )


async def plain_aiohttp(base_url: str, requests: list[ChatRequest]) -> None:
    """Send every request with 64 workers on one session, nothing else."""
    waiting = iter(requests)
    url = f"{base_url}/chat/completions"
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=CONCURRENCY)) as session:

        async def work() -> None:
            for request in waiting:
                async with session.post(url, json=request_body(request)) as response:
                    answer = await response.json()
                    _ = answer["choices"][0]["message"]["content"]

        await asyncio.gather(*(work() for _ in range(CONCURRENCY)))


@contextlib.contextmanager
def fresh_database() -> Iterator[Database]:
    """Make an empty SQLite project database, as `chatmill init` and `import` leave one."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database.open(sqlite_url(Path(folder) / "chatmill.db"))
        yield database
        database.close()


def ask_with_chatmill(
    server: BusyServer, requests: list[ChatRequest], database: Database
) -> Figures:
    """Send every request through a new client; each reply is on disk before it counts."""
    with ModelClient(endpoint(server)) as client:
        answers = client.ask_many(requests, stage="bench", database=database)
    account = answers.account
    texts = [reply.text if reply else "" for reply in answers.replies]
    expected = [f"echo: {request.messages[-1].content}" for request in requests]
    if account.n_answered == len(requests) and texts != expected:
        raise AssertionError("an answer landed on another question")
    return {"answered": account.n_answered, "failed": account.n_failed + account.n_refused}


def timed(work: Callable[[], Any]) -> tuple[float, float, Any]:
    """Return wall seconds, processor seconds of this process, and the result."""
    began, cpu = time.perf_counter(), time.process_time()
    result = work()
    return time.perf_counter() - began, time.process_time() - cpu, result


def plain() -> Figures:
    """Compare with aiohttp, both several times in turn; the medians count."""
    requests = questions(N_REQUESTS)
    rates: dict[str, list[float]] = {"aiohttp": [], "chatmill": []}
    cpus: dict[str, list[float]] = {"aiohttp": [], "chatmill": []}
    with busy_server(Behaviour(seconds=SECONDS)) as server:
        for turn in range(2 * ROUNDS):
            name = ("aiohttp", "chatmill")[turn % 2]
            with fresh_database() as database:
                work = (
                    functools.partial(ask_with_chatmill, server, requests, database)
                    if name == "chatmill"
                    else lambda: asyncio.run(plain_aiohttp(server.base_url, requests))
                )
                wall, cpu, _result = timed(work)
                rates[name].append(N_REQUESTS / wall)
                cpus[name].append(1000 * cpu / N_REQUESTS)
                print(f"plain {name}: {rates[name][-1]:.1f}/s, {cpus[name][-1]:.2f} ms CPU a call")
    middle = ROUNDS // 2
    ours, theirs = sorted(rates["chatmill"])[middle], sorted(rates["aiohttp"])[middle]
    return {
        "requests_per_second": round(ours, 1),
        "aiohttp_requests_per_second": round(theirs, 1),
        "share_of_aiohttp": round(ours / theirs, 3),
        "cpu_ms_per_request": round(sorted(cpus["chatmill"])[middle], 2),
        "aiohttp_cpu_ms_per_request": round(sorted(cpus["aiohttp"])[middle], 2),
    }


def faults() -> Figures:
    """Answer all of 2,000 through 10 % 429, 2 % 500 and 1 % malformed bodies."""
    behaviour = Behaviour(
        seconds=SECONDS,
        share_429=0.10,
        share_500=0.02,
        share_malformed=0.01,
        retry_after="1",
    )
    requests = questions(N_REQUESTS)
    took, answered = [], []
    for seed in range(ROUNDS):
        changed = Behaviour(**{**_fields(behaviour), "seed": seed + 1})
        with busy_server(changed) as server, fresh_database() as database:
            work = functools.partial(ask_with_chatmill, server, requests, database)
            wall, _cpu, figures = timed(work)
        took.append(round(wall, 2))
        answered.append(figures["answered"])
        print(f"faults, seed {seed + 1}: {figures['answered']} answered in {wall:.2f} s")
    return {"seconds": sorted(took)[ROUNDS // 2], "seconds_each": took, "answered": min(answered)}


def limited() -> Figures:
    """Use a server limited to 50 requests a second, which tells its limit or does not."""
    figures: Figures = {}
    for name, is_told in (("told", True), ("untold", False)):
        behaviour = Behaviour(
            seconds=SECONDS, per_second=50, is_limit_told=is_told, retry_after="1"
        )
        requests = questions(N_LIMITED)
        with busy_server(behaviour) as server, fresh_database() as database:
            work = functools.partial(ask_with_chatmill, server, requests, database)
            wall, _cpu, result = timed(work)
            statuses = server.stats()["statuses"]
        refused = statuses.get("429", 0) / sum(statuses.values())
        ideal = (N_LIMITED - behaviour.per_second) / behaviour.per_second + SECONDS
        figures[name] = {
            "answered": result["answered"],
            "share_of_limit": round(ideal / wall, 3),
            "refused_share": round(refused, 4),
        }
        print(f"limited, {name}: {figures[name]}")
    return figures


def stored() -> Figures:
    """Read 100,000 stored replies back through the client."""
    requests = questions(N_STORED)
    with busy_server(Behaviour()) as server, fresh_database() as database:
        place = endpoint(server)
        for start in range(0, N_STORED, 5_000):
            settle(database, _settlement(place.identity, requests[start : start + 5_000]))
        rates = []
        with ModelClient(place) as client:
            for _ in range(ROUNDS):
                wall, _cpu, answers = timed(
                    lambda: client.ask_many(requests, stage="bench", database=database)
                )
                if answers.account.n_stored != N_STORED:
                    raise AssertionError("replies are missing")
                del answers
                rates.append(N_STORED / wall)
                print(f"stored: {rates[-1]:.0f} replies/s")
    return {"replies_per_second": round(sorted(rates)[ROUNDS // 2])}


def _settlement(identity: str, requests: list[ChatRequest]) -> Settlement:
    paid = [
        PaidReply(
            reply=StoredReply(
                key=reply_key(identity, request),
                stage="bench",
                provider="bench",
                model=request.model,
                text="W5500은 소켓이 8개이고 버퍼는 모두 32 KB입니다.",
                finish_reason="stop",
                prompt_tokens=40,
                completion_tokens=30,
                answered_at=time.time(),
            ),
            cost_usd=None,
        )
        for request in requests
    ]
    return Settlement(owner="bench", paid=paid)


def _fields(behaviour: Behaviour) -> Figures:
    return {name: getattr(behaviour, name) for name in Behaviour.__slots__}


def main() -> None:
    """Run what was asked for and print one JSON object."""
    parts = {"plain": plain, "faults": faults, "limited": limited, "stored": stored}
    chosen = sys.argv[1:] or list(parts)
    importlib.import_module("chatmill.models.runs")
    figures: Figures = {
        "benchmark": "calls",
        "python": platform.python_version(),
        "cores": os.cpu_count(),
    }
    for name in chosen:
        figures[name] = parts[name]()
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
