"""Lists of examples: search, filters, many at once, clusters side by side; and one example."""

from dataclasses import fields
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import ConfigDict, Field

from chatmill.errors import ReviewConflictError, UsageError
from chatmill.records import ClusterKind
from chatmill.stages import review
from chatmill.stages.review import bulk, lists
from chatmill.store.choosing import FACETS, Choice, facet_value, list_facets
from chatmill.store.cluster_pages import open_clusters
from chatmill.text.grams import read_search
from chatmill.web.api.desk import Body, Desk, DeskHere, ReaderHere, ReviewerHere, answer
from chatmill.web.api.queue import MAX_NAME, QueueReply
from chatmill.web.list_views import (
    BulkReply,
    ClustersReply,
    ClusterView,
    CountReply,
    FacetView,
    ListReply,
    row_view,
)
from chatmill.web.roles import Session

FORMS = {
    "txt": "text/plain; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "jsonl": "application/jsonl; charset=utf-8",
}
PAGE = 25
MAX_PAGE = 100
MAX_IDS = 10_000
MAX_EXPORTED_IDS = 300
"""An address has room for so many."""
MAX_NUMBER = 2**31 - 1
FACETS_SHOWN = 100
DUPLICATES: tuple[ClusterKind, ...] = ("exact", "near", "meaning")
Name = Annotated[str, Field(max_length=MAX_NAME)]

router = APIRouter()


class FilterBody(Body):
    """Which examples; every condition given must hold."""

    q: Name = ""
    """Words they must hold, `"…"` for words in a row."""
    status: Name = ""
    severity: Name = ""
    """`error`, `warning`, `info`, or `none` for those without a finding."""
    check: Name = ""
    topic: Name = ""
    cluster: Name = ""
    product: Name = ""
    source: Name = ""
    """Name of an imported file, or `#` and its number."""
    reviewer: Name = ""
    score: Name = ""
    keep_from: float | None = Field(default=None, ge=0, le=1)
    """Least confidence of the triage that it is kept; where `[review] triage_shown` is on."""


class BulkBody(Body):
    """One step over the examples named, or over all that a filter chooses."""

    id: UUID
    action: Literal["keep", "reject", "undo"]
    reason: str = Field(default="", max_length=2000)
    example_ids: list[Annotated[str, Field(max_length=200)]] | None = Field(
        default=None, max_length=MAX_IDS
    )
    filter: FilterBody | None = None
    expected: int = Field(ge=0, le=MAX_NUMBER)
    """How many examples the person was told; another number now records nothing."""


class UndoStepBody(Body):
    """Takes back the step `batch`."""

    id: UUID
    batch: UUID


class KeepOneBody(Body):
    """Keeps one example of a cluster and rejects others of it, in one step."""

    id: UUID
    keep: str = Field(max_length=200)
    reject: list[Annotated[str, Field(max_length=200)]] = Field(max_length=MAX_IDS)
    reason: str = Field(default="", max_length=2000)


class FilterQuery(FilterBody):
    """The same in an address, beside what else stands there."""

    model_config = ConfigDict(extra="ignore")


FilterHere = Annotated[FilterQuery, Query()]


@router.get("/examples", response_model=ListReply)
def list_examples(
    desk: DeskHere,
    session: ReaderHere,
    asked: FilterHere,
    after: Annotated[int, Query(ge=0, le=MAX_NUMBER)] = 0,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = PAGE,
) -> Response:
    """Return the next examples of a filter, in the order they came into the project."""
    page = lists.list_page(
        desk.project,
        desk.veils,
        _choice(desk, asked),
        after=after,
        limit=limit,
        is_open=session.sees_original,
    )
    shows = _has_triage(desk)
    rows = [row_view(each, has_triage=shows) for each in page.rows]
    return answer(ListReply(rows=rows, after=page.after, is_cut=page.is_cut))


@router.get("/examples-count")
def count_examples(desk: DeskHere, session: ReaderHere, asked: FilterHere) -> CountReply:
    """Count the examples of a filter, as far as one step reaches."""
    return CountReply(n_examples=len(_chosen(desk, session, asked)))


@router.get("/facets")
def facets(desk: DeskHere, session: ReaderHere) -> dict[str, list[FacetView]]:
    """Return what examples can be chosen by, and how many each value has; most first."""
    desk.project.database.catch_up()
    found: dict[str, list[FacetView]] = {}
    for kind in FACETS:
        values = list_facets(desk.project.database, kind, limit=FACETS_SHOWN)
        is_hidden = kind == "source" and not session.sees_original  # files are named after people
        found[kind] = [
            FacetView(
                value=f"#{each.id}" if is_hidden else each.value,
                shown=f"#{each.id}" if is_hidden else each.value,
                n_examples=each.n_examples,
            )
            for each in values
        ]
    return found


