"""Who belongs to the team: created, invited, given a role, disabled; every change is logged."""

import time
from dataclasses import dataclass
from typing import Literal
from uuid import uuid4

import sqlalchemy as sa

from chatmill.errors import UsageError
from chatmill.project import Project
from chatmill.stages.users.credentials import new_credential
from chatmill.stages.users.names import ROLES, Role, name_key, written_name
from chatmill.stages.users.passwords import hash_password
from chatmill.store import users as store
from chatmill.store.credentials import add_credential, drop_credentials, find_holder
from chatmill.store.users import StoredUser, write_audit

SECONDS_A_DAY = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Somebody of the team."""

    name: str
    role: Role
    may_unmask: bool
    """Whether they may look at personal data; each look is logged."""
    state: Literal["active", "invited", "disabled"]
    created_at: float
    """Unix seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """A secret that lets somebody choose their password, once."""

    user: User
    secret: str
    expires_at: float
    """Unix seconds."""


def list_users(project: Project) -> list[User]:
    """List everybody, disabled ones too, by name."""
    with project.database.read() as connection:
        return [_user(each) for each in store.list_users(connection)]


def has_users(project: Project) -> bool:
    """Tell whether anybody was ever set up: from then on nobody comes in by a link."""
    return store.has_users(project.database)


def create_user(  # noqa: PLR0913 - what a person is, and who says so
    project: Project,
    name: str,
    password: str,
    *,
    actor: str,
    role: Role | None = None,
    may_unmask: bool = False,
) -> User:
    """Set somebody up with a password.

    Args:
        project: Whose team.
        name: Recorded with their decisions.
        password: At least ten characters.
        actor: Who does this, for the log.
        role: A reviewer when None; the first of a team is an admin.
        may_unmask: Whether they may look at personal data.

    Raises:
        UsageError: The name is taken or no name, or the password too short.
    """
    hashed = hash_password(password)
    with project.database.write(durable=True) as connection:
        made = _added(connection, name, role, may_unmask=may_unmask, password_hash=hashed)
        write_audit(connection, actor=actor, action="create", subject=f"{made.name} {made.role}")
    return _user(made)


def invite_user(
    project: Project,
    name: str,
    *,
    actor: str,
    role: Role | None = None,
    may_unmask: bool = False,
) -> Invitation:
    """Invite somebody, or let somebody who is there choose a new password.

    An invitation handed out before is void; nothing else changes for somebody who is there.

    Args:
        project: Whose team.
        name: Recorded with their decisions.
        actor: Who does this, for the log.
        role: As in `create_user`, for somebody new.
        may_unmask: As in `create_user`, for somebody new.

    Raises:
        UsageError: No name, or the person is disabled.
    """
    now = time.time()
    days = project.settings.review.invitation_days
    with project.database.write(durable=True) as connection:
        user = store.find_user(connection, name_key(name))
        if user is None:
            user = _added(connection, name, role, may_unmask=may_unmask, password_hash="")
        if user.is_disabled:
            raise UsageError("is disabled", where=user.name, fix="Let them in again first: enable")
        drop_credentials(connection, user_id=user.id, kinds=("invitation",))
        credential, secret = new_credential(
            "invitation", user.id, now=now, lifetime_seconds=days * SECONDS_A_DAY
        )
        add_credential(connection, credential)
        write_audit(connection, actor=actor, action="invite", subject=f"{user.name} {user.role}")
    return Invitation(user=_user(user), secret=secret, expires_at=credential.expires_at)


