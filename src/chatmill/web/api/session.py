"""Coming in and going out: signing in, invitations, and what belongs to oneself."""

from typing import TYPE_CHECKING, Literal, cast

from fastapi import APIRouter, Request, Response
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, Field

from chatmill.errors import ForbiddenError
from chatmill.stages import users
from chatmill.web.api.desk import OPEN_TO_ALL, Body, DeskHere, ReaderHere
from chatmill.web.roles import Role, Session

if TYPE_CHECKING:
    from chatmill.web.auth import Gate

MAX_PASSWORD = 1000
MAX_NAME = 200
MAX_TOKEN_DAYS = 3660

router = APIRouter()


class SignInBody(Body):
    """A name and a password."""

    name: str = Field(max_length=MAX_NAME)
    password: str = Field(max_length=MAX_PASSWORD)


class AcceptBody(Body):
    """An invitation's secret and the password somebody chose."""

    secret: str = Field(max_length=MAX_NAME)
    password: str = Field(max_length=MAX_PASSWORD)


class PasswordBody(Body):
    """The password somebody has, and the one they want."""

    old: str = Field(max_length=MAX_PASSWORD)
    new: str = Field(max_length=MAX_PASSWORD)


class TokenBody(Body):
    """A personal token for a program."""

    name: str = Field(min_length=1, max_length=MAX_NAME)
    role: Role = "reader"
    days: float = Field(default=90, gt=0, le=MAX_TOKEN_DAYS)


class MeView(BaseModel):
    """Who asks, and what they may do."""

    name: str
    role: Role
    may_unmask: bool
    sees_original: bool
    """Whether nothing is masked: the one visitor of a project without users."""


class AccessView(BaseModel):
    """A session or token that lets somebody in."""

    id: str
    kind: Literal["session", "token"]
    name: str
    role: Role
    created_at: float
    used_at: float
    expires_at: float
    is_this: bool
    """Whether it let this request in."""


class TokenReply(BaseModel):
    """A new token; it is told this once."""

    token: str


class DoneReply(BaseModel):
    """It is done."""

    done: Literal[True] = True


def _gate(request: Request) -> "Gate":
    return cast("Gate", request.app.state.gate)


@router.post("/session", dependencies=[OPEN_TO_ALL])
def sign_in(request: Request, response: Response, desk: DeskHere, body: SignInBody) -> MeView:
    """Open a session by name and password."""
    browser = request.headers.get("user-agent", "")[:MAX_NAME]
    signed = users.sign_in(
        desk.project, body.name, body.password, place=_place(request), browser=browser
    )
    return _in(request, response, desk, signed.secret)


@router.post("/invitation", dependencies=[OPEN_TO_ALL])
def accept(request: Request, response: Response, desk: DeskHere, body: AcceptBody) -> MeView:
    """Choose a password by an invitation, and come in."""
    user = users.accept_invitation(desk.project, body.secret, body.password)
    browser = request.headers.get("user-agent", "")[:MAX_NAME]
    signed = users.sign_in(
        desk.project, user.name, body.password, place=_place(request), browser=browser
    )
    return _in(request, response, desk, signed.secret)


@router.post("/session/end")
def sign_out(
    request: Request, response: Response, desk: DeskHere, session: ReaderHere
) -> DoneReply:
    """End the session that asks."""
    _require_browser(session)
    users.sign_out(desk.project, session.credential_id)
    _gate(request).show_out(response)
    return DoneReply()


@router.get("/me")
def me(session: ReaderHere) -> MeView:
    """Tell who asks."""
    return _me(session)


@router.post("/me/password")
def change_password(
    request: Request, desk: DeskHere, session: ReaderHere, body: PasswordBody
) -> DoneReply:
    """Choose a new password; every other session ends."""
    _require_user(session)
    users.change_own_password(
        desk.project,
        session.user,
        old=body.old,
        new=body.new,
        place=_place(request),
        session_id=session.credential_id,
    )
    return DoneReply()


@router.get("/me/accesses")
def accesses(desk: DeskHere, session: ReaderHere) -> list[AccessView]:
    """List one's own sessions and tokens."""
    if session.sees_original:
        return []
    return [
        AccessView(
            id=each.id,
            kind="token" if each.kind == "token" else "session",
            name=each.name,
            role=each.role,
            created_at=each.created_at,
            used_at=each.used_at,
            expires_at=each.expires_at,
            is_this=each.id == session.credential_id,
        )
        for each in users.list_accesses(desk.project, session.user)
    ]


@router.post("/me/accesses/{access_id}/end")
def end_access(desk: DeskHere, session: ReaderHere, access_id: str) -> DoneReply:
    """End one of one's own sessions or tokens."""
    _require_user(session)
    users.revoke(desk.project, session.user, actor=session.user, access_id=access_id)
    return DoneReply()


@router.post("/me/tokens")
def create_token(desk: DeskHere, session: ReaderHere, body: TokenBody) -> TokenReply:
    """Make a personal token; it may at most what its owner may."""
    _require_user(session)
    token = users.create_token(
        desk.project, session.user, name=body.name, role=body.role, days=body.days
    )
    return TokenReply(token=token)


@router.get("/openapi.json", include_in_schema=False)
def openapi(request: Request, session: ReaderHere) -> dict[str, object]:
    """Describe the API."""
    del session
    app = request.app
    return get_openapi(title=app.title, version="1", routes=app.routes)


def _in(request: Request, response: Response, desk: DeskHere, secret: str) -> MeView:
    _gate(request).let_in(response, request, secret)
    visitor = users.visitor_of(desk.project, secret, is_token=False)
    if visitor is None:
        raise ForbiddenError("disabled in this very moment")
    return MeView(
        name=visitor.name, role=visitor.role, may_unmask=visitor.may_unmask, sees_original=False
    )


def _me(session: Session) -> MeView:
    return MeView(
        name=session.user,
        role=session.role,
        may_unmask=session.may_unmask,
        sees_original=session.sees_original,
    )


def _require_browser(session: Session) -> None:
    """A leaked token must not be able to make itself another one, or keep its owner out."""
    if session.is_token:
        raise ForbiddenError("a token cannot do this", fix="Sign in with a browser")


def _require_user(session: Session) -> None:
    _require_browser(session)
    if session.sees_original:
        raise ForbiddenError("there are no users yet", fix="chatmill users create NAME")


def _place(request: Request) -> str:
    return request.client.host if request.client else ""
