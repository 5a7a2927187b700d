"""The page about triage: how good it is, what it offers, and its steps back."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from chatmill.web.api.desk import ReaderHere
from chatmill.web.pages.rendering import show

router = APIRouter()


@router.get("/triage")
def triage_page(request: Request, session: ReaderHere) -> Response:
    """Show what triage has learnt and what it offers to keep."""
    boot = {"is_admin": session.may("admin")}
    return show(request, session, "triage.html", page="triage", boot=boot)