def accept_invitation(project: Project, secret: str, password: str) -> User:
    """Choose a password by an invitation, which is spent; whoever was signed in is signed out.

    Raises:
        UsageError: The invitation is no good (any more), or the password too short.
    """
    hashed = hash_password(password)
    with project.database.write(durable=True) as connection:
        holder = find_holder(connection, secret, ("invitation",), now=time.time())
        if holder is None or holder.user is None or holder.user.is_disabled:
            raise UsageError("this invitation is over", fix="Ask for a new one")
        user = holder.user
        store.change_user(connection, user.id, password_hash=hashed)
        drop_credentials(connection, user_id=user.id, kinds=("invitation", "session"))
        write_audit(connection, actor=user.name, action="accept", subject=user.name)
        found = store.find_user(connection, user.name_key)
    return _user(found or user)


def change_user(  # noqa: PLR0913 - one argument a change
    project: Project,
    name: str,
    *,
    actor: str,
    role: Role | None = None,
    may_unmask: bool | None = None,
    is_disabled: bool | None = None,
) -> User:
    """Change what somebody may do; at once, wherever they are signed in.

    Args:
        project: Whose team.
        name: Who.
        actor: Who does this, for the log.
        role: Their new role; None leaves it.
        may_unmask: Whether they may look at personal data; None leaves it.
        is_disabled: Whether they are shut out, sessions and tokens gone; None leaves it.

    Raises:
        UsageError: Nobody has that name, or no admin would be left.
    """
    wanted = {"role": role, "may_unmask": may_unmask, "is_disabled": is_disabled}
    changed = {key: value for key, value in wanted.items() if value is not None}
    with project.database.write(durable=True) as connection:
        user = require_user(connection, name)
        if changed:
            store.change_user(connection, user.id, **changed)
            _require_admin(connection, before=user)
        if is_disabled:
            drop_credentials(connection, user_id=user.id)
        for key, value in changed.items():
            write_audit(connection, actor=actor, action=key, subject=f"{user.name} {value}")
        found = require_user(connection, name)
    return _user(found)


def change_password(
    project: Project, name: str, password: str, *, actor: str, but_session: str = ""
) -> None:
    """Store a new password; every session of theirs ends but the one that asked.

    Raises:
        UsageError: Nobody has that name, or the password is too short.
    """
    hashed = hash_password(password)
    with project.database.write(durable=True) as connection:
        user = require_user(connection, name)
        store.change_user(connection, user.id, password_hash=hashed)
        drop_credentials(
            connection, user_id=user.id, kinds=("invitation", "session"), but=but_session
        )
        write_audit(connection, actor=actor, action="password", subject=user.name)


def require_user(connection: sa.Connection, name: str) -> StoredUser:
    """Return the user of that name.

    Raises:
        UsageError: There is none.
    """
    user = store.find_user(connection, name_key(name))
    if user is None:
        raise UsageError("nobody has that name", where=name, fix="See who is there: users list")
    return user


def _added(
    connection: sa.Connection,
    name: str,
    role: Role | None,
    *,
    may_unmask: bool,
    password_hash: str,
) -> StoredUser:
    first: Role = "reviewer" if store.has_users_on(connection) else "admin"
    made = StoredUser(
        id=uuid4().hex,
        name=written_name(name),
        name_key=name_key(name),
        role=role or first,
        may_unmask=may_unmask,
        is_disabled=False,
        password_hash=password_hash,
        created_at=time.time(),
    )
    store.add_user(connection, made)
    return made


def _require_admin(connection: sa.Connection, *, before: StoredUser) -> None:
    """Refuse a change after which nobody could look after the team."""
    was_admin = before.role == "admin" and not before.is_disabled
    left = [e for e in store.list_users(connection) if e.role == "admin" and not e.is_disabled]
    if was_admin and not left:
        raise UsageError("is the only admin", where=before.name, fix="Make somebody else one first")


def _user(stored: StoredUser) -> User:
    role: Role = next(each for each in ROLES if each == stored.role)
    waiting: Literal["active", "invited"] = "active" if stored.password_hash else "invited"
    return User(
        name=stored.name,
        role=role,
        may_unmask=stored.may_unmask,
        state="disabled" if stored.is_disabled else waiting,
        created_at=stored.created_at,
    )
