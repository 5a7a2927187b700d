"""The team: who may look, decide and look after the project, and how they come in."""

from chatmill.stages.users.accounts import (
    Invitation,
    User,
    accept_invitation,
    change_password,
    change_user,
    create_user,
    has_users,
    invite_user,
    list_users,
)
from chatmill.stages.users.credentials import (
    Access,
    Visitor,
    create_token,
    list_accesses,
    open_link_session,
    revoke,
    sign_out,
    sign_out_links,
    visitor_of,
)
from chatmill.stages.users.names import ROLES, Role
from chatmill.stages.users.passwords import MIN_CHARACTERS
from chatmill.stages.users.signing_in import SignedIn, change_own_password, sign_in

__all__ = [
    "MIN_CHARACTERS",
    "ROLES",
    "Access",
    "Invitation",
    "Role",
    "SignedIn",
    "User",
    "Visitor",
    "accept_invitation",
    "change_own_password",
    "change_password",
    "change_user",
    "create_token",
    "create_user",
    "has_users",
    "invite_user",
    "list_accesses",
    "list_users",
    "open_link_session",
    "revoke",
    "sign_in",
    "sign_out",
    "sign_out_links",
    "visitor_of",
]
