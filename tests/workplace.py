"""Runs the command line as a user would, with a project and a server home of its own."""

import contextlib
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from chatmill.server.launch import stop_server


@dataclass(frozen=True, slots=True, kw_only=True)
class Workplace:
    """One project and one server home; nothing of the user's is touched."""

    project: Path
    server_home: Path

    @property
    def log(self) -> Path:
        """Where standard error of every run is collected."""
        return self.project / "runs.log"

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start `chatmill --project PROJECT ARGUMENTS`."""
        command = [sys.executable, "-m", "chatmill.cli.app", "--project", str(self.project)]
        with self.log.open("a", encoding="utf-8") as log:
            return subprocess.Popen(
                [*command, *arguments],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env={**os.environ, "CHATMILL_SERVER_HOME": str(self.server_home)},
            )

    def finish(self, *arguments: str, timeout: float = 3600) -> str:
        """Run a command to its end and return what it printed; it must succeed."""
        process = self.start(*arguments)
        printed, _ = process.communicate(timeout=timeout)
        assert process.returncode == 0, self.log.read_text(encoding="utf-8")[-2000:]
        return printed

    def kill_after(self, seconds: float, *arguments: str) -> bool:
        """Start a command and SIGKILL it at a moment; False where it had ended before."""
        process = self.start(*arguments)
        try:
            process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
        return process.returncode == -signal.SIGKILL

    def kill_everything(self) -> None:
        """SIGKILL the server and its trainers, as if the whole machine had gone."""
        kill_processes_of(self.server_home)

    def stop(self) -> None:
        """End the server this workplace started."""
        stop_server(self.server_home)


def kill_processes_of(folder: Path) -> None:
    """SIGKILL every process whose command line names a folder (Linux)."""
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = entry.read_bytes()
        except OSError:
            continue  # ended while we looked
        if str(folder).encode() in command:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(entry.parent.name), signal.SIGKILL)
