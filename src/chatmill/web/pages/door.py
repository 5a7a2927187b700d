"""The door: the link's landing, signing in, invitations, and what somebody shut out is told."""

from typing import TYPE_CHECKING, cast

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.datastructures import Headers
from starlette.responses import Response

from chatmill.project import Project
from chatmill.stages.users import MIN_CHARACTERS
from chatmill.web.api.desk import OPEN_TO_ALL
from chatmill.web.pages.rendering import language_of, project_of, render
from chatmill.web.wording import script_words

if TYPE_CHECKING:
    from chatmill.web.auth import Gate

router = APIRouter()


@router.get("/start/{token}", dependencies=[OPEN_TO_ALL])
def landing(request: Request, token: str) -> Response:
    """Spend the one-time link; the page then moves on by itself, as a visit of our own site.

    A redirect would not do: after a link from elsewhere it would carry no strict cookie.
    """
    gate = cast("Gate", request.app.state.gate)
    secret = gate.open_link(token)
    if secret is None:
        return RedirectResponse("/", status_code=303)
    language = language_of(request.headers, project_of(request))
    response = HTMLResponse(render("landing.html", language, {}))
    gate.let_in(response, request, secret)
    return response


@router.get("/invitation", dependencies=[OPEN_TO_ALL])
def invitation(request: Request) -> Response:
    """Let an invited person choose a password; the secret, behind the `#`, is in no log."""
    return _page_of_door("invitation.html", request.headers, project_of(request), status=200)


def turned_away(headers: Headers, project: Project, *, can_sign_in: bool) -> Response:
    """Let somebody without a session sign in, or tell them where the link is."""
    template = "sign_in.html" if can_sign_in else "away.html"
    return _page_of_door(template, headers, project, status=401)


def trouble(request: Request, status: int, message: str) -> Response:
    """Say on a page what went wrong."""
    language = language_of(request.headers, project_of(request))
    shown = {"message": message, "status": status}
    return HTMLResponse(render("trouble.html", language, shown), status_code=status)


def _page_of_door(template: str, headers: Headers, project: Project, *, status: int) -> Response:
    """Make a page for somebody who is not in: it tells nothing of the project."""
    language = language_of(headers, project)
    boot = {"csrf": "", "words": script_words(language), "place": ""}
    shown = {"boot": boot, "min_characters": MIN_CHARACTERS}
    return HTMLResponse(render(template, language, shown), status_code=status)
