"""What every route of the API works with: the project, the visitor, and the role they need."""

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, model_validator

from chatmill.errors import ForbiddenError
from chatmill.project import Project
from chatmill.records import Example
from chatmill.stages import review
from chatmill.store.queue import read_progress
from chatmill.store.triage import find_prediction
from chatmill.web.retraining import Retraining
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
    veils: review.Veils
    relisting: review.Relisting
    retraining: Retraining

    @classmethod
    def at(cls, project: Project) -> "Desk":
        """Set up the desk of a project."""
        conversations = review.ConversationReader(project)
        veils = review.Veils(project, conversations)
        relisting = review.Relisting(project)
        return cls(
            project=project,
            conversations=conversations,
            veils=veils,
            relisting=relisting,
            retraining=Retraining(project),
        )

    def item(self, example_id: str, session: Session) -> ItemView:
        """Lay out one example as somebody may see it."""
        reviewer = session.user if session.may("reviewer") else ""
        item = review.review_item(self.project, example_id, self.conversations, reviewer=reviewer)
        view = item_view(item, self.veils.of_item(item, is_open=session.sees_original))
        if self.project.settings.review.triage_shown:
            view.expected = find_prediction(self.project.database, example_id)
        return view

    def veil(self, example: Example, session: Session) -> review.Veil:
        """Return what hides personal data of an example from somebody, and takes edits back.

        Whatever shows words of an example passes them through it, and whatever stores words a
        person typed passes those through `restored`.
        """
        return self.veils.of(example, is_open=session.sees_original)

    def progress(self) -> ProgressView:
        """Count what is decided."""
        return progress_view(read_progress(self.project.database))


class Body(BaseModel):
    """What a request carries; a field nobody knows is refused."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _without_nul(cls, value: object) -> object:
        """Refuse the one character that PostgreSQL cannot keep."""
        if isinstance(value, dict) and any(map(_holds_nul, value.values())):
            raise ValueError("a text holds the character U+0000")
        return value


def _holds_nul(value: object) -> bool:
    """Look at a text or a list of them; what lies deeper is a body of its own."""
    if isinstance(value, list):
        return any(map(_holds_nul, value))
    return isinstance(value, str) and "\x00" in value


@dataclass(frozen=True, slots=True)
class NeedsRole:
    """A dependency that lets only people of a role, or of one above it, through."""

    role: Role

    async def __call__(self, request: Request) -> Session:  # else a thread is waited for
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

    async def __call__(self) -> None:
        """Let everybody through."""


async def _desk(request: Request) -> Desk:
    return cast("Desk", request.app.state.desk)


def answer(reply: BaseModel) -> Response:
    """Write a reply as it is: FastAPI would check what we made once more, which takes longer.

    For routes that are asked all the time; they name their `response_model` for the schema.
    """
    return Response(reply.model_dump_json(), media_type="application/json")


DeskHere = Annotated[Desk, Depends(_desk)]
ReaderHere = Annotated[Session, Depends(NeedsRole("reader"))]
ReviewerHere = Annotated[Session, Depends(NeedsRole("reviewer"))]
AdminHere = Annotated[Session, Depends(NeedsRole("admin"))]
OPEN_TO_ALL = Depends(OpenToAll())
"""For `dependencies=[OPEN_TO_ALL]` of the few routes without a session."""
ExampleId = Annotated[str, Query(max_length=200)]