@router.get("/export", response_class=Response)
def export(
    desk: DeskHere,
    session: ReaderHere,
    asked: FilterHere,
    form: Literal["txt", "xlsx", "jsonl"] = "jsonl",
    ids: Annotated[list[Name] | None, Query(max_length=MAX_EXPORTED_IDS)] = None,
) -> Response:
    """Write examples, those named or all of a filter, as `review --apply` reads them back.

    JSON lines are for other programs and are not read back.
    """
    ids = _chosen(desk, session, asked) if ids is None else ids
    is_open = session.sees_original
    raw = review.export_bytes(desk.project, ids, form, masked=not is_open)
    headers = {"content-disposition": f'attachment; filename="examples.{form}"'}
    return Response(raw, media_type=FORMS[form], headers=headers)


@router.get("/examples/{example_id}")
def example(desk: DeskHere, session: ReaderHere, example_id: str) -> QueueReply:
    """Return one example."""
    return QueueReply(items=[desk.item(example_id, session)], progress=desk.progress())


@router.post("/bulk")
def post_bulk(desk: DeskHere, session: ReviewerHere, body: BulkBody) -> BulkReply:
    """Keep, reject or take back many examples in one step; sending it again changes nothing."""
    if (body.example_ids is None) == (body.filter is None):
        raise UsageError("a step names examples or a filter", fix="Send one of the two")
    known = bulk.known_step(desk.project, str(body.id))
    ids = known or (
        _chosen(desk, session, body.filter) if body.filter else list(body.example_ids or ())
    )
    if not known and len(ids) != body.expected:
        raise ReviewConflictError(
            f"{len(ids):,} examples are chosen now, not {body.expected:,}",
            fix="Look at the list again",
        )
    done = bulk.decide_many(
        desk.project,
        ids,
        body.action,
        batch=str(body.id),
        reviewer=session.user,
        reason=body.reason,
    )
    return _done(desk, done)


@router.post("/bulk/undo")
def undo_bulk(desk: DeskHere, session: ReviewerHere, body: UndoStepBody) -> BulkReply:
    """Take back what still holds of a step."""
    done = bulk.undo_step(
        desk.project, str(body.batch), reviewer=session.user, undo_id=str(body.id)
    )
    return _done(desk, done)


@router.get("/clusters")
def duplicates(
    desk: DeskHere,
    session: ReaderHere,
    after: Annotated[int, Query(ge=-1, le=MAX_NUMBER)] = -1,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 10,
) -> ClustersReply:
    """Return clusters of duplicates that nobody has settled, their examples side by side."""
    return _clusters(desk, session, DUPLICATES, after, limit)


@router.get("/conflicts")
def conflicts(
    desk: DeskHere,
    session: ReaderHere,
    after: Annotated[int, Query(ge=-1, le=MAX_NUMBER)] = -1,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 10,
) -> ClustersReply:
    """Return examples that contradict each other, side by side."""
    return _clusters(desk, session, ("conflict",), after, limit)


@router.post("/clusters/keep")
def keep_one(desk: DeskHere, session: ReviewerHere, body: KeepOneBody) -> BulkReply:
    """Keep one example and reject the others named, in one step."""
    done = bulk.keep_one(
        desk.project,
        body.keep,
        body.reject,
        batch=str(body.id),
        reviewer=session.user,
        reason=body.reason,
    )
    return _done(desk, done)


def _choice(desk: Desk, asked: FilterBody) -> Choice:
    if asked.keep_from is not None and not _has_triage(desk):
        raise UsageError(
            "what triage expects is not shown here", fix="Switch on: [review] triage_shown"
        )
    known = {each.name for each in fields(Choice)}
    values = asked.model_dump(include=known)
    source = asked.source
    if source.startswith("#") and source[1:].isdecimal() and int(source[1:]) <= MAX_NUMBER:
        values["source"] = facet_value(desk.project.database, int(source[1:])) or source
    if asked.q.strip():
        words = read_search(asked.q)
        if words is None:
            raise UsageError("no letter and no digit to search for", where=asked.q[:40])
        values["words"] = words
    return Choice(**values)


def _chosen(desk: Desk, session: Session, asked: FilterBody) -> list[str]:
    choice = _choice(desk, asked)
    return lists.chosen_as_shown(desk.project, desk.veils, choice, is_open=session.sees_original)


def _has_triage(desk: Desk) -> bool:
    return desk.project.settings.review.triage_shown


def _clusters(
    desk: Desk, session: Session, kinds: tuple[ClusterKind, ...], after: int, limit: int
) -> ClustersReply:
    found = open_clusters(desk.project.database, kinds, after=after, limit=limit)
    shows = _has_triage(desk)
    views = []
    for each in found:
        rows = lists.shown_rows(
            desk.project, desk.veils, each.example_ids, is_open=session.sees_original
        )
        views.append(
            ClusterView(
                number=each.number,
                kind=each.kind,
                name="" if not session.sees_original else each.name,
                keeper=each.keeper,
                rows=[row_view(row, has_triage=shows, is_whole=True) for row in rows],
                n_members=each.n_members,
            )
        )
    return ClustersReply(clusters=views, after=found[-1].number if len(found) == limit else None)


def _done(desk: Desk, done: bulk.BulkSummary) -> BulkReply:
    desk.relisting.soon()
    desk.retraining.soon()
    return BulkReply(
        batch=done.batch,
        action=done.action,
        n_decided=len(done.example_ids),
        n_left=done.n_left,
    )
