"""What every route of the API works with: the project, the visitor, and the role they need."""

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Query, Request
from pydantic import BaseModel, ConfigDict

from chatmill.errors import ForbiddenError
from chatmill.project import Project
from chatmill.stages import review
from chatmill.store.queue import read_progress
from chatmill.web.roles import Role, Session
from chatmill.web.views import ItemView, ProgressView, item_view, progress_view

MAX_TEXT = 200_000
MAX_TURNS = 100
MAX_AHEAD = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What every request works with."""

    project: Project
    conversations: review.ConversationReader

    def item(self, example_id: str, session: Session) -> ItemView:
        """Lay out one example for somebody."""
        del session  # everybody sees the same words until there are users
        return item_view(review.review_item(self.project, example_id, self.conversations))

    def progress(self) -> ProgressView:
        """Count what is decided."""
        return progress_view(read_progress(self.project.database))


class Body(BaseModel):
    """What a request carries; a field nobody knows is refused."""

    model_config = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True)
class NeedsRole:
    """A dependency that lets only people of a role, or of one above it, through."""

    role: Role

    def __call__(self, request: Request) -> Session:
        """Return who asks.

        Raises:
            ForbiddenError: Their role is not enough.
        """
        session = cast("Session", request.state.session)
        if not session.may(self.role):
            raise ForbiddenError(
                f"this needs the role {self.role}", where=session.user, fix="Ask an admin"
            )
        return session


@dataclass(frozen=True, slots=True)
class OpenToAll:
    """A dependency that says: no session is needed, and none is looked at."""

    def __call__(self) -> None:
        """Let everybody through."""


def _desk(request: Request) -> Desk:
    return cast("Desk", request.app.state.desk)


DeskHere = Annotated[Desk, Depends(_desk)]
ReaderHere = Annotated[Session, Depends(NeedsRole("reader"))]
ReviewerHere = Annotated[Session, Depends(NeedsRole("reviewer"))]
AdminHere = Annotated[Session, Depends(NeedsRole("admin"))]
OPEN_TO_ALL = Depends(OpenToAll())
"""For `dependencies=[OPEN_TO_ALL]` of the few routes without a session."""
ExampleId = Annotated[str, Query(max_length=200)]
