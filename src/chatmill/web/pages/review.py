"""The review page: one shell that the script fills."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from chatmill.web.api.desk import ReaderHere
from chatmill.web.pages.rendering import language_of, project_of, show
from chatmill.web.roles import Session
from chatmill.web.wording import reason_in

MAX_REASONS = 9

router = APIRouter()


@router.get("/")
def start_page(request: Request, session: ReaderHere) -> Response:
    """Show the page; the script asks for what comes next."""
    return _review_page(request, session)


@router.get("/examples/{example_id}")
def example_page(request: Request, session: ReaderHere, example_id: str) -> Response:
    """Show the page at one example."""
    del example_id  # the script reads it from the address
    return _review_page(request, session)


def _review_page(request: Request, session: Session) -> Response:
    project = project_of(request)
    language = language_of(request.headers, project)
    reasons = project.settings.review.reasons[:MAX_REASONS]
    shown = [{"value": reason, "shown": reason_in(language, reason)} for reason in reasons]
    boot = {"reasons": shown, "user": session.user, "may_unmask": session.may_unmask}
    return show(request, session, "review.html", page="review", boot=boot)
