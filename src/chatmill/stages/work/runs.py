"""Stages started from the page: one at a time, as child processes whose words are kept."""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

from filelock import FileLock

from chatmill.errors import ProjectBusyError, StorageError, UsageError
from chatmill.project import Project
from chatmill.stages.work.menu import STARTED_STAGES, StageWish, arguments_of
from chatmill.stages.work.notices import RUN_VARIABLE, read_notices

FOLDER = ".chatmill.runs"
RECORD_NAME = "run.json"
LOG_NAME = "log.txt"
OUTPUT_NAME = "output.jsonl"
RUNS_KEPT = 30
STARTING_SECONDS = 20.0
"""So long a child of another server may take until its notice is up."""
GRACE_SECONDS = 8.0
"""A cancelled child may take so long to end by itself."""
LOG_BYTES = 65_536
"""Most of a log handed out at once."""
RunState = Literal["running", "done", "failed", "cancelled", "lost"]
_ID = re.compile(r"\d{6}-[a-z]{1,12}")


@dataclass(frozen=True, slots=True, kw_only=True)
class StageRun:
    """One stage that was started from the page."""

    id: str
    stage: str
    arguments: tuple[str, ...]
    """As on the command line."""
    started_by: str
    started_at: float
    """Unix seconds."""
    pid: int = 0
    ended_at: float | None = None
    exit_code: int | None = None
    cancelled_by: str = ""
    is_running: bool = False

    @property
    def state(self) -> RunState:
        """`lost` where it ended while no server of the page was there to see how."""
        if self.is_running:
            return "running"
        if self.exit_code is None:
            return "cancelled" if self.cancelled_by else "lost"
        if self.exit_code == 0:
            return "done"
        return "cancelled" if self.cancelled_by else "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPart:
    """A stretch of what a run said."""

    text: str
    next_offset: int
    """Where to go on reading, in bytes."""
    output: str
    """What it printed as its result, JSON lines; empty until it has ended."""


