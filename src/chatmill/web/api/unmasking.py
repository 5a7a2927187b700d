"""Looking at personal data: a right of its own, and every look is noted."""

from fastapi import APIRouter

from chatmill.errors import ForbiddenError
from chatmill.stages import review
from chatmill.store.users import write_audit
from chatmill.web.api.desk import DeskHere, ReaderHere
from chatmill.web.views import ItemView, item_view

UNMASK = "unmask"
"""What the log calls it."""

router = APIRouter()


@router.post("/examples/{example_id}/unmask")
def unmask(desk: DeskHere, session: ReaderHere, example_id: str) -> ItemView:
    """Return one example as it was written; the log says who looked."""
    if not session.may_unmask:
        raise ForbiddenError(
            "personal data stays hidden for you", where=session.user, fix="Ask an admin"
        )
    item = review.review_item(desk.project, example_id, desk.conversations)
    if not session.sees_original:
        with desk.project.database.write(durable=True) as connection:
            write_audit(connection, actor=session.user, action=UNMASK, subject=item.example.id)
    return item_view(item, desk.veils.of_item(item, is_open=True))
