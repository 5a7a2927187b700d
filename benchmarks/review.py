"""Time the review of 1,000,000 examples by ten people at once, on SQLite and on PostgreSQL.

Run: python benchmarks/review.py [--quick] [--examples N] [--database sqlite|postgresql]
[--folder FOLDER]. Makes the projects first (minutes; --quick: 20,000 examples). The server is the
real one, `chatmill review`, in a process of its own; ten people ask for the next example and decide
about it without a pause, then page through lists and search. `paced` is the same at one decision a
second each. The last line is one JSON object; times are in milliseconds.
"""

import argparse
import contextlib
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import uuid4

import numpy as np

from measuring import machine
from review_rows import WORDS, fill

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from chatmill.project import InitAnswers, Project
from postgresql_cluster import running_cluster
from review_team import team_headers

EXAMPLES, QUICK = 1_000_000, 20_000
REVIEWERS = 10
DECISIONS_EACH = 200
PACED_EACH = 15
LISTS_EACH, SEARCHES_EACH = 20, 20
SECONDS_BETWEEN = 1.0
LISTS = (
    "status=pending",
    "status=pending&severity=error",
    "check=grounding",
    "topic={topic}",
    "source=tickets-3.jsonl",
    "status=kept",
)
SEARCHES = ("소켓", "레지스터 0x0039", "keep-alive", "sockets", "펌웨어 업데이트", "W6100 DHCP")


class Person:
    """Somebody at work, over one connection.

    Args:
        address: Of the server.
        headers: What lets them in.
    """

    def __init__(self, address: str, headers: dict[str, str]) -> None:
        self._connection = HTTPConnection(urlsplit(address).netloc, timeout=120)
        self._headers = {**headers, "content-type": "application/json"}

    def ask(self, path: str, body: object = None) -> tuple[float, Any]:
        """Send a request; returns milliseconds until the whole answer was there, and the answer.

        Raises:
            RuntimeError: The server refused.
        """
        sent = None if body is None else json.dumps(body).encode()
        began = time.perf_counter()
        self._connection.request(
            "GET" if body is None else "POST", f"/api/v1{path}", sent, self._headers
        )
        reply = self._connection.getresponse()
        read = reply.read()
        took = 1000 * (time.perf_counter() - began)
        if reply.status != 200:  # noqa: PLR2004 - OK
            raise RuntimeError(f"{path}: {reply.status} {read[:300]!r}")
        return took, json.loads(read)


class Times:
    """Milliseconds of many requests of a kind."""

    def __init__(self) -> None:
        self.of: dict[str, list[float]] = {}

    def add(self, kind: str, milliseconds: float) -> None:
        """Note one request."""
        self.of.setdefault(kind, []).append(milliseconds)

    def figures(self) -> dict[str, object]:
        """Return median and 95th percentile of each kind."""
        return {
            kind: {
                "median": round(float(np.percentile(values, 50)), 1),
                "p95": round(float(np.percentile(values, 95)), 1),
                "n": len(values),
            }
            for kind, values in self.of.items()
        }


def review(person: Person, times: Times, n_decisions: int, pause: float) -> list[str]:
    """Decide about one example after the other; returns which ones were handed out."""
    handed: list[str] = []
    after = ""
    time.sleep(random.random() * pause)  # noqa: S311 - not everybody in step
    for number in range(n_decisions):
        began = time.perf_counter()
        took, reply = person.ask(f"/queue/next?limit=1{after and f'&after={after}'}")
        times.add("next", took)
        (item,) = reply["items"]
        handed.append(item["id"])
        body = {
            "id": str(uuid4()),
            "example_id": item["id"],
            "action": "reject" if number % 4 == 0 else "keep",
            "seen": item["revision"],
        }
        took, _ = person.ask("/decisions", body)
        times.add("decision", took)
        after = item["id"]
        time.sleep(max(0.0, pause - (time.perf_counter() - began)) if pause else 0.0)
    return handed


def look_around(person: Person, times: Times) -> None:
    """Page through filtered lists, and search."""
    topic = quote(f"{WORDS[7]} 7")
    for number in range(LISTS_EACH):
        filters = LISTS[number % len(LISTS)].format(topic=topic)
        times.add("list", person.ask(f"/examples?{filters}")[0])
    for number in range(SEARCHES_EACH):
        words = quote(SEARCHES[number % len(SEARCHES)])
        times.add("search", person.ask(f"/examples?q={words}")[0])


