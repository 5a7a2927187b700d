"""What lets somebody in, once they are known: sessions of a browser, tokens of a program."""

import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args
from uuid import uuid4

from chatmill.errors import UsageError
from chatmill.project import Project
from chatmill.stages.users.names import ROLES, Role
from chatmill.store.credentials import (
    CredentialKind,
    StoredCredential,
    add_credential,
    drop_credentials,
    drop_ended,
    find_holder,
    list_credentials,
    mark_used,
    secret_hash,
)
from chatmill.store.users import has_users_on, write_audit

if TYPE_CHECKING:
    import sqlalchemy as sa

    from chatmill.store.credentials import Holder

SECRET_BYTES = 32
TOKEN_START = "cmr_"  # noqa: S105 - what every token begins with, so that scanners find leaked ones
SECONDS_A_DAY = 86_400
USED_EVERY_SECONDS = 600.0
"""How exactly the last use is kept: not every look at a page writes to the database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who came in, and what they may do."""

    name: str
    """Recorded with decisions."""
    role: Role
    may_unmask: bool
    credential_id: str
    is_token: bool
    """Whether a program came in by a token."""
    is_alone: bool
    """Whether it is the one visitor of a project without users."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """A session or token, as its owner may see it."""

    id: str
    kind: CredentialKind
    name: str
    """A token's purpose, a session's browser."""
    role: Role
    created_at: float
    used_at: float
    expires_at: float
    """Unix seconds."""


def new_credential(  # noqa: PLR0913 - what a credential is
    kind: CredentialKind,
    user_id: str | None,
    *,
    now: float,
    lifetime_seconds: float,
    name: str = "",
    role: Role = "admin",
) -> tuple[StoredCredential, str]:
    """Make a credential, and the secret that is told once and never stored."""
    secret = f"{TOKEN_START if kind == 'token' else ''}{secrets.token_urlsafe(SECRET_BYTES)}"
    made = StoredCredential(
        id=uuid4().hex[:12],
        kind=kind,
        secret_hash=secret_hash(secret),
        user_id=user_id,
        name=name,
        role=role,
        created_at=now,
        expires_at=now + lifetime_seconds,
        used_at=now,
    )
    return made, secret


def open_link_session(project: Project, name: str) -> str:
    """Open the session of the one visitor of a project without users.

    Returns:
        Its secret; it opens nothing once users are set up.
    """
    with project.database.write() as connection:
        return open_session_on(connection, project, None, name)


def open_session_on(
    connection: "sa.Connection", project: Project, user_id: str | None, name: str
) -> str:
    """Open a session within a transaction; the secret of it."""
    now = time.time()
    drop_ended(connection, now=now)
    credential, secret = new_credential(
        "link" if user_id is None else "session",
        user_id,
        now=now,
        lifetime_seconds=project.settings.review.session_days * SECONDS_A_DAY,
        name=name,
    )
    add_credential(connection, credential)
    return secret


def visitor_of(project: Project, secret: str, *, is_token: bool) -> Visitor | None:
    """Return who came in by a secret; None where it opens nothing (any more).

    Roles, rights and whether somebody is disabled are read anew each time.

    Args:
        project: Where they want in.
        secret: A session's, or a token.
        is_token: Which of the two it has to be.
    """
    now = time.time()
    kinds: tuple[CredentialKind, ...] = ("token",) if is_token else ("session", "link")
    with project.database.read() as connection:
        holder = find_holder(connection, secret, kinds, now=now)
        if holder is None or (holder.user is None and has_users_on(connection)):
            return None
    if holder.user is not None and holder.user.is_disabled:
        return None
    if now - holder.credential.used_at > USED_EVERY_SECONDS:
        with project.database.write() as connection:
            mark_used(connection, holder.credential.id, now=now)
    return _visitor(holder, is_token=is_token)


def create_token(project: Project, user_name: str, *, name: str, role: Role, days: float) -> str:
    """Make a personal token for programs.

    Args:
        project: Where it lets in.
        user_name: Whose it is; decisions made with it are theirs.
        name: What it is for.
        role: The most it allows, whatever its owner may.
        days: How long it lasts.

    Returns:
        The token; it is shown this once.

    Raises:
        UsageError: Nobody has that name, or they are disabled.
    """
    from chatmill.stages.users.accounts import require_user

    with project.database.write(durable=True) as connection:
        user = require_user(connection, user_name)
        if user.is_disabled:
            raise UsageError("is disabled", where=user.name, fix="Let them in again first: enable")
        credential, secret = new_credential(
            "token",
            user.id,
            now=time.time(),
            lifetime_seconds=days * SECONDS_A_DAY,
            name=name,
            role=role,
        )
        add_credential(connection, credential)
        write_audit(connection, actor=user.name, action="token", subject=f"{credential.id} {name}")
    return secret


def list_accesses(project: Project, user_name: str) -> list[Access]:
    """List the sessions and tokens that let somebody in, newest first.

    Raises:
        UsageError: Nobody has that name.
    """
    from chatmill.stages.users.accounts import require_user

    with project.database.read() as connection:
        user = require_user(connection, user_name)
        found = list_credentials(connection, user.id, ("session", "token"), now=time.time())
    return [
        Access(
            id=each.id,
            kind=each.kind,
            name=each.name,
            role=_role(each.role),
            created_at=each.created_at,
            used_at=each.used_at,
            expires_at=each.expires_at,
        )
        for each in found
    ]


def revoke(project: Project, user_name: str, *, actor: str, access_id: str | None = None) -> int:
    """End a session or token of somebody, or all of them; at once, wherever it is used.

    Args:
        project: Where it lets in.
        user_name: Whose.
        actor: Who does this, for the log.
        access_id: Which; None for all their sessions and tokens.

    Returns:
        How many ended.

    Raises:
        UsageError: Nobody has that name, or they have no such session or token.
    """
    from chatmill.stages.users.accounts import require_user

    with project.database.write(durable=True) as connection:
        user = require_user(connection, user_name)
        n_ended = drop_credentials(
            connection, user_id=user.id, credential_id=access_id, kinds=("session", "token")
        )
        if access_id is not None and not n_ended:
            raise UsageError("no such session or token", where=access_id)
        write_audit(
            connection, actor=actor, action="revoke", subject=f"{user.name} {access_id or 'all'}"
        )
    return n_ended


def sign_out(project: Project, credential_id: str) -> None:
    """End the session that asks for it."""
    with project.database.write(durable=True) as connection:
        drop_credentials(connection, credential_id=credential_id, kinds=("session", "link"))


def sign_out_links(project: Project) -> int:
    """End every session that came in by a link; how many there were."""
    with project.database.write(durable=True) as connection:
        return drop_credentials(connection, kinds=("link",))


def _visitor(holder: "Holder", *, is_token: bool) -> Visitor:
    credential, user = holder.credential, holder.user
    if user is None:
        return Visitor(
            name=credential.name,
            role="admin",
            may_unmask=True,
            credential_id=credential.id,
            is_token=False,
            is_alone=True,
        )
    role = min(_role(user.role), _role(credential.role), key=ROLES.index)
    return Visitor(
        name=user.name,
        role=role,
        may_unmask=user.may_unmask and not is_token,
        credential_id=credential.id,
        is_token=is_token,
        is_alone=False,
    )


def _role(stored: str) -> Role:
    return next(each for each in get_args(Role) if each == stored)
