"""The guard before every request: right host, right session, right origin, bounded body."""

import hmac
from collections.abc import Callable, Sequence

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chatmill.errors import StorageError
from chatmill.web.auth import Gate, Hosts, refused
from chatmill.web.chart_frame import FRAME_PATH, frame_headers
from chatmill.web.roles import Session
from chatmill.web.routes import DeclaredRoute

MAX_BODY_BYTES = 1_000_000
CSRF_HEADER = "x-chatmill-csrf"
SAFE_METHODS = frozenset({"GET", "HEAD"})
OK = 200

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
ONLY_HTTPS = {"strict-transport-security": "max-age=31536000"}


class Guard:
    """Stands before the application; what it does not know to be good is refused.

    Args:
        app: The application.
        gate: Who may come in.
        hosts: What our address may be called.
        routes: Every route there is; those that need no role are answered without a session.
        turned_away: Makes the page for a browser without a session; says whether it can sign in.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        gate: Gate,
        hosts: Hosts,
        routes: Sequence[DeclaredRoute],
        turned_away: Callable[[Headers, bool], Response],
    ) -> None:
        self._app = app
        self._gate = gate
        self._hosts = hosts
        self._open_routes = [each for each in routes if each.role is None]
        self._turned_away = turned_away
        self._headers = {**SECURITY_HEADERS, **(ONLY_HTTPS if gate.is_secure else {})}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it here."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                is_frame = scope["path"] == FRAME_PATH and message["status"] == OK
                own = frame_headers() if is_frame else {}
                for name, value in {**self._headers, **own}.items():
                    headers[name] = value
                headers.setdefault("cache-control", "no-store")
            await send(message)

        refusal = await self._refusal(scope)
        await (refusal or self._app)(scope, receive, send_guarded)

    async def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        odd = self._odd_address(scope, headers)
        if odd is not None:
            return odd
        is_safe = scope["method"] in SAFE_METHODS
        if any(each.answers(scope["method"], scope["path"]) for each in self._open_routes):
            return None if is_safe else self._foreign(headers) or self._odd_body(headers)
        try:
            session = await run_in_threadpool(self._gate.session, headers)
            can_sign_in = session is None and await run_in_threadpool(self._gate.has_users)
        except StorageError as error:
            return refused(503, type(error).__name__, str(error))
        if session is None:
            return self._shut_out(scope["path"], headers, can_sign_in=can_sign_in)
        scope.setdefault("state", {})["session"] = session
        if is_safe:
            return None
        return self._forged(headers, session) or self._odd_body(headers)

    def _odd_address(self, scope: Scope, headers: Headers) -> Response | None:
        """Refuse what is not asked of us, and the character that PostgreSQL cannot keep."""
        if not self._hosts.know(headers.get("host", "")):
            return PlainTextResponse("unknown host", status_code=421)
        if "\x00" in scope["path"] or b"%00" in scope["query_string"]:
            return refused(400, "bad_request", "U+0000 is in no name we know")
        return None

    def _shut_out(self, path: str, headers: Headers, *, can_sign_in: bool) -> Response:
        if not path.startswith("/api/"):
            return self._turned_away(headers, can_sign_in)
        fix = "Sign in" if can_sign_in else "Open the link that chatmill review printed"
        return refused(401, "no_session", fix)

    def _forged(self, headers: Headers, session: Session) -> Response | None:
        """Refuse a change that our own page did not ask for; no page can send a token."""
        if session.is_token:
            return None
        token = headers.get(CSRF_HEADER, "")
        if not hmac.compare_digest(token.encode(), session.csrf.encode()):
            return refused(403, "forged", "Reload the page")
        return self._foreign(headers)

    def _foreign(self, headers: Headers) -> Response | None:
        """Refuse a change that another site's page asks for."""
        origin = headers.get("origin")
        if origin is not None:
            named = origin.partition("://")[2]
            if named != headers.get("host") and named not in self._hosts.names:
                return refused(403, "forged", "This request comes from another page")
        if headers.get("sec-fetch-site", "same-origin") != "same-origin":
            return refused(403, "forged", "This request comes from another page")
        return None

    def _odd_body(self, headers: Headers) -> Response | None:
        """Refuse a body that is too long, or that a plain form of another site could send."""
        length = headers.get("content-length", "")
        if not length.isdigit() or int(length) > MAX_BODY_BYTES:
            return refused(413, "too_large", f"At most {MAX_BODY_BYTES} bytes")
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if int(length) and kind != "application/json":
            return refused(415, "no_json", "Send application/json")
        return None
