"""The pages themselves: one shell that the script fills, the link's landing, and the door."""

import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.datastructures import Headers
from starlette.responses import Response

from chatmill.project import Project
from chatmill.web.wording import Language, choose_language, reason_in, words_in

if TYPE_CHECKING:
    from chatmill.web.api import Desk
    from chatmill.web.auth import Gate, Session

HERE = Path(__file__).parent
MAX_REASONS = 9

router = APIRouter(include_in_schema=False)


@router.get("/")
def start_page(request: Request) -> Response:
    """Show the page; the script asks for what comes next."""
    return _review_page(request)


@router.get("/examples/{example_id}")
def example_page(request: Request, example_id: str) -> Response:
    """Show the page at one example."""
    del example_id  # the script reads it from the address
    return _review_page(request)


@router.get("/start/{token}")
def landing(request: Request, token: str) -> Response:
    """Spend the one-time link; the page then moves on by itself, as a visit of our own site.

    A redirect would not do: after a link from elsewhere it would carry no strict cookie.
    """
    gate = cast("Gate", request.app.state.gate)
    cookie = gate.open_session(token)
    if cookie is None:
        return RedirectResponse("/", status_code=303)
    language = _language(request.headers, _project(request))
    page = _page("landing.html", language, {})
    response = HTMLResponse(page)
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
    language = _language(headers, project)
    return HTMLResponse(_page("away.html", language, {}), status_code=401)


def _review_page(request: Request) -> Response:
    project = _project(request)
    session = cast("Session", request.state.session)
    language = _language(request.headers, project)
    reasons = project.settings.review.reasons[:MAX_REASONS]
    boot = {
        "csrf": session.csrf,
        "words": words_in(language),
        "reasons": [{"value": reason, "shown": reason_in(language, reason)} for reason in reasons],
        "place": hashlib.sha256(str(project.folder).encode()).hexdigest()[:12],
    }
    shown = {"project": project.name, "reviewer": session.reviewer, "boot": boot}
    return HTMLResponse(_page("review.html", language, shown))


def _project(request: Request) -> Project:
    return cast("Desk", request.app.state.desk).project


def _language(headers: Headers, project: Project) -> Language:
    return choose_language(headers.get("accept-language", ""), project.settings.project.language)


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _page(name: str, language: Language, shown: dict[str, Any]) -> str:
    words = words_in(language)
    return _templates().get_template(name).render(language=language, words=words, **shown)