def at_once(people: list[Person], do: Callable[[Person], Any]) -> list[Any]:
    """Let everybody do something at the same time."""
    with ThreadPoolExecutor(len(people)) as pool:
        return list(pool.map(do, people))


def measure(project: Path, *, has_lists: bool) -> dict[str, object]:
    """Review, page and search a project; returns the figures."""
    team = team_headers(project, [f"reviewer{number}" for number in range(REVIEWERS)])
    with served(project) as (address, process):
        people = [Person(address, headers) for headers in team]
        at_once(people, lambda person: review(person, Times(), 3, 0.0))  # everything is loaded
        paced, full, around = Times(), Times(), Times()
        at_once(people, lambda person: review(person, paced, PACED_EACH, SECONDS_BETWEEN))
        began, worked = time.perf_counter(), cpu_seconds(process.pid)
        handed = at_once(people, lambda person: review(person, full, DECISIONS_EACH, 0.0))
        seconds, worked = time.perf_counter() - began, cpu_seconds(process.pid) - worked
        if has_lists:
            at_once(people, lambda person: look_around(person, around))
        counts = Counter(each for ids in handed for each in ids)
        return {
            **full.figures(),
            **around.figures(),
            "paced": paced.figures(),
            "decisions_a_second": round(len(full.of["decision"]) / seconds, 1),
            "server_cpu_ms_a_decision": round(1000 * worked / len(full.of["decision"]), 1),
            "handed_out_twice": sum(each > 1 for each in counts.values()),
            "server_peak_mb": peak_mb(process.pid),
            "load_average": round(os.getloadavg()[0], 1),
        }


@contextmanager
def served(project: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Run `chatmill review` until the end of the block."""
    command = [sys.executable, "-m", "chatmill.cli.app", "--project", str(project), "review"]
    process = subprocess.Popen(  # noqa: S603 - our own command
        [*command, "--no-open", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        link = next(line for line in process.stdout or () if line.startswith("http"))
        yield link.strip(), process
    finally:
        process.terminate()
        process.wait(30)


def cpu_seconds(pid: int) -> float:
    """Return how long a process has worked, on all cores together (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_mb(pid: int) -> int:
    """Return the most memory a process has had, in MB (Linux)."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) // 1024


def make_project(folder: Path, n_examples: int, url: str = "") -> float:
    """Make and fill a project where there is none; returns seconds."""
    began = time.perf_counter()
    if (folder / "made").exists():
        return 0.0
    with Project.create(folder, InitAnswers(products=("W5500", "W6100"))) as made:
        if url:
            made.remember("store", "url", url)
        fill(made, n_examples)
    (folder / "made").touch()
    return round(time.perf_counter() - began, 1)


def main() -> None:
    """Make the projects, measure, print a line a database, and the JSON object."""
    parser = argparse.ArgumentParser(description="Time chatmill review.")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} examples")
    parser.add_argument("--examples", type=int, default=EXAMPLES)
    parser.add_argument("--database", choices=("sqlite", "postgresql"))
    parser.add_argument("--folder", help="where to make the projects; SQLite's is used again")
    parser.add_argument("--no-lists", action="store_true", help="only the queue")
    asked = parser.parse_args()
    n_examples = QUICK if asked.quick else asked.examples
    figures: dict[str, object] = {
        "benchmark": "review",
        "machine": machine(),
        "examples": n_examples,
        "reviewers": REVIEWERS,
    }
    with contextlib.ExitStack() as stack:
        folder = Path(asked.folder or stack.enter_context(tempfile.TemporaryDirectory()))
        for database in ("sqlite", "postgresql") if asked.database is None else (asked.database,):
            url = ""
            if database == "postgresql":
                cluster = stack.enter_context(
                    running_cluster("-c", "shared_buffers=512MB", is_fast=False)
                )
                url = cluster.new_database()
            place = folder / f"{database}-{n_examples}"
            seconds = make_project(place, n_examples, url)
            found = measure(place, has_lists=not asked.no_lists)
            figures[database] = {"made_in_seconds": seconds, **found}
            print(f"{database}: {figures[database]}", flush=True)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
