"""A real S3 server on this machine, for tests that read from and write to an object store."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path

START_SECONDS = 60
BUCKET = "chats"


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectStore:
    """A running server with one empty bucket, `chats`."""

    host: str
    """With its port."""

    @property
    def environment(self) -> Mapping[str, str]:
        """What a program must know to reach it."""
        return {
            "AWS_ENDPOINT_URL": f"http://{self.host}",
            "AWS_ACCESS_KEY_ID": "nobody",
            "AWS_SECRET_ACCESS_KEY": "nothing",
            "AWS_REGION": "us-east-1",
        }

    def put(self, key: str, data: bytes) -> None:
        """Store an object."""
        self._call("PUT", f"{BUCKET}/{key}", data)

    def get(self, key: str) -> bytes:
        """Return an object."""
        return self._call("GET", f"{BUCKET}/{key}")

    def make_bucket(self) -> None:
        """Make the bucket."""
        self._call("PUT", BUCKET)

    def _call(self, method: str, path: str, data: bytes = b"") -> bytes:
        connection = HTTPConnection(self.host, timeout=START_SECONDS)
        headers = {"Content-Type": "application/octet-stream"}
        connection.request(method, f"/{path}", data, headers)
        answer = connection.getresponse()
        read = answer.read()
        connection.close()
        assert answer.status == HTTPStatus.OK, read
        return read


@contextmanager
def running_object_store(folder: Path) -> Iterator[ObjectStore]:
    """Start a server as a process of its own, and end it."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    with (folder / "s3.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
            stdout=log,
            stderr=log,
        )
    store = ObjectStore(host=f"127.0.0.1:{port}")
    try:
        _wait(store, process)
        store.make_bucket()
        yield store
    finally:
        process.terminate()
        process.wait(timeout=START_SECONDS)


def _wait(store: ObjectStore, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    host, _, port = store.host.partition(":")
    while process.poll() is None and time.monotonic() < until:
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the S3 server did not start")
