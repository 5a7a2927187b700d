"""A chat server in a process of its own: many calls a second, delays, limits and faults by share.

`OpenAIServer` (openai_server.py) misbehaves request by request; this one does so by chance, from a
seed, and costs little, so that throughput can be measured against it. Run as a program it serves
until its standard input closes, and prints its port.
"""

import asyncio
import contextlib
import json
import random
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """How the server treats chat requests."""

    seconds: float = 0.0
    """Time an answer takes."""
    spread: float = 0.0
    """Standard deviation of the logarithm of that time; 0 is always the same."""
    share_429: float = 0.0
    """Refused at once, as rate limiters do."""
    share_500: float = 0.0
    """Answered with an error, after the time an answer takes; so are the following."""
    share_malformed: float = 0.0
    share_reset: float = 0.0
    retry_after: str = ""
    """Header of every 429; empty for none."""
    per_second: float = 0.0
    """Requests let through; 0 is no limit."""
    burst: float = 0.0
    """Requests let through at once after a rest; a second's worth where 0."""
    most_at_once: int = 0
    """Requests in flight, above which 503 is answered; 0 is no limit."""
    is_limit_told: bool = False
    """Send `x-ratelimit-*` headers."""
    seed: int = 1


class _Limiter:
    """A bucket that fills evenly."""

    def __init__(self, behaviour: Behaviour) -> None:
        self._per_second = behaviour.per_second
        self._capacity = behaviour.burst or max(1.0, behaviour.per_second)
        self._level = self._capacity
        self._at = 0.0

    def lets_through(self, now: float) -> bool:
        """Take one request where there is room."""
        if self._per_second <= 0:
            return True
        self._level = min(self._capacity, self._level + (now - self._at) * self._per_second)
        self._at = now
        if self._level < 1:
            return False
        self._level -= 1
        return True

    def headers(self) -> str:
        """Tell the limit the way OpenAI does: the reset is when the bucket is full again."""
        seconds = (self._capacity - self._level) / self._per_second
        return (
            f"x-ratelimit-limit-requests: {self._capacity:.0f}\r\n"
            f"x-ratelimit-remaining-requests: {int(self._level)}\r\n"
            f"x-ratelimit-reset-requests: {1000 * seconds:.0f}ms\r\n"
        )


class _State:
    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self.chance = random.Random(behaviour.seed)  # noqa: S311 - a test's dice
        self.limiter = _Limiter(behaviour)
        self.n_in_flight = self.most_in_flight = self.n_cut = 0
        self.statuses: Counter[str] = Counter()
        self.seen: Counter[str] = Counter()
        self.answered: Counter[str] = Counter()

    def stats(self) -> Json:
        """Say what happened so far."""
        return {
            "n_cut": self.n_cut,
            "n_in_flight": self.n_in_flight,
            "most_in_flight": self.most_in_flight,
            "statuses": self.statuses,
            "seen": self.seen,
            "answered": self.answered,
        }

    def seconds(self) -> float:
        """Draw how long an answer takes."""
        chosen = self.behaviour
        if not chosen.spread:
            return chosen.seconds
        return chosen.seconds * self.chance.lognormvariate(0.0, chosen.spread)

    def fault(self, now: float) -> str:
        """Draw what becomes of a request: `ok`, a status, `malformed` or `reset`."""
        chosen = self.behaviour
        dice = self.chance.random()
        for name, share in (
            ("429", chosen.share_429),
            ("500", chosen.share_500),
            ("malformed", chosen.share_malformed),
            ("reset", chosen.share_reset),
        ):
            if dice < share:
                return name
            dice -= share
        if chosen.most_at_once and self.n_in_flight >= chosen.most_at_once:
            return "503"
        return "ok" if self.limiter.lets_through(now) else "429"


class _Connection(asyncio.Protocol):
    def __init__(self, state: _State) -> None:
        self._state = state
        self._waiting: set[asyncio.TimerHandle] = set()
        self._buffer = b""
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Count what will never be answered."""
        del exc
        for timer in self._waiting:
            timer.cancel()
            self._state.n_cut += 1
            self._state.n_in_flight -= 1
        self._waiting.clear()

    def data_received(self, data: bytes) -> None:
        """Read whole requests."""
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end].lower()
            at = head.find(b"content-length:")
            length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(self._buffer) < end + 4 + length:
                return
            body = self._buffer[end + 4 : end + 4 + length]
            self._buffer = self._buffer[end + 4 + length :]
            if head.startswith(b"get "):
                self._send(200, json.dumps(self._state.stats()).encode())
            else:
                self._chat(json.loads(body))

    def _chat(self, body: Json) -> None:
        state = self._state
        loop = asyncio.get_running_loop()
        question = body["messages"][-1]["content"]
        state.seen[question] += 1
        fault = state.fault(loop.time())
        state.statuses[fault] += 1
        if fault in {"429", "503"}:
            self._refuse(int(fault))
            return
        state.n_in_flight += 1
        state.most_in_flight = max(state.most_in_flight, state.n_in_flight)
        timer: asyncio.TimerHandle

        def answer() -> None:
            self._waiting.discard(timer)
            state.n_in_flight -= 1
            self._answer(question, fault)

        timer = loop.call_later(state.seconds(), answer)
        self._waiting.add(timer)

    def _answer(self, question: str, fault: str) -> None:
        if fault == "reset":
            self._transport.abort()
        elif fault == "500":
            self._refuse(500)
        elif fault == "malformed":
            self._send(200, b'{"choices": [{"message": ')
        else:
            self._state.answered[question] += 1
            message = {"role": "assistant", "content": f"echo: {question}"}
            choice = {"index": 0, "message": message, "finish_reason": "stop"}
            usage = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
            body = {"id": "chatcmpl-1", "choices": [choice], "usage": usage}
            self._send(200, json.dumps(body).encode())

    def _refuse(self, status: int) -> None:
        said = {"error": {"message": f"scripted {status}", "code": None}}
        asked = self._state.behaviour.retry_after
        extra = f"retry-after: {asked}\r\n" if asked and status == 429 else ""
        self._send(status, json.dumps(said).encode(), extra)

    def _send(self, status: int, body: bytes, extra: str = "") -> None:
        if self._state.behaviour.is_limit_told and self._state.behaviour.per_second > 0:
            extra += self._state.limiter.headers()
        head = (
            f"HTTP/1.1 {status} Scripted\r\ncontent-type: application/json\r\n"
            f"content-length: {len(body)}\r\n{extra}\r\n"
        )
        self._transport.write(head.encode() + body)


@dataclass(frozen=True, slots=True, kw_only=True)
class BusyServer:
    """A running server."""

    base_url: str
    """Up to and including /v1."""

    def stats(self) -> Json:
        """Ask what happened so far: statuses, times each question was seen and answered."""
        with urllib.request.urlopen(f"{self.base_url}/stats", timeout=10) as response:  # noqa: S310 - loopback
            stats: Json = json.load(response)
        return stats


@contextlib.contextmanager
def busy_server(behaviour: Behaviour) -> Iterator[BusyServer]:
    """Start a server in its own process; it ends with the block, or with us."""
    with subprocess.Popen(
        [sys.executable, __file__, json.dumps(asdict(behaviour))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("no pipes")
        try:
            port = int(process.stdout.readline())
            yield BusyServer(base_url=f"http://127.0.0.1:{port}/v1")
        finally:
            process.stdin.close()


async def _serve(behaviour: Behaviour) -> None:
    state = _State(behaviour)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(state), "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201 - the caller reads it
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(_serve(Behaviour(**json.loads(sys.argv[1]))))
