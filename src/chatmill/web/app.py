"""The review application, and the server it runs in."""

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

import uvicorn
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
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
    TooManyTriesError,
    UsageError,
)
from chatmill.project import Project
from chatmill.web import api, pages
from chatmill.web.api.desk import Desk
from chatmill.web.auth import Gate, Hosts, refused
from chatmill.web.guard import Guard
from chatmill.web.pages.door import trouble, turned_away
from chatmill.web.pages.rendering import WEB
from chatmill.web.routes import STATIC, declared_routes
from chatmill.web.work_room import WorkRoom

LOOPBACK = "127.0.0.1"
ANY_ADDRESS = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared, never a default
GRACE_SECONDS = 2
"""So long open streams may hold up the end of the server."""
STATUS_OF: dict[type[ChatmillError], int] = {
    ForbiddenError: 403,
    ProjectBusyError: 409,
    ReviewConflictError: 409,
    UsageError: 422,
    StorageError: 503,
    TooManyTriesError: 429,
}
"""What an error is to a client; 503 is worth trying again, the others are not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewServer:
    """A server that listens already and answers once `run` is called."""

    server: uvicorn.Server
    listener: socket.socket
    url: str
    """Where people open it."""
    link: str
    """The address that lets its first visitor in; `url` where people sign in."""
    is_public: bool
    """Whether others than this machine reach it."""
    is_secure: bool
    """Whether they come by HTTPS."""
    has_users: bool
    """Whether people sign in."""

    def run(self) -> None:
        """Serve until Ctrl-C."""
        self.server.run(sockets=[self.listener])


def create_app(project: Project, *, gate: Gate, hosts: Hosts) -> FastAPI:
    """Make the application of one project.

    Args:
        project: What is reviewed; stays the caller's to close.
        gate: Who may come in.
        hosts: What our address may be called.

    Raises:
        TypeError: A route declares no role.
    """
    app = FastAPI(title="chatmill review", openapi_url=None, docs_url=None, redoc_url=None)
    app.state.gate = gate
    app.state.desk = Desk.at(project)
    app.state.work_room = WorkRoom.at(project, app.state.desk.conversations)
    app.include_router(api.router)
    app.include_router(pages.router)
    app.mount(STATIC, StaticFiles(directory=WEB / "static"))
    app.add_exception_handler(ChatmillError, _on_chatmill_error)
    app.add_exception_handler(RequestValidationError, _on_bad_request)
    app.add_exception_handler(HTTPException, _on_http_error)

    def shut_out(headers: Headers, can_sign_in: bool) -> Response:  # noqa: FBT001 - as Guard calls it
        return turned_away(headers, project, can_sign_in=can_sign_in)

    app.add_middleware(
        Guard, gate=gate, hosts=hosts, routes=declared_routes(app), turned_away=shut_out
    )
    return app


def make_review_server(
    project: Project, *, port: int, reviewer: str, host: str = LOOPBACK
) -> ReviewServer:
    """Bind an address and get ready to serve.

    Args:
        project: What is reviewed.
        port: Where to listen; another free port where it is taken on loopback, any when 0.
        reviewer: Name recorded with the decisions of a project without users.
        host: Address to listen on.

    Raises:
        UsageError: A public address, and nobody is set up who could sign in.
        StorageError: The database cannot be used, or the address not be listened on.
    """
    chosen = project.settings.review
    _ = project.database  # opened and migrated here, not by the first of several threads
    public = urlsplit(chosen.public_url)
    is_public = not _is_loopback(host) or bool(public.netloc)
    has_tls = bool(chosen.tls_certificate)
    is_secure = has_tls or public.scheme == "https"
    gate = Gate(project, reviewer=reviewer, is_secure=is_secure)
    has_users = gate.has_users()
    if is_public and not has_users:
        raise UsageError(
            "others could reach this address, and there are no users who could sign in",
            where=public.netloc or host,
            fix="Set somebody up first: chatmill users create NAME",
        )
    listener = _bind(host, port, is_public=is_public)
    here = listener.getsockname()[1]
    app = create_app(project, gate=gate, hosts=_hosts(host, here, public.netloc))
    scheme = "https" if has_tls else "http"
    named = socket.gethostname() if host in ANY_ADDRESS else _in_url(host)
    url = chosen.public_url.rstrip("/") or f"{scheme}://{named}:{here}"
    return ReviewServer(
        server=uvicorn.Server(_config(project, app)),
        listener=listener,
        url=url,
        link=url if has_users else f"{url}{gate.link_path()}",
        is_public=is_public,
        is_secure=is_secure,
        has_users=has_users,
    )


def _config(project: Project, app: FastAPI) -> uvicorn.Config:
    chosen = project.settings.review
    return uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        ssl_certfile=chosen.tls_certificate or None,
        ssl_keyfile=chosen.tls_key or None,
        proxy_headers=bool(chosen.proxies),
        forwarded_allow_ips=list(chosen.proxies),
    )


def _hosts(host: str, port: int, public: str) -> Hosts:
    names = {f"{LOOPBACK}:{port}", f"localhost:{port}", f"[::1]:{port}", f"{_in_url(host)}:{port}"}
    is_any = host in ANY_ADDRESS
    if is_any:
        names |= {f"{socket.gethostname()}:{port}", f"{socket.getfqdn()}:{port}"}
    if public:
        names.add(public)
    return Hosts(names=frozenset(names), any_address_port=port if is_any else None)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _bind(host: str, port: int, *, is_public: bool) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        if port == 0 or is_public:  # people have the address: no other will do
            raise StorageError(
                f"cannot be listened on: {error.strerror}",
                where=f"{host}:{port}",
                fix="Choose another: --host, --port",
            ) from error
        return _bind(host, 0, is_public=is_public)
    return listener


def _on_chatmill_error(request: Request, error: Exception) -> Response:
    status = next((code for kind, code in STATUS_OF.items() if isinstance(error, kind)), 400)
    answer = _answer(request, status, type(error).__name__, str(error))
    if isinstance(error, TooManyTriesError):
        answer.headers["retry-after"] = str(error.wait_seconds)
    return answer


def _on_bad_request(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    return _answer(request, 422, "bad_request", f"{place}: {first['msg']}")


def _on_http_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    answer = _answer(request, error.status_code, "not_found", str(error.detail))
    answer.headers.update(error.headers or {})
    return answer


def _answer(request: Request, status: int, code: str, message: str) -> Response:
    if request.url.path.startswith("/api/"):
        return refused(status, code, message)
    return trouble(request, status, message)
