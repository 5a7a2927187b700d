"""The empty frame that charts are drawn in; the page sends it what to draw by message."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from chatmill.web.api.desk import ReaderHere
from chatmill.web.chart_frame import FRAME_PATH, frame_page

router = APIRouter()


@router.get(FRAME_PATH)
def chart_frame(session: ReaderHere) -> Response:
    """Answer with the frame's page; it holds nothing of the project."""
    del session
    return HTMLResponse(frame_page())
