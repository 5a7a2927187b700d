"""The pages about the project's work: overview, datasets, training, evaluations."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from chatmill.web.api.desk import ReaderHere
from chatmill.web.pages.rendering import show

router = APIRouter()


@router.get("/overview")
def overview_page(request: Request, session: ReaderHere) -> Response:
    """Show where the project stands and what runs."""
    boot = {"is_admin": session.may("admin")}
    return show(request, session, "overview.html", page="overview", boot=boot)


@router.get("/datasets")
def datasets_page(request: Request, session: ReaderHere) -> Response:
    """Show the dataset versions and how two of them differ."""
    return show(request, session, "datasets.html", page="datasets")


@router.get("/training")
def training_page(request: Request, session: ReaderHere) -> Response:
    """Show the fine-tuning jobs and their loss curves."""
    boot = {"is_admin": session.may("admin")}
    return show(request, session, "training.html", page="training", boot=boot)


@router.get("/evaluations")
def evaluations_page(request: Request, session: ReaderHere) -> Response:
    """Show every question's score, and send what was not followed to review."""
    boot = {"may_return": session.may("reviewer")}
    return show(request, session, "evaluations.html", page="evaluations", boot=boot)
