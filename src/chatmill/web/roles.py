"""Who a request comes from, and what they may do."""

from dataclasses import dataclass

from chatmill.stages.users import ROLES, Role

__all__ = ["ROLES", "Role", "Session"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Who a request comes from, and what they may do."""

    user: str
    """Name recorded with decisions."""
    role: Role
    csrf: str
    """What every request of a page that changes something must carry; empty for a program."""
    may_unmask: bool = False
    """Whether personal data is shown on request; each time is logged."""
    sees_original: bool = False
    """Whether nothing is masked: the one visitor of a project without users."""
    credential_id: str = ""
    """Which session or token let them in."""
    is_token: bool = False
    """Whether it is a program with a personal token."""

    def may(self, role: Role) -> bool:
        """Tell whether this is somebody of that role, or of one above it."""
        return ROLES.index(self.role) >= ROLES.index(role)
