"""A PostgreSQL server of one test run: made in a temporary folder, gone with it."""

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path

import psycopg
import pytest

from chatmill.store.database import Database

DEBIAN = Path("/usr/lib/postgresql")
TEMPLATE = "chatmill_template"
FAST = ("-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off")
"""A test's data need not outlive a power cut."""
_numbers = count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """A running server."""

    port: int
    password: str

    def url(self, name: str) -> str:
        """Return the address of one of its databases."""
        return f"postgresql+psycopg://chatmill:{self.password}@127.0.0.1:{self.port}/{name}"

    def new_database(self, *, template: str = "") -> str:
        """Make a database and return its address.

        Args:
            template: Database to copy; an empty one when empty.
        """
        name = f"room{next(_numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template or 'template0'}")
        return self.url(name)

    def migrated_database(self) -> str:
        """Make a database with a project's empty tables, by copying, and return its address."""
        if (TEMPLATE,) not in self.execute("SELECT datname FROM pg_database"):
            self.execute(f"CREATE DATABASE {TEMPLATE} TEMPLATE template0")
            Database.open(self.url(TEMPLATE)).close()
        return self.new_database(template=TEMPLATE)

    def execute(self, statement: str) -> list[tuple[object, ...]]:
        """Run one statement outside any database of ours."""
        address = self.url("postgres").replace("+psycopg", "")
        with psycopg.connect(address, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []


@cache
def programs() -> Path | None:
    """Return the folder of PostgreSQL's programs; None where it is not installed."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    folders = sorted(DEBIAN.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return folders[-1].parent if folders else None


@contextmanager
def running_cluster(*options: str, is_fast: bool = True) -> Iterator[Cluster]:
    """Start a server on a free loopback port, as a user that is not root; stopped at the end.

    Skips the test where PostgreSQL is not installed.

    Args:
        *options: More of the server's own, such as `-c shared_buffers=1GB`.
        is_fast: Do without what protects from a power cut.
    """
    folder = programs()
    if folder is None:
        pytest.skip("PostgreSQL is not installed: sh scripts/install-postgresql.sh")
    user = "postgres" if os.geteuid() == 0 else None  # the server refuses to run as root
    with tempfile.TemporaryDirectory(prefix="chatmill-postgresql-") as name:
        home = Path(name)
        password = secrets.token_hex(16)
        (home / "password").write_text(password, encoding="ascii")
        if user:
            for path in (home, home / "password"):
                shutil.chown(path, user)
        _initialise(folder, home, user)
        port = _free_port()
        server = subprocess.Popen(
            [
                str(folder / "postgres"),
                *("-D", str(home / "data"), "-h", "127.0.0.1", "-p", str(port)),
                *("-k", "", "-c", "timezone=UTC"),
                *(FAST if is_fast else ()),
                *options,
            ],
            user=user,
            cwd=home,
            stdout=subprocess.DEVNULL,
            stderr=(home / "log").open("wb"),
        )
        try:
            _wait_ready(folder, port, server, home / "log")
            yield Cluster(port=port, password=password)
        finally:
            server.send_signal(3)  # SIGQUIT: at once, nothing is to be kept
            server.wait(30)


def _initialise(folder: Path, home: Path, user: str | None) -> None:
    subprocess.run(
        [
            str(folder / "initdb"),
            *("-D", str(home / "data"), "-U", "chatmill", "--pwfile", str(home / "password")),
            *("-A", "scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"),
        ],
        check=True,
        user=user,
        cwd=home,
        stdout=subprocess.DEVNULL,
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_ready(folder: Path, port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    """Ask until it answers; `pg_isready` itself waits for one try."""
    command = [str(folder / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port), "-t", "30"]
    while subprocess.run(command, check=False).returncode:
        if server.poll() is not None:
            raise RuntimeError(log.read_text(encoding="utf-8", errors="replace"))
