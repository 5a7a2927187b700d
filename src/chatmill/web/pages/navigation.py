"""The names of the pages, as every page shows them at its head."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from starlette.routing import BaseRoute, Match

from chatmill.web.roles import Role, Session
from chatmill.web.wording import N_

PageName = Literal[
    "review",
    "examples",
    "triage",
    "overview",
    "datasets",
    "training",
    "evaluations",
    "users",
    "account",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One page in the navigation."""

    name: PageName
    path: str
    title: str
    """Its name in English; templates say it in the visitor's language."""
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class _Page:
    name: PageName
    path: str
    title: str
    role: Role


PAGES: tuple[_Page, ...] = (
    _Page("review", "/", N_("Review"), "reader"),
    _Page("examples", "/examples", N_("Examples"), "reader"),
    _Page("triage", "/triage", N_("Triage"), "reader"),
    _Page("overview", "/overview", N_("Overview"), "reader"),
    _Page("datasets", "/datasets", N_("Datasets"), "reader"),
    _Page("training", "/training", N_("Training"), "reader"),
    _Page("evaluations", "/evaluations", N_("Evaluations"), "reader"),
    _Page("users", "/users", N_("Users"), "admin"),
)
"""In the order they are shown; a page without a route is left out."""


def navigation(
    routes: Sequence[BaseRoute], session: Session, current: PageName
) -> tuple[Entry, ...]:
    """List the pages this application has and this visitor may see."""
    return tuple(
        Entry(
            name=page.name,
            path=page.path,
            title=page.title,
            is_current=page.name == current,
        )
        for page in PAGES
        if session.may(page.role) and _answers(routes, page.path)
    )


def _answers(routes: Sequence[BaseRoute], path: str) -> bool:
    scope = {"type": "http", "method": "GET", "path": path, "root_path": "", "headers": []}
    return any(route.matches(scope)[0] is Match.FULL for route in routes)
