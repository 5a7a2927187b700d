"""A team reviews over HTTP while the server is killed and started again; then the log is read."""

import json
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from uuid import uuid4

from chatmill.project import InitAnswers, Project
from chatmill.records import ExampleState
from chatmill.store.decisions import list_decisions
from chatmill.store.examples import list_examples
from chatmill.store.queue import read_progress
from review_rows import fill
from review_team import team_headers

EDIT_EVERY, REJECT_EVERY = 20, 4
PAUSE_SECONDS = 0.05
"""Between two tries of somebody whose server is away."""


@dataclass
class Course:
    """How a review with kills went."""

    decided: dict[str, str] = field(default_factory=dict)
    """Id of every decision the server said yes to → example."""
    n_kills: int = 0
    n_retries: int = 0


class Server:
    """`chatmill review` in a process of its own, always at the same address."""

    def __init__(self, project: Path) -> None:
        self._project = project
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.start()

    def start(self) -> None:
        """Start it; returns once it listens."""
        command = [sys.executable, "-m", "chatmill.cli.app", "--project", str(self._project)]
        self._process = subprocess.Popen(
            [*command, "review", "--no-open", "--port", str(self.port)],
            stdout=subprocess.PIPE,
            text=True,
        )
        lines = self._process.stdout or ()
        address = next((line for line in lines if line.startswith("http")), "")
        assert f":{self.port}" in address

    def kill(self) -> None:
        """End it as the power would."""
        self._process.send_signal(signal.SIGKILL)
        self._process.communicate()


def review_with_kills(
    project: Path, *, n_people: int, n_decisions: int, n_kills: int, seed: int
) -> Course:
    """Let people make decisions while the server is killed.

    Args:
        project: Folder of a project with more examples than decisions, no page open.
        n_people: Who review at the same time.
        n_decisions: In all.
        n_kills: Spread over the decisions, each at a moment of chance.
        seed: Of chance.
    """
    course = Course()
    team = team_headers(project, [f"검토자 {number}" for number in range(n_people)])
    server = Server(project)
    chance = random.Random(seed)  # noqa: S311 - moments, not secrets
    try:
        with ThreadPoolExecutor(n_people) as pool:
            work = [
                pool.submit(_review, server.port, headers, course, n_decisions // n_people)
                for headers in team
            ]
            for number in range(n_kills):
                _wait_for(course, (number + chance.random()) * n_decisions / n_kills, work)
                server.kill()
                course.n_kills += 1
                server.start()
            for each in work:
                each.result()
    finally:
        server.kill()
    return course


def require_whole_log(project: Path, course: Course) -> None:
    """Fail where a decision is lost or doubled, or the log does not lead to what stands."""
    with Project.open(project) as opened:
        log = list_decisions(opened.database)
        assert len(log) == len({each.id for each in log})
        assert {each.id: each.example_id for each in log} == course.decided
        assert len(set(course.decided.values())) == len(course.decided)  # nobody got another's
        now: dict[str, ExampleState] = {}
        for each in log:
            assert each.before == now.get(each.example_id, each.before)
            now[each.example_id] = each.after
        stored = {each.id: each for each in list_examples(opened.database)}
        for example_id, example in stored.items():
            state = ExampleState(status=example.status, system=example.system, turns=example.turns)
            assert state == now.get(example_id, state)
            assert (example.status == "pending") == (example_id not in now)
        progress = read_progress(opened.database)
        assert (progress.n_total, progress.n_decided) == (len(stored), len(now))


@contextmanager
def room_of(folder: Path, n_examples: int, url: str) -> Iterator[Path]:
    """Make a project whose database is at an address."""
    with Project.create(folder, InitAnswers(products=("W5500",))) as made:
        made.remember("store", "url", url)
        fill(made, n_examples)
    yield folder


def _review(port: int, headers: dict[str, str], course: Course, n_decisions: int) -> None:
    person = _Person(port, headers, course)
    after = ""
    for number in range(n_decisions):
        reply = person.ask(f"/queue/next?limit=2{after and f'&after={after}'}")
        item = reply["items"][0]
        body: dict[str, Any] = {
            "id": str(uuid4()),
            "example_id": item["id"],
            "action": "keep",
            "seen": item["revision"],
        }
        if number % EDIT_EVERY == EDIT_EVERY - 1:
            turns = [
                {name: turn[name]["text"] for name in ("question", "answer")}
                for turn in item["turns"]
            ]
            turns[0]["answer"] += " 확인했습니다."
            body |= {"action": "edit", "turns": turns}
        elif number % REJECT_EVERY == 0:
            body |= {"action": "reject", "reason": "off topic"}
        decided = person.ask("/decisions", body)
        assert decided["decision"]["id"] == body["id"]
        course.decided[body["id"]] = item["id"]
        after = item["id"]


class _Person:
    """Somebody whose page asks again, with the same words, until there is an answer."""

    def __init__(self, port: int, headers: dict[str, str], course: Course) -> None:
        self._port = port
        self._headers = {**headers, "content-type": "application/json"}
        self._course = course
        self._connection = HTTPConnection("127.0.0.1", port, timeout=60)

    def ask(self, path: str, body: object = None) -> dict[str, Any]:
        sent = None if body is None else json.dumps(body).encode()
        while True:
            try:
                self._connection.request(
                    "GET" if body is None else "POST", f"/api/v1{path}", sent, self._headers
                )
                reply = self._connection.getresponse()
                read = reply.read()
            except (OSError, HTTPException):
                self._connection.close()
                self._course.n_retries += 1
                threading.Event().wait(PAUSE_SECONDS)
                continue
            assert reply.status == 200, read
            answer: dict[str, Any] = json.loads(read)
            return answer


def _wait_for(course: Course, n_decided: float, work: list[Any]) -> None:
    """Wait until so many decisions were made."""
    ends = time.monotonic() + 600
    while len(course.decided) < n_decided and not any(each.done() for each in work):
        assert time.monotonic() < ends
        threading.Event().wait(0.01)
