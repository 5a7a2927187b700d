"""The server process: `python -m chatmill.server --home DIR [--host H] [--port P]`."""

import argparse
import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from chatmill.errors import ChatmillError, UsageError
from chatmill.server.app import create_app
from chatmill.server.home import ServerHome, ServerInfo, find_home, hold_home
from chatmill.server.state import MAX_JOBS, ServerState

IDLE_CHECK_SECONDS = 1.0
LOOPBACK = ("127.0.0.1", "::1", "localhost")


def main(arguments: list[str] | None = None) -> int:
    """Serve a home until told to stop; returns the process's exit status."""
    parser = argparse.ArgumentParser(prog="python -m chatmill.server")
    parser.add_argument("--home", type=Path)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--api-key-env", default="")
    parser.add_argument("--exit-when-idle", type=float, default=0.0, metavar="SECONDS")
    parser.add_argument("--stale-seconds", type=float, default=None)
    parser.add_argument("--max-jobs", type=int, default=MAX_JOBS)
    parser.add_argument("--alias", action="append", default=[], metavar="NAME=MODEL")
    parser.add_argument("--announce", action="store_true", help="print where it listens")
    options = parser.parse_args(arguments)
    try:
        return _serve(options)
    except ChatmillError as error:
        sys.stderr.write(f"chatmill: {error}\n")
        return 1


def _serve(options: argparse.Namespace) -> int:
    from chatmill import __version__

    home = find_home(options.home)
    lock = hold_home(home)
    try:
        key = _key(home, options.api_key_env)
        listener = _listen(options.host, options.port)
        port = listener.getsockname()[1]
        app = create_app(
            home,
            api_key=key,
            stale_seconds=options.stale_seconds,
            aliases=dict(each.split("=", 1) for each in options.alias),
            max_jobs=options.max_jobs,
        )
        config = uvicorn.Config(app, log_level="warning", access_log=False, lifespan="on")
        info = ServerInfo(
            pid=os.getpid(), host=options.host, port=port, api_key=key, version=__version__
        )

        def say_started() -> None:
            home.write_info(info)
            if options.announce:
                _announce(home, info)

        server = _Server(config, say_started)
        try:
            asyncio.run(_run(server, listener, app.state.server, options.exit_when_idle))
        finally:
            home.remove_info()
    finally:
        lock.release()
    return 0


class _Server(uvicorn.Server):
    """Uvicorn, saying when it is up, and ending in order when told to."""

    def __init__(self, config: uvicorn.Config, on_started: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_started = on_started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to answer, then say so."""
        await super().startup(sockets)
        self._on_started()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """End on Ctrl-C and SIGTERM; uvicorn would kill the process before we have cleaned up."""
        ends = (signal.SIGINT, signal.SIGTERM)
        before = {each: signal.signal(each, self.handle_exit) for each in ends}
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)


async def _run(
    server: uvicorn.Server, listener: socket.socket, state: ServerState, idle_seconds: float
) -> None:
    watcher = asyncio.create_task(_end_when_idle(server, state, idle_seconds))
    try:
        await server.serve(sockets=[listener])
    finally:
        watcher.cancel()


async def _end_when_idle(server: uvicorn.Server, state: ServerState, seconds: float) -> None:
    """End the server after a time without requests, never while a job is to be done."""
    if seconds <= 0:
        return
    while True:
        await asyncio.sleep(min(IDLE_CHECK_SECONDS, seconds))
        if state.activity.idle_seconds() > seconds and not state.supervisor.has_work():
            server.should_exit = True
            return


def _key(home: ServerHome, variable: str) -> str:
    if not variable:
        return home.api_key()
    key = os.environ.get(variable, "")
    if not key:
        raise UsageError(f"the environment variable {variable} is empty", fix="Put the key there")
    return key


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise UsageError(
            f"cannot listen there: {error.strerror}",
            where=f"{host}:{port}",
            fix="Choose another --port, or stop what listens there",
        ) from error
    return listener


def _announce(home: ServerHome, info: ServerInfo) -> None:
    sys.stdout.write(f"chatmill serves at {info.base_url}\n")
    sys.stdout.write(f"The API key stands in {home.info_file} (Ctrl-C stops the server)\n")
    if info.host not in LOOPBACK:
        sys.stdout.write("Other machines can reach this server: whoever has the key may use it\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
