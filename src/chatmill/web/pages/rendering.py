"""How a page is made: a template, the visitor's language, and what every page shows."""

import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.datastructures import Headers

from chatmill.project import Project
from chatmill.web.pages.navigation import PageName, navigation
from chatmill.web.wording import Language, choose_language, script_words, speakers

if TYPE_CHECKING:
    from chatmill.web.api.desk import Desk
    from chatmill.web.roles import Session

WEB = Path(__file__).parent.parent


def show(
    request: Request,
    session: "Session",
    template: str,
    *,
    page: PageName = "review",
    boot: dict[str, Any] | None = None,
    **shown: Any,  # noqa: ANN401 - whatever the template names
) -> HTMLResponse:
    """Answer with a page for somebody who is in.

    Args:
        request: What was asked for.
        session: Who asks; templates see it as `session`.
        template: File in `templates/`.
        page: Which entry of the navigation it is.
        boot: What the page's script starts from, beside `csrf`, `words` and `place`.
        shown: What else the template names.
    """
    project = project_of(request)
    language = language_of(request.headers, project)
    started = {
        "csrf": session.csrf,
        "words": script_words(language),
        "place": hashlib.sha256(str(project.folder).encode()).hexdigest()[:12],
        **(boot or {}),
    }
    known = {
        "project": project.name,
        "session": session,
        "boot": started,
        "navigation": navigation(request.app.routes, session, page),
    }
    return HTMLResponse(render(template, language, {**known, **shown}))


def project_of(request: Request) -> Project:
    """Return what is reviewed here."""
    return cast("Desk", request.app.state.desk).project


def language_of(headers: Headers, project: Project) -> Language:
    """Choose the language of a visitor."""
    return choose_language(headers.get("accept-language", ""), project.settings.project.language)


def render(template: str, language: Language, shown: dict[str, Any]) -> str:
    """Fill a template."""
    words = speakers(language)
    return _templates().get_template(template).render(language=language, **words, **shown)


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(WEB / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
