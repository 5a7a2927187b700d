"""The list of examples: one shell that the script fills from the address."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from chatmill.web.api.desk import ReaderHere
from chatmill.web.pages.rendering import language_of, project_of, show
from chatmill.web.pages.review import MAX_REASONS
from chatmill.web.wording import reason_in

router = APIRouter()


@router.get("/examples")
def examples_page(request: Request, session: ReaderHere) -> Response:
    """Show the list; what is chosen stands in the address."""
    project = project_of(request)
    language = language_of(request.headers, project)
    reasons = project.settings.review.reasons[:MAX_REASONS]
    boot = {
        "reasons": [{"value": each, "shown": reason_in(language, each)} for each in reasons],
        "may_decide": session.may("reviewer"),
    }
    return show(request, session, "examples.html", page="examples", boot=boot)
