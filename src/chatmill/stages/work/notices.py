"""A small file for every command at work in a project, so that any process can see how far it is.

A notice counts while the process that wrote it holds the lock beside it: the operating system lets
go of it when the process dies, so a killed command is never shown as running.
"""

import contextlib
import json
import os
import secrets
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self

from filelock import FileLock, Timeout

FOLDER = ".chatmill.running"
RUN_VARIABLE = "CHATMILL_RUN"
"""Tells a child which run of the page it is."""
SECONDS_BETWEEN_WRITES = 0.25
LOCK_ENDING = ".lock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One command at work."""

    stage: str
    """Its name, as typed."""
    pid: int
    """Process on the machine that runs it."""
    started_at: float
    """Unix seconds."""
    run_id: str = ""
    """Run of the page it belongs to; empty where somebody typed it."""
    what: str = ""
    """What it does at the moment."""
    done: int = 0
    total: int = 0
    """0 where nobody knows."""
    updated_at: float = 0.0
    """Unix seconds of the last word from it."""


class Announcer:
    """Tells how far one command is, from `with` to its end; itself a `Progress`.

    A folder that cannot be written stops no command: nothing is told then.

    Args:
        folder: The project's.
        stage: Name of the command.
    """

    def __init__(self, folder: Path, stage: str) -> None:
        now = time.time()
        self._notice = Notice(
            stage=stage,
            pid=os.getpid(),
            started_at=now,
            run_id=os.environ.get(RUN_VARIABLE, ""),
            updated_at=now,
        )
        self._path = folder / FOLDER / f"{secrets.token_hex(8)}.json"
        self._lock = FileLock(_lock_of(self._path))
        self._is_told = False
        self._written_at = 0.0

    def __enter__(self) -> Self:
        """Begin to tell."""
        try:
            self._path.parent.mkdir(exist_ok=True)
            self._lock.acquire(timeout=1)
        except (OSError, Timeout):
            return self
        self._is_told = True
        self._write()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take the notice away."""
        del kind, error, trace
        if self._is_told:
            self._is_told = False
            with contextlib.suppress(OSError):
                self._path.unlink(missing_ok=True)
            self._lock.release()
            with contextlib.suppress(OSError):
                _lock_of(self._path).unlink(missing_ok=True)
                self._path.parent.rmdir()  # refused, rightly, while others tell something

    def __call__(self, what: str, done: int, total: int) -> None:
        """Say that `done` of `total` are finished."""
        is_new = what != self._notice.what or (done == total and done != self._notice.done)
        self._notice = replace(
            self._notice, what=what, done=done, total=total, updated_at=time.time()
        )
        if is_new or time.monotonic() - self._written_at >= SECONDS_BETWEEN_WRITES:
            self._write()

    def _write(self) -> None:
        if not self._is_told:
            return
        self._written_at = time.monotonic()
        partial = self._path.with_suffix(".partial")
        with contextlib.suppress(OSError):
            partial.write_text(json.dumps(asdict(self._notice)), encoding="utf-8")
            partial.replace(self._path)


def read_notices(folder: Path) -> list[Notice]:
    """List the commands at work in a project, the oldest first; left-overs are cleared away.

    Args:
        folder: The project's.
    """
    found: list[Notice] = []
    for path in (folder / FOLDER).glob("*.json"):
        if not _is_held(path):
            for each in (path, path.with_suffix(".partial"), _lock_of(path)):
                with contextlib.suppress(OSError):
                    each.unlink(missing_ok=True)
            continue
        with contextlib.suppress(OSError, ValueError, TypeError):
            found.append(Notice(**json.loads(path.read_text(encoding="utf-8"))))
    return sorted(found, key=lambda each: each.started_at)


def _lock_of(path: Path) -> Path:
    return path.with_suffix(LOCK_ENDING)


def _is_held(path: Path) -> bool:
    """Say whether the process that wrote a notice lives."""
    if not _lock_of(path).exists():
        return False
    lock = FileLock(_lock_of(path))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    except OSError:
        return False
    lock.release()
    return False
