"""`/api/v1`: everything the pages do, as JSON; one module an area.

Every route takes one of `ReaderHere`, `ReviewerHere`, `AdminHere` (see `desk.py`): the application
refuses to start with a route that declares no role.
"""

from fastapi import APIRouter

from chatmill.web.api import (
    causes,
    editing,
    examples,
    history,
    queue,
    results,
    session,
    triage,
    unmasking,
    users,
    work,
)

PREFIX = "/api/v1"
router = APIRouter(prefix=PREFIX)
AREAS = (
    queue, editing, examples, history, triage, work, results, causes, unmasking, session, users,
)  # fmt: skip
for _area in AREAS:
    router.include_router(_area.router)
