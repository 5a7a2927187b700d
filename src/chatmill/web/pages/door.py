"""The door: the link's landing, and what somebody without a session is told."""

from typing import TYPE_CHECKING, cast

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.datastructures import Headers
from starlette.responses import Response

from chatmill.project import Project
from chatmill.web.api.desk import OPEN_TO_ALL
from chatmill.web.pages.rendering import language_of, project_of, render

if TYPE_CHECKING:
    from chatmill.web.auth import Gate

router = APIRouter()


@router.get("/start/{token}", dependencies=[OPEN_TO_ALL])
def landing(request: Request, token: str) -> Response:
    """Spend the one-time link; the page then moves on by itself, as a visit of our own site.

    A redirect would not do: after a link from elsewhere it would carry no strict cookie.
    """
    gate = cast("Gate", request.app.state.gate)
    cookie = gate.open_session(token)
    if cookie is None:
        return RedirectResponse("/", status_code=303)
    language = language_of(request.headers, project_of(request))
    response = HTMLResponse(render("landing.html", language, {}))
    response.set_cookie(
        gate.cookie_name,
        cookie,
        max_age=gate.lifetime_seconds,
        httponly=True,
        samesite="strict",
        path="/",
    )
    return response


def turned_away(headers: Headers, project: Project) -> Response:
    """Tell somebody without a session where the link is."""
    language = language_of(headers, project)
    return HTMLResponse(render("away.html", language, {}), status_code=401)
