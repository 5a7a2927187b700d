"""The project's work: where it stands, what runs (also as a stream), stages started and ended."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from chatmill.stages.evaluate import rounds_plot
from chatmill.stages.train import live_stamp
from chatmill.stages.work import OPTIONS_OF, STARTED_STAGES, StageWish
from chatmill.stages.work.menu import MOST_EPOCHS, MOST_RETURNED, Extractor, StartedStage
from chatmill.store.datasets import list_datasets
from chatmill.store.evaluations import list_evaluations
from chatmill.store.jobs import list_jobs
from chatmill.web.api.desk import AdminHere, Body, ReaderHere
from chatmill.web.pages.rendering import language_of
from chatmill.web.roles import Session
from chatmill.web.work_room import RoomHere, WorkRoom
from chatmill.web.work_views import (
    LogView,
    MenuView,
    OpenJobView,
    OverviewView,
    RunView,
    StageView,
    WorkView,
    notice_view,
    overview_view,
    run_view,
)

RUNS_SHOWN = 8
ENDED = ("succeeded", "failed", "cancelled")
STREAM_SECONDS = 600.0
"""So long one stream lasts; the browser comes back by itself, and its session is looked at anew."""
LOOK_SECONDS = 0.5
QUIET_SECONDS = 15.0
"""After so long without news a line is sent that keeps the connection open."""

PlotWidth = Annotated[int, Query(ge=200, le=2000, description="Width of the column, in pixels")]
RunId = Annotated[str, Path(max_length=40)]


class StageBody(Body):
    """A stage to start; options it does not take are refused."""

    stage: StartedStage
    dataset: str | None = Field(default=None, max_length=20)
    evaluation: str | None = Field(default=None, max_length=200)
    extractor: Extractor | None = None
    epochs: int | None = Field(default=None, ge=1, le=MOST_EPOCHS)
    limit: int | None = Field(default=None, ge=1, le=MOST_RETURNED)
    may_spend: bool = False


router = APIRouter()


@router.get("/overview")
def overview(room: RoomHere, session: ReaderHere) -> OverviewView:
    """Return the funnel, what waits, topics with gaps, and the rounds; counts a few seconds old."""
    return overview_view(room.counts(sees_original=session.sees_original))


@router.get("/overview/rounds/plot")
def overview_rounds_plot(
    request: Request, room: RoomHere, session: ReaderHere, width: PlotWidth = 900
) -> dict[str, Any]:
    """Return the rounds' scores as a Vega-Lite object."""
    rounds = room.counts(sees_original=session.sees_original).rounds
    return rounds_plot(rounds, language_of(request.headers, room.project), width=width)


@router.get("/work")
def work(room: RoomHere, session: ReaderHere) -> WorkView:
    """Return what runs at the moment."""
    return _work(room, session)


@router.get(
    "/events",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}, "description": "Events named `work`"}},
)
async def events(request: Request, room: RoomHere, session: ReaderHere) -> StreamingResponse:
    """Stream what runs: an event `work` with the answer of `/work` whenever it changes."""
    return StreamingResponse(
        _changes(request, room, session),
        media_type="text/event-stream",
        headers={"x-accel-buffering": "no"},
    )


@router.get("/stages")
def stages(room: RoomHere, session: AdminHere) -> MenuView:
    """Return the stages that can be started here, and what their options can be."""
    del session
    database = room.project.database
    return MenuView(
        stages=[StageView(name=name, options=sorted(OPTIONS_OF[name])) for name in STARTED_STAGES],
        datasets=[each.name for each in list_datasets(database)][::-1],
        evaluations=[each.id for each in list_evaluations(database)][::-1],
    )


@router.get("/stages/runs")
def stage_runs(room: RoomHere, session: AdminHere) -> list[RunView]:
    """List the stages started from the page that are remembered, newest first."""
    del session
    return [run_view(each) for each in room.runner.list_runs()]


@router.post("/stages/runs")
def start_stage(room: RoomHere, session: AdminHere, body: StageBody) -> RunView:
    """Start a stage as a process of its own; 409 while another one runs."""
    run = room.runner.start(StageWish(**body.model_dump()), started_by=session.user)
    room.look_anew()
    return run_view(run)


@router.get("/stages/runs/{run_id}/log")
def stage_log(
    room: RoomHere,
    session: AdminHere,
    run_id: RunId,
    offset: Annotated[int, Query(ge=0, le=2**53)] = 0,
) -> LogView:
    """Return what a run said from an offset on, at most 64 KiB."""
    del session
    part = room.runner.log(run_id, offset)
    return LogView(
        run=run_view(room.runner.get(run_id)),
        text=part.text,
        next_offset=part.next_offset,
        output=part.output,
    )


@router.post("/stages/runs/{run_id}/cancel")
def cancel_stage(room: RoomHere, session: AdminHere, run_id: RunId) -> RunView:
    """Ask a run to end, as Ctrl-C would; what it finished stays."""
    run = room.runner.cancel(run_id, cancelled_by=session.user)
    room.look_anew()
    return run_view(run)


async def _changes(request: Request, room: WorkRoom, session: Session) -> AsyncIterator[str]:
    """Yield server-sent events until the visitor leaves or the stream is old."""
    until = time.monotonic() + STREAM_SECONDS
    told_at = 0.0
    told = ""
    yield "retry: 2000\n\n"
    while time.monotonic() < until and not await request.is_disconnected():
        board = (await run_in_threadpool(_work, room, session)).model_dump_json()
        if board != told:
            told, told_at = board, time.monotonic()
            yield f"event: work\ndata: {board}\n\n"
        elif time.monotonic() - told_at > QUIET_SECONDS:
            told_at = time.monotonic()
            yield ": still here\n\n"
        await asyncio.sleep(LOOK_SECONDS)


def _work(room: WorkRoom, session: Session) -> WorkView:
    board = room.board()
    is_admin = session.may("admin")
    return WorkView(
        notices=[notice_view(each, is_admin=is_admin) for each in board.notices],
        runs=[run_view(each) for each in board.runs[:RUNS_SHOWN]],
        jobs=[
            OpenJobView(id=job.id, status=job.status, stamp=live_stamp(room.project, job.id))
            for job in list_jobs(room.project.database)
            if job.status not in ENDED
        ],
    )
