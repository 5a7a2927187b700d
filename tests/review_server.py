"""A review server in a thread, which tests can stop and start again at the same address."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2

from chatmill.project import Project
from chatmill.web.app import ReviewServer, make_review_server

REVIEWER = "김하늘"
PATIENCE_SECONDS = 60.0
"""The first chart loads the chart library: a loaded machine takes its time."""


class RunningReview:
    """A server for one project.

    Args:
        project: What is reviewed.
    """

    def __init__(self, project: Project) -> None:
        self.project = project
        self._port = 0
        self.start()

    @property
    def address(self) -> str:
        """Where the page is."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def link(self) -> str:
        """The link that works once."""
        return self._server.link

    def start(self) -> None:
        """Listen, at the same port as before."""
        self._server: ReviewServer = make_review_server(
            self.project, port=self._port, reviewer=REVIEWER
        )
        self._port = self._server.listener.getsockname()[1]
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop answering."""
        self._server.server.should_exit = True
        self._server.server.force_exit = True
        self._thread.join(20)
        self._server.listener.close()

    def client(self) -> httpx2.Client:
        """Return a client that came in by the link, its CSRF header set."""
        client = httpx2.Client(base_url=self.address, timeout=PATIENCE_SECONDS)
        client.get(self.link).raise_for_status()
        page = client.get("/").text
        client.headers["x-chatmill-csrf"] = csrf_in(page)
        return client

    def client_of(self, name: str, password: str) -> httpx2.Client:
        """Return a client somebody signed in with, its CSRF header set."""
        client = httpx2.Client(base_url=self.address, timeout=PATIENCE_SECONDS)
        signed = client.post("/api/v1/session", json={"name": name, "password": password})
        signed.raise_for_status()
        client.headers["x-chatmill-csrf"] = csrf_in(client.get("/account").text)
        return client


def csrf_in(page: str) -> str:
    """Read what a page proves itself with."""
    return page.split('"csrf": "')[1].split('"', maxsplit=1)[0]


@contextmanager
def running_review(project: Project) -> Iterator[RunningReview]:
    """Serve a project's review until the end of the block."""
    running = RunningReview(project)
    try:
        yield running
    finally:
        running.stop()
