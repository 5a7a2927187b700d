"""Who may come in: a one-time link, a signed session cookie, and a guard before every request."""

import base64
import hashlib
import hmac
import os
import secrets
import time
from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from threading import Lock

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chatmill.errors import StorageError
from chatmill.web.chart_frame import FRAME_PATH, frame_headers
from chatmill.web.roles import Session

MAX_BODY_BYTES = 1_000_000
KEY_BYTES = 32
CSRF_HEADER = "x-chatmill-csrf"
SAFE_METHODS = frozenset({"GET", "HEAD"})
OK = 200
OPEN_PATHS = ("/start/", "/static/")
"""What may be asked for without a session."""

SECURITY_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "font-src 'self'; connect-src 'self'; frame-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
        "trusted-types 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}


class Gate:
    """Hands out one link that works once, and tells sessions from anything else.

    Sessions are signed, not stored, so a page goes on working after the server was restarted.

    Args:
        key: Secret, at least 32 bytes; sessions signed with another one are void.
        place: What the sessions are for; one project's cookie opens no other.
        reviewer: Who the link is for.
        lifetime_seconds: How long a session lasts.
        now: Clock, seconds since 1970.
    """

    def __init__(
        self,
        *,
        key: bytes,
        place: str,
        reviewer: str,
        lifetime_seconds: float,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._key = key
        self._place = place
        self._reviewer = reviewer
        self._lifetime_seconds = lifetime_seconds
        self._now = now
        self._lock = Lock()
        self._token: str | None = secrets.token_urlsafe(24)
        self.cookie_name = "chatmill_" + hashlib.sha256(place.encode()).hexdigest()[:12]

    @property
    def lifetime_seconds(self) -> int:
        """How long a session lasts."""
        return int(self._lifetime_seconds)

    def link_path(self) -> str:
        """Return the path of the link; it opens one session."""
        return f"/start/{self._token}"

    def open_session(self, token: str) -> str | None:
        """Spend the link's token; the cookie's value, or None where the token is not good."""
        with self._lock:
            if self._token is None or not hmac.compare_digest(token.encode(), self._token.encode()):
                return None
            self._token = None
        name = base64.urlsafe_b64encode(self._reviewer.encode()).decode()
        body = f"{int(self._now())}.{secrets.token_urlsafe(12)}.{name}"
        return f"{body}.{self._sign('session', body)}"

    def session(self, cookie: str) -> Session | None:
        """Read a session cookie; None where it is not ours or too old."""
        body, _, signature = cookie.rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._sign("session", body).encode()):
            return None
        issued, _, name = body.split(".")
        if self._now() - int(issued) > self._lifetime_seconds:
            return None
        reviewer = base64.urlsafe_b64decode(name).decode()
        csrf = self._sign("csrf", body)
        return Session(user=reviewer, role="admin", csrf=csrf, may_unmask=True, sees_original=True)

    def _sign(self, purpose: str, body: str) -> str:
        message = f"{purpose}\n{self._place}\n{body}".encode()
        return hmac.new(self._key, message, hashlib.sha256).hexdigest()


class Guard:
    """Stands before the application: right host, right session, right origin, bounded body.

    Args:
        app: The application.
        gate: Who may come in.
        hosts: `Host` values that are us; anything else is somebody's name for our address.
        turned_away: Makes the page for a browser without a session.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        gate: Gate,
        hosts: frozenset[str],
        turned_away: Callable[[Headers], Response],
    ) -> None:
        self._app = app
        self._gate = gate
        self._hosts = hosts
        self._turned_away = turned_away

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it here."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                is_frame = scope["path"] == FRAME_PATH and message["status"] == OK
                own = frame_headers() if is_frame else {}
                for name, value in {**SECURITY_HEADERS, **own}.items():
                    headers[name] = value
                headers.setdefault("cache-control", "no-store")
            await send(message)

        refusal = self._refusal(scope)
        await (refusal or self._app)(scope, receive, send_guarded)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        if headers.get("host", "") not in self._hosts:
            return PlainTextResponse("unknown host", status_code=421)
        path = scope["path"]
        if path.startswith(OPEN_PATHS) and scope["method"] in SAFE_METHODS:
            return None
        session = self._session(headers)
        if session is None:
            if path.startswith("/api/"):
                return refused(401, "no_session", "Open the link that chatmill review printed")
            return self._turned_away(headers)
        scope.setdefault("state", {})["session"] = session
        return None if scope["method"] in SAFE_METHODS else self._forged(headers, session)

    def _session(self, headers: Headers) -> Session | None:
        jar: SimpleCookie = SimpleCookie()
        try:
            jar.load(headers.get("cookie", ""))
        except CookieError:
            return None
        found = jar.get(self._gate.cookie_name)
        return self._gate.session(found.value) if found else None

    def _forged(self, headers: Headers, session: Session) -> Response | None:
        """Refuse a change that our own page did not ask for."""
        origin = headers.get("origin")
        token = headers.get(CSRF_HEADER, "")
        if origin is not None and origin.partition("://")[2] not in self._hosts:
            return refused(403, "forged", "This request comes from another page")
        if headers.get("sec-fetch-site", "same-origin") != "same-origin":
            return refused(403, "forged", "This request comes from another page")
        if not hmac.compare_digest(token.encode(), session.csrf.encode()):
            return refused(403, "forged", "Reload the page")
        length = headers.get("content-length", "")
        if not length.isdigit() or int(length) > MAX_BODY_BYTES:
            return refused(413, "too_large", f"At most {MAX_BODY_BYTES} bytes")
        return None


def refused(status: int, code: str, message: str) -> JSONResponse:
    """Answer with the API's one shape of error."""
    return JSONResponse({"error": {"code": code, "message": message}}, status_code=status)


def load_key(path: Path) -> bytes:
    """Read the secret that signs sessions, made on first use and readable by its owner only.

    Raises:
        StorageError: It can be neither read nor made.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        key = path.read_bytes() if path.exists() else b""
        if len(key) >= KEY_BYTES:
            return key
        key = secrets.token_bytes(KEY_BYTES)
        partial = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(key)
        partial.replace(path)
    except OSError as error:
        raise StorageError(
            f"the key of review sessions cannot be kept: {error.strerror}", where=str(path)
        ) from error
    return key
