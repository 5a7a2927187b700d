"""The review application, and the loopback server it runs in."""

import socket
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response

from chatmill.errors import (
    ChatmillError,
    ForbiddenError,
    ProjectBusyError,
    ReviewConflictError,
    StorageError,
    UsageError,
)
from chatmill.project import Project
from chatmill.web import api, pages
from chatmill.web.api.desk import Desk
from chatmill.web.auth import Gate, Guard, load_key, refused
from chatmill.web.pages.door import turned_away
from chatmill.web.pages.rendering import WEB
from chatmill.web.work_room import WorkRoom

LOOPBACK = "127.0.0.1"
SECONDS_A_DAY = 86_400
GRACE_SECONDS = 2
"""So long open streams may hold up the end of the server."""
STATUS_OF: dict[type[ChatmillError], int] = {
    ForbiddenError: 403,
    ProjectBusyError: 409,
    ReviewConflictError: 409,
    UsageError: 422,
    StorageError: 503,
}
"""What an error is to a client; 503 is worth trying again, the others are not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewServer:
    """A server that listens already and answers once `run` is called."""

    server: uvicorn.Server
    listener: socket.socket
    link: str
    """The address that lets its first visitor in."""

    def run(self) -> None:
        """Serve until Ctrl-C."""
        self.server.run(sockets=[self.listener])


def create_app(project: Project, *, gate: Gate, hosts: frozenset[str]) -> FastAPI:
    """Make the application of one project.

    Args:
        project: What is reviewed; stays the caller's to close.
        gate: Who may come in.
        hosts: `Host` values that are us, such as `127.0.0.1:7317`.
    """
    app = FastAPI(
        title="chatmill review",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.state.gate = gate
    app.state.desk = Desk.at(project)
    app.state.work_room = WorkRoom.at(project, app.state.desk.conversations)
    app.include_router(api.router)
    app.include_router(pages.router)
    app.mount("/static", StaticFiles(directory=WEB / "static"))
    app.add_exception_handler(ChatmillError, _on_chatmill_error)
    app.add_exception_handler(RequestValidationError, _on_bad_request)
    app.add_exception_handler(HTTPException, _on_http_error)

    def shut_out(headers: Headers) -> Response:
        return turned_away(headers, project)

    app.add_middleware(Guard, gate=gate, hosts=hosts, turned_away=shut_out)
    return app


def make_review_server(
    project: Project, *, port: int, reviewer: str, key_file: Path | None = None
) -> ReviewServer:
    """Bind the loopback address and get ready to serve.

    Args:
        project: What is reviewed.
        port: Where to listen; another free port where it is taken, any when 0.
        reviewer: Name recorded with the decisions.
        key_file: Where the key that signs sessions is kept; the user's own place when None.

    Raises:
        StorageError: The database or the key cannot be used.
    """
    _ = project.database  # opened and migrated here, not by the first of several threads
    listener = _bind(port)
    here = listener.getsockname()[1]
    gate = Gate(
        key=load_key(key_file or _default_key_file()),
        place=str(project.folder),
        reviewer=reviewer,
        lifetime_seconds=project.settings.review.session_days * SECONDS_A_DAY,
    )
    hosts = frozenset(f"{name}:{here}" for name in (LOOPBACK, "localhost"))
    app = create_app(project, gate=gate, hosts=hosts)
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    return ReviewServer(
        server=uvicorn.Server(config),
        listener=listener,
        link=f"http://{LOOPBACK}:{here}{gate.link_path()}",
    )


def _bind(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        if port == 0:
            raise StorageError(f"no port is free: {error.strerror}", where=LOOPBACK) from error
        return _bind(0)
    return listener


def _default_key_file() -> Path:
    from platformdirs import user_state_path

    return user_state_path("chatmill") / "review.key"


def _on_chatmill_error(_request: Request, error: Exception) -> JSONResponse:
    status = next((code for kind, code in STATUS_OF.items() if isinstance(error, kind)), 400)
    return refused(status, type(error).__name__, str(error))


def _on_bad_request(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, RequestValidationError):
        raise error
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    return refused(422, "bad_request", f"{place}: {first['msg']}")


def _on_http_error(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        raise error
    return refused(error.status_code, "not_found", str(error.detail))
