"""Who may come in: the one-time link, sessions, tokens, and the addresses that are us."""

import hashlib
import hmac
import ipaddress
import secrets
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from threading import Lock

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from chatmill.project import Project
from chatmill.stages import users
from chatmill.web.roles import Session

SECONDS_A_DAY = 86_400
BEARER = "bearer "


@dataclass(frozen=True, slots=True, kw_only=True)
class Hosts:
    """What our address may be called; anything else is somebody's name for it."""

    names: frozenset[str]
    """`Host` values, such as `127.0.0.1:7317`."""
    any_address_port: int | None = None
    """Port at which any numeric address is us too (a name could be rebound, a number cannot)."""

    def know(self, host: str) -> bool:
        """Tell whether a `Host` value is us."""
        if host in self.names:
            return True
        address, _, port = host.rpartition(":")
        if self.any_address_port is None or port != str(self.any_address_port):
            return False
        try:
            ipaddress.ip_address(address.removeprefix("[").removesuffix("]"))
        except ValueError:
            return False
        return True


class Gate:
    """Hands out one link that works once, and tells whose a session or token is.

    The link and the sessions it opened are good only while the project has no users.

    Args:
        project: Where people come in.
        reviewer: Who the link is for.
        is_secure: Whether visitors always come by HTTPS.
    """

    def __init__(self, project: Project, *, reviewer: str, is_secure: bool = False) -> None:
        self._project = project
        self._reviewer = reviewer
        self._lock = Lock()
        self._token: str | None = secrets.token_urlsafe(24)
        place = hashlib.sha256(str(project.folder).encode()).hexdigest()[:12]
        self.is_secure = is_secure
        self.cookie_name = f"{'__Host-' if is_secure else ''}chatmill_{place}"

    def link_path(self) -> str:
        """Return the path of the link; it opens one session."""
        return f"/start/{self._token}"

    def open_link(self, token: str) -> str | None:
        """Spend the link's token; the session's secret, or None where the token is not good."""
        if users.has_users(self._project):
            return None
        with self._lock:
            if self._token is None or not hmac.compare_digest(token.encode(), self._token.encode()):
                return None
            self._token = None
        return users.open_link_session(self._project, self._reviewer)

    def has_users(self) -> bool:
        """Tell whether people sign in by name and password."""
        return users.has_users(self._project)

    def session(self, headers: Headers) -> Session | None:
        """Return who a request comes from; None where nothing in it opens anything."""
        authorization = headers.get("authorization", "")
        is_token = authorization.lower().startswith(BEARER)
        secret = authorization[len(BEARER) :].strip() if is_token else self._cookie(headers)
        found = users.visitor_of(self._project, secret, is_token=is_token) if secret else None
        if found is None:
            return None
        return Session(
            user=found.name,
            role=found.role,
            csrf="" if is_token else _csrf(secret),
            may_unmask=found.may_unmask,
            sees_original=found.is_alone,
            credential_id=found.credential_id,
            is_token=is_token,
        )

    def let_in(self, response: Response, request: Request, secret: str) -> None:
        """Put a session's secret where no script and no other site reaches it."""
        days = self._project.settings.review.session_days
        response.set_cookie(
            self.cookie_name,
            secret,
            max_age=int(days * SECONDS_A_DAY),
            httponly=True,
            samesite="strict",
            secure=self.is_secure or request.url.scheme == "https",
            path="/",
        )

    def show_out(self, response: Response) -> None:
        """Take the cookie away."""
        response.delete_cookie(
            self.cookie_name, httponly=True, samesite="strict", secure=self.is_secure, path="/"
        )

    def _cookie(self, headers: Headers) -> str:
        jar: SimpleCookie = SimpleCookie()
        try:
            jar.load(headers.get("cookie", ""))
        except CookieError:
            return ""
        found = jar.get(self.cookie_name)
        return found.value if found else ""


def refused(status: int, code: str, message: str) -> JSONResponse:
    """Answer with the API's one shape of error."""
    return JSONResponse({"error": {"code": code, "message": message}}, status_code=status)


def _csrf(secret: str) -> str:
    """Return what a page of this session proves itself with; it tells nothing of the secret."""
    return hashlib.sha256(f"csrf\n{secret}".encode()).hexdigest()
