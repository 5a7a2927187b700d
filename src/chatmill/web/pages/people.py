"""The pages about people: the team, for its admins, and what belongs to oneself."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from chatmill.stages.users import MIN_CHARACTERS
from chatmill.web.api.desk import AdminHere, ReaderHere
from chatmill.web.pages.rendering import project_of, show

router = APIRouter()


@router.get("/users")
def users_page(request: Request, session: AdminHere) -> Response:
    """Show the team."""
    boot = {
        "url": project_of(request).settings.review.public_url.rstrip("/"),
        "user": session.user,
        "isAlone": session.sees_original,
    }
    return show(request, session, "users.html", page="users", boot=boot)


@router.get("/account")
def account_page(request: Request, session: ReaderHere) -> Response:
    """Show what belongs to oneself: the password, sessions and tokens."""
    boot = {"isAlone": session.sees_original}
    return show(
        request, session, "account.html", page="account", boot=boot, min_characters=MIN_CHARACTERS
    )
