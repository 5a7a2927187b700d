"""The team, for its admins: who is there, invitations, roles, and the log."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from chatmill.stages import users
from chatmill.store.users import read_audit
from chatmill.web.api.desk import AdminHere, Body, DeskHere
from chatmill.web.api.session import MAX_NAME, DoneReply
from chatmill.web.roles import Role

MAX_ENTRIES = 500

router = APIRouter()


class UserView(BaseModel):
    """Somebody of the team."""

    name: str
    role: Role
    may_unmask: bool
    state: Literal["active", "invited", "disabled"]
    created_at: float


class InviteBody(Body):
    """Somebody to invite; for somebody who is there, only the name counts."""

    name: str = Field(max_length=MAX_NAME)
    role: Role = "reviewer"
    may_unmask: bool = False


class InvitedReply(BaseModel):
    """An invitation; its path is told this once."""

    user: UserView
    path: str
    expires_at: float


class ChangeBody(Body):
    """What is to change about somebody; what is left out stays."""

    name: str = Field(max_length=MAX_NAME)
    role: Role | None = None
    may_unmask: bool | None = None
    is_disabled: bool | None = None


class NameBody(Body):
    """Somebody of the team."""

    name: str = Field(max_length=MAX_NAME)


class AuditView(BaseModel):
    """One line of the log."""

    seq: int
    at: float
    actor: str
    action: str
    subject: str


@router.get("/users")
def list_users(desk: DeskHere, session: AdminHere) -> list[UserView]:
    """List everybody, disabled ones too."""
    del session
    return [_view(each) for each in users.list_users(desk.project)]


@router.post("/users/invite")
def invite(desk: DeskHere, session: AdminHere, body: InviteBody) -> InvitedReply:
    """Invite somebody, or let somebody who is there choose a new password."""
    made = users.invite_user(
        desk.project, body.name, actor=session.user, role=body.role, may_unmask=body.may_unmask
    )
    return InvitedReply(
        user=_view(made.user), path=f"/invitation#{made.secret}", expires_at=made.expires_at
    )


@router.post("/users/change")
def change(desk: DeskHere, session: AdminHere, body: ChangeBody) -> UserView:
    """Change what somebody may do; it holds at once."""
    made = users.change_user(
        desk.project,
        body.name,
        actor=session.user,
        role=body.role,
        may_unmask=body.may_unmask,
        is_disabled=body.is_disabled,
    )
    return _view(made)


@router.post("/users/sign-out")
def sign_out(desk: DeskHere, session: AdminHere, body: NameBody) -> DoneReply:
    """End every session and token of somebody."""
    users.revoke(desk.project, body.name, actor=session.user)
    return DoneReply()


@router.get("/audit")
def audit(
    desk: DeskHere,
    session: AdminHere,
    before: Annotated[int | None, Query(ge=0, lt=2**31)] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_ENTRIES)] = 100,
) -> list[AuditView]:
    """List who did what, newest first."""
    del session
    return [
        AuditView(
            seq=each.seq, at=each.at, actor=each.actor, action=each.action, subject=each.subject
        )
        for each in read_audit(desk.project.database, before=before, limit=limit)
    ]


def _view(user: users.User) -> UserView:
    return UserView(
        name=user.name,
        role=user.role,
        may_unmask=user.may_unmask,
        state=user.state,
        created_at=user.created_at,
    )
