"""What the server did, in Prometheus' text format (`GET /metrics`)."""

import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping

TYPE = "text/plain; version=0.0.4; charset=utf-8"
STATES = ("validating_files", "queued", "running", "paused", "succeeded", "failed", "cancelled")
_Labels = tuple[tuple[str, str], ...]


class Measures:
    """Counters of one server; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._started = time.time()
        self._requests: Counter[_Labels] = Counter()
        self._seconds: dict[_Labels, float] = {}
        self._tokens: Counter[_Labels] = Counter()
        self._n_limited: Counter[_Labels] = Counter()

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request that ended."""
        labels = (("method", method), ("route", route))
        with self._lock:
            self._requests[*labels, ("status", str(status))] += 1
            self._seconds[labels] = self._seconds.get(labels, 0.0) + seconds

    def spent(self, model: str, kind: str, n_tokens: int) -> None:
        """Count tokens (`prompt` or `completion`) of a model."""
        with self._lock:
            self._tokens[("model", model), ("kind", kind)] += n_tokens

    def limited(self, key: str, kind: str) -> None:
        """Count a request that a key's limit refused."""
        with self._lock:
            self._n_limited[("key", key), ("limit", kind)] += 1

    def text(self, *, jobs: Mapping[str, int], n_open: int) -> str:
        """Write everything down.

        Args:
            jobs: How many there are in each state.
            n_open: Requests being answered.
        """
        with self._lock:
            requests, seconds = dict(self._requests), dict(self._seconds)
            tokens, limited = dict(self._tokens), dict(self._n_limited)
        of_route: Counter[_Labels] = Counter()
        for labels, n in requests.items():
            of_route[labels[:-1]] += n
        lines = [
            *_metric("requests_total", "counter", "Requests answered", requests),
            "# HELP chatmill_request_seconds Time from a request to the end of its answer",
            "# TYPE chatmill_request_seconds summary",
            *_values("request_seconds_sum", seconds),
            *_values("request_seconds_count", of_route),
            *_metric("requests_open", "gauge", "Requests being answered", {(): n_open}),
            *_metric("tokens_total", "counter", "Tokens of prompts and answers", tokens),
            *_metric("limited_total", "counter", "Requests refused by a key's limit", limited),
            *_metric(
                "jobs",
                "gauge",
                "Fine-tuning jobs by state",
                {(("status", state),): jobs.get(state, 0) for state in STATES},
            ),
            *_metric("start_time_seconds", "gauge", "When it started", {(): self._started}),
        ]
        return "\n".join(lines) + "\n"


def _metric(name: str, kind: str, help_: str, values: Mapping[_Labels, float]) -> Iterator[str]:
    yield f"# HELP chatmill_{name} {help_}"
    yield f"# TYPE chatmill_{name} {kind}"
    yield from _values(name, values)


def _values(name: str, values: Mapping[_Labels, float]) -> Iterator[str]:
    for labels, value in sorted(values.items()):
        written = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels)
        yield f"chatmill_{name}{{{written}}} {value}" if written else f"chatmill_{name} {value}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
