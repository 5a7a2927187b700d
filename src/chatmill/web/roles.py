"""What a role may do, and who a request comes from."""

from dataclasses import dataclass
from typing import Literal

Role = Literal["reader", "reviewer", "admin"]
ROLES: tuple[Role, ...] = ("reader", "reviewer", "admin")
"""Each may do what the ones before it may: look, decide, look after the project and its people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Who a request comes from, and what they may do."""

    user: str
    """Name recorded with decisions."""
    role: Role
    csrf: str
    """What every request of a page that changes something must carry."""
    may_unmask: bool = False
    """Whether personal data is shown on request; each time is logged."""
    sees_original: bool = False
    """Whether nothing is masked: the one visitor of a project without users."""

    def may(self, role: Role) -> bool:
        """Tell whether this is somebody of that role, or of one above it."""
        return ROLES.index(self.role) >= ROLES.index(role)
