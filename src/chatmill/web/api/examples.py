"""One example, and lists of them."""

from fastapi import APIRouter

from chatmill.web.api.desk import DeskHere, ReaderHere
from chatmill.web.api.queue import QueueReply

router = APIRouter()


@router.get("/examples/{example_id}")
def example(desk: DeskHere, session: ReaderHere, example_id: str) -> QueueReply:
    """Return one example."""
    return QueueReply(items=[desk.item(example_id, session)], progress=desk.progress())
