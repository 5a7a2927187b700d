"""The pages themselves, one module a page; every route takes a role, as those of the API do."""

from fastapi import APIRouter

from chatmill.web.pages import charts, door, examples, people, review, triage, work

router = APIRouter(include_in_schema=False)
for _page in (door, examples, review, charts, work, triage, people):
    router.include_router(_page.router)