class StageRunner:
    """Starts, lists and cancels the runs of one project; safe to use from several threads.

    Children go on when this process ends. Their records and logs lie in a hidden folder of the
    project; the newest 30 are kept.

    Args:
        project: Where the stages run.
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        self._folder = project.folder / FOLDER
        self._lock = threading.Lock()
        self._children: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, wish: StageWish, *, started_by: str) -> StageRun:
        """Start a stage.

        Raises:
            UsageError: The stage or an option is none we know.
            ProjectBusyError: A stage is running already, started here or on a command line.
            StorageError: The record or the log cannot be written.
        """
        arguments = arguments_of(self._project, wish)
        try:
            self._folder.mkdir(exist_ok=True)
            with self._lock, FileLock(self._folder / "start.lock", timeout=10):
                self._refuse_second()
                run = self._launch(wish.stage, tuple(arguments), started_by)
                self._prune()
        except OSError as error:
            raise StorageError(
                f"the stage cannot be started: {error.strerror}", where=str(self._folder)
            ) from error
        return run

    def cancel(self, run_id: str, *, cancelled_by: str) -> StageRun:
        """Ask a run to end as Ctrl-C would; one that does not is ended. What it did stays.

        Raises:
            UsageError: There is no such run.
        """
        with self._lock:
            run = self.get(run_id)
            if not run.is_running:
                return run
            run = replace(run, cancelled_by=cancelled_by)
            self._record(run)
        threading.Thread(target=self._end, args=(run,), daemon=True).start()
        return run

    def get(self, run_id: str) -> StageRun:
        """Return one run.

        Raises:
            UsageError: There is no such run.
        """
        if _ID.fullmatch(run_id) is not None:
            found = self._read(self._folder / run_id, self._live_ids())
            if found is not None:
                return found
        raise UsageError(f"no run {run_id}")

    def list_runs(self) -> list[StageRun]:
        """List the runs that are kept, newest first."""
        live = self._live_ids()
        found = (self._read(folder, live) for folder in self._folders())
        return [run for run in found if run is not None]

    def log(self, run_id: str, offset: int = 0) -> LogPart:
        """Return what a run said from an offset on, at most 64 KiB of it.

        Raises:
            UsageError: There is no such run.
        """
        run = self.get(run_id)
        folder = self._folder / run_id
        content = b""
        with contextlib.suppress(OSError), (folder / LOG_NAME).open("rb") as file:
            file.seek(max(0, offset))
            content = file.read(LOG_BYTES)
        if len(content) == LOG_BYTES:  # never end inside a letter
            content = content[: content.rfind(b"\n") + 1] or content
        output = ""
        if not run.is_running:
            with contextlib.suppress(OSError), (folder / OUTPUT_NAME).open("rb") as file:
                output = file.read(LOG_BYTES).decode("utf-8", "replace")
        return LogPart(
            text=content.decode("utf-8", "replace"),
            next_offset=max(0, offset) + len(content),
            output=output,
        )

    def _refuse_second(self) -> None:
        """Refuse where a stage runs, or was started a moment ago by another server."""
        notices = [n for n in read_notices(self._project.folder) if n.stage in _BUSY]
        busy = [notice.stage for notice in notices]
        busy += [run.stage for run in self.list_runs() if run.is_running]
        if busy:
            raise ProjectBusyError(
                f"{busy[0]} is running in this project", fix="Wait for it, or cancel it"
            )

    def _launch(self, stage: str, arguments: tuple[str, ...], started_by: str) -> StageRun:
        newest = next(iter(self._folders()), None)
        number = 1 if newest is None else int(newest.name[:6]) + 1
        run_id = f"{number:06d}-{stage}"
        folder = self._folder / run_id
        folder.mkdir()
        command = [sys.executable, "-m", "chatmill.cli.app"]
        command += ["--project", str(self._project.folder), *arguments]
        with (folder / LOG_NAME).open("wb") as log, (folder / OUTPUT_NAME).open("wb") as output:
            child = subprocess.Popen(  # noqa: S603 - our own interpreter, a list of known words
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=log,
                cwd=self._project.folder,
                start_new_session=True,
                env={**os.environ, RUN_VARIABLE: run_id, "PYTHONUNBUFFERED": "1"},
            )
        self._children[run_id] = child
        run = StageRun(
            id=run_id,
            stage=stage,
            arguments=arguments,
            started_by=started_by,
            started_at=time.time(),
            pid=child.pid,
            is_running=True,
        )
        self._record(run)
        threading.Thread(target=self._wait, args=(run_id, child), daemon=True).start()
        return run

    def _wait(self, run_id: str, child: subprocess.Popen[bytes]) -> None:
        """Write down how a child ended."""
        exit_code = child.wait()
        with self._lock:
            try:
                run = self._read(self._folder / run_id, set())
                if run is not None:
                    self._record(replace(run, ended_at=time.time(), exit_code=exit_code))
            finally:
                self._children.pop(run_id, None)

    def _end(self, run: StageRun) -> None:
        """Interrupt a child, and insist where it does not listen."""
        signals = [signal.SIGTERM, signal.SIGTERM]
        if os.name == "posix":
            signals = [signal.SIGINT, signal.SIGTERM, signal.SIGKILL]
        for each in signals:
            if not self.get(run.id).is_running:
                return
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(run.pid, each)
            until = time.monotonic() + GRACE_SECONDS
            while time.monotonic() < until and self.get(run.id).is_running:
                time.sleep(0.1)

    def _live_ids(self) -> set[str]:
        live = {each.run_id for each in read_notices(self._project.folder)}
        return live | set(self._children.copy())

    def _folders(self) -> list[Path]:
        found = [path for path in self._folder.glob("*-*") if _ID.fullmatch(path.name)]
        return sorted(found, reverse=True)

    def _read(self, folder: Path, live: set[str]) -> StageRun | None:
        try:
            values = json.loads((folder / RECORD_NAME).read_text(encoding="utf-8"))
            values["arguments"] = tuple(values["arguments"])
            run = StageRun(**values)
        except (OSError, ValueError, TypeError, KeyError):
            return None
        is_young = run.exit_code is None and time.time() - run.started_at < STARTING_SECONDS
        is_others = is_young and run.id not in self._children and _exists(run.pid)
        is_running = run.exit_code is None and (run.id in live or is_others)
        return replace(run, is_running=is_running)

    def _record(self, run: StageRun) -> None:
        path = self._folder / run.id / RECORD_NAME
        partial = path.with_suffix(".partial")
        partial.write_text(json.dumps(asdict(replace(run, is_running=False))), encoding="utf-8")
        partial.replace(path)

    def _prune(self) -> None:
        for folder in self._folders()[RUNS_KEPT:]:
            shutil.rmtree(folder, ignore_errors=True)


_BUSY = frozenset({*STARTED_STAGES, "import"})
"""Commands that must not run beside another; a review or a backup may."""


def _exists(pid: int) -> bool:
    """Say whether a process may still be there; on Windows nobody can ask without harm."""
    if os.name != "posix":
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
