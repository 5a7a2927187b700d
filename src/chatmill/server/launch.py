"""Joins the server of a home, or starts one in the background."""

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from chatmill.errors import ServerDownError
from chatmill.server.base_models import Progress, say_nothing
from chatmill.server.device import COMPUTE_ENVIRONMENT
from chatmill.server.home import ServerHome, ServerInfo, find_home

START_SECONDS = 120.0
"""Longest wait for a started server; the first import of its libraries can be slow."""
STOP_SECONDS = 40.0
POLL_SECONDS = 0.1
HEALTH_SECONDS = 5.0
IDLE_SECONDS = 900.0
"""A server started by a command ends after so long without a request or a job."""
N_LOG_LINES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningServer:
    """How to reach a server."""

    base_url: str
    """Ends in /v1, as an OpenAI client wants it."""
    api_key: str
    pid: int


def join_or_start(
    *,
    home: Path | None = None,
    progress: Progress = say_nothing,
    exit_when_idle: float = IDLE_SECONDS,
) -> RunningServer:
    """Return the server of a home, starting it when none runs.

    Args:
        home: The server's home; the user's when None.
        progress: Told while a server is starting.
        exit_when_idle: Seconds without work after which a started server ends by itself.

    Raises:
        ServerDownError: It does not come up, or another version of chatmill runs there.
    """
    place = find_home(home)
    running = _join(place)
    if running is not None:
        return running
    with place.start_lock():
        running = _join(place)  # somebody else may have started it while we waited
        return running or _start(place, progress, exit_when_idle)


def run_here(  # noqa: PLR0913 - what a server is started with
    *,
    host: str = "127.0.0.1",
    port: int = 8033,
    api_key_env: str = "",
    home: Path | None = None,
    aliases: Mapping[str, str] | None = None,
    max_jobs: int = 0,
) -> None:
    """Turn this process into the server, in front of the person who started it.

    The process is replaced, because what makes computing fast is read when a process starts.
    """
    command = [sys.executable, "-m", "chatmill.server", "--announce"]
    command += ["--host", host, "--port", str(port)]
    if api_key_env:
        command += ["--api-key-env", api_key_env]
    if home is not None:
        command += ["--home", str(home)]
    if max_jobs:
        command += ["--max-jobs", str(max_jobs)]
    for name, model in (aliases or {}).items():
        command += ["--alias", f"{name}={model}"]
    environment = {**os.environ, **COMPUTE_ENVIRONMENT}
    os.execve(sys.executable, command, environment)  # noqa: S606 - our own interpreter


def stop_server(home: Path | None = None) -> bool:
    """Ask the server of a home to end; a trainer that runs goes on by itself.

    Returns:
        Whether one was running.

    Raises:
        ServerDownError: It does not end.
    """
    place = find_home(home)
    info = place.read_info()
    if info is None or not place.is_running():
        return False
    with contextlib.suppress(ProcessLookupError):
        os.kill(info.pid, signal.SIGTERM)
    until = time.monotonic() + STOP_SECONDS
    while place.is_running():
        if time.monotonic() > until:
            raise ServerDownError(f"process {info.pid} does not end", where=str(place.root))
        time.sleep(POLL_SECONDS)
    return True


def _join(home: ServerHome) -> RunningServer | None:
    """Return the server that runs in a home, or None."""
    from chatmill import __version__

    if not home.is_running():
        return None
    until = time.monotonic() + START_SECONDS
    while home.is_running():
        info = home.read_info()
        version = None if info is None else _health(info)
        if info is not None and version is not None:
            if version != __version__:
                raise ServerDownError(
                    f"chatmill {version} runs there, but this is {__version__}",
                    where=info.base_url,
                    fix="Stop it (chatmill serve --stop) and try again",
                )
            return RunningServer(base_url=info.base_url, api_key=info.api_key, pid=info.pid)
        if time.monotonic() > until:
            raise ServerDownError(
                "a server holds this home but does not answer",
                where=str(home.root),
                fix=f"Look into {home.log_file}, end that process and try again",
            )
        time.sleep(POLL_SECONDS)
    return None


def _start(home: ServerHome, progress: Progress, exit_when_idle: float) -> RunningServer:
    progress("Starting the local model server", 0, 0)
    home.remove_info()
    command = [sys.executable, "-m", "chatmill.server", "--home", str(home.root)]
    command += ["--exit-when-idle", str(exit_when_idle)]
    with home.log_file.open("ab") as log:
        child = subprocess.Popen(  # noqa: S603 - our own interpreter, fixed arguments
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env={**os.environ, **COMPUTE_ENVIRONMENT},
        )
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        info = home.read_info()
        if info is not None and info.pid == child.pid and _health(info) is not None:
            return RunningServer(base_url=info.base_url, api_key=info.api_key, pid=info.pid)
        if child.poll() is not None:
            raise ServerDownError(
                f"the local server ended at once: {_log_tail(home)}",
                where=str(home.root),
                fix=f"The whole log is {home.log_file}",
            )
        time.sleep(POLL_SECONDS)
    child.kill()
    child.wait()
    raise ServerDownError(
        f"the local server did not answer within {START_SECONDS:.0f} s: {_log_tail(home)}",
        where=str(home.root),
        fix=f"The whole log is {home.log_file}",
    )


def _health(info: ServerInfo) -> str | None:
    """Return the version of the server that answers, or None."""
    host = info.base_url.removeprefix("http://").removesuffix("/v1")
    connection = http.client.HTTPConnection(host, timeout=HEALTH_SECONDS)
    try:
        connection.request("GET", "/health")
        answer = connection.getresponse()
        version = json.loads(answer.read()).get("version")
    except (OSError, ValueError, http.client.HTTPException):
        return None
    finally:
        connection.close()
    return str(version) if answer.status == http.client.OK else None


def _log_tail(home: ServerHome) -> str:
    try:
        text = home.log_file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "it left no log"
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return " | ".join(lines[-N_LOG_LINES:]) or "it left no word"
