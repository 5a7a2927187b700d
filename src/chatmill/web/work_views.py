"""What the API answers about the project's work: counts, rounds, what runs, stages started."""

import math
from typing import Literal

from pydantic import BaseModel

from chatmill.stages.evaluate import Round
from chatmill.stages.work import Notice, StageRun
from chatmill.web.work_room import Counts

RunStateName = Literal["running", "done", "failed", "cancelled", "lost"]


class FunnelStepView(BaseModel):
    """One step from messages to training examples."""

    name: Literal[
        "files", "conversations", "messages", "examples", "clean", "decided", "kept", "built"
    ]
    n: int
    n_left_out: int
    """What the stage that leads here could not use, or people rejected."""


class WaitingView(BaseModel):
    """Pending examples, each counted once, and what else waits."""

    n_error: int
    n_warning: int
    n_returned: int
    n_plain: int
    n_pending: int
    n_failed_calls: int
    n_open_jobs: int


class PlaceView(BaseModel):
    """A conversation in which examples wait."""

    conversation_id: str
    title: str
    n_pending: int


class TopicView(BaseModel):
    """One topic and its gaps."""

    name: str
    n_examples: int
    n_pending: int
    n_kept: int
    n_rejected: int
    n_not_followed: int
    is_thin: bool


class RoundView(BaseModel):
    """One evaluation in a few numbers; a mean is null where nothing was asked."""

    id: str
    dataset: str
    job_id: str
    model: str
    base_model: str
    embedder: str
    n_questions: int
    n_followed: int
    n_partly: int
    n_not_followed: int
    trained: float | None
    trained_base: float | None
    trained_served: float | None
    held_out: float | None
    unseen: float | None
    shuffled_floor: float | None
    followed_from: float
    partly_from: float


class OverviewView(BaseModel):
    """Where the project stands."""

    funnel: list[FunnelStepView]
    waiting: WaitingView
    places: list[PlaceView]
    rejections: dict[str, int]
    topics: list[TopicView]
    n_topics: int
    rounds: list[RoundView]
    """Oldest first."""
    next_command: str
    next_reason: str
    notes: list[str]


class NoticeView(BaseModel):
    """A command at work, started here or on a command line."""

    stage: str
    what: str
    done: int
    total: int
    started_at: float
    updated_at: float
    run_id: str


class RunView(BaseModel):
    """A stage that was started from the page."""

    id: str
    stage: str
    arguments: list[str]
    started_by: str
    started_at: float
    ended_at: float | None
    exit_code: int | None
    cancelled_by: str
    state: RunStateName


class OpenJobView(BaseModel):
    """A fine-tuning job that has not ended; `stamp` grows with what it reports."""

    id: str
    status: str
    stamp: int


class WorkView(BaseModel):
    """What runs at the moment, and the newest stages started from the page."""

    notices: list[NoticeView]
    runs: list[RunView]
    jobs: list[OpenJobView]


class LogView(BaseModel):
    """A stretch of what a run said."""

    run: RunView
    text: str
    next_offset: int
    output: str


class StageView(BaseModel):
    """A stage that can be started, and the options it takes."""

    name: str
    options: list[str]


class MenuView(BaseModel):
    """What can be started, and what its options can be."""

    stages: list[StageView]
    datasets: list[str]
    evaluations: list[str]


def overview_view(counts: Counts) -> OverviewView:
    """Lay out the overview."""
    found = counts.overview
    waiting = found.waiting
    return OverviewView(
        funnel=[
            FunnelStepView(name=each.name, n=each.n, n_left_out=each.n_left_out)
            for each in found.funnel
        ],
        waiting=WaitingView(
            n_error=waiting.n_error,
            n_warning=waiting.n_warning,
            n_returned=waiting.n_returned,
            n_plain=waiting.n_plain,
            n_pending=waiting.n_pending,
            n_failed_calls=found.n_failed_calls,
            n_open_jobs=found.n_open_jobs,
        ),
        places=[
            PlaceView(
                conversation_id=each.conversation_id, title=each.title, n_pending=each.n_pending
            )
            for each in found.places
        ],
        rejections=found.n_rejections,
        topics=[
            TopicView(
                name=each.counts.name,
                n_examples=each.counts.n_examples,
                n_pending=each.counts.n_pending,
                n_kept=each.counts.n_kept,
                n_rejected=each.counts.n_rejected,
                n_not_followed=each.n_not_followed,
                is_thin=each.is_thin,
            )
            for each in found.topics
        ],
        n_topics=found.n_topics,
        rounds=[round_view(each) for each in counts.rounds],
        next_command=counts.status.next_command,
        next_reason=counts.status.next_reason,
        notes=list(counts.status.notes),
    )


def round_view(each: Round) -> RoundView:
    """Lay out one round."""
    run = each.evaluation
    return RoundView(
        id=run.id,
        dataset=run.dataset,
        job_id=run.job_id,
        model=run.model,
        base_model=run.base_model,
        embedder=run.embedder,
        n_questions=each.n_questions,
        n_followed=each.n_followed,
        n_partly=each.n_partly,
        n_not_followed=each.n_not_followed,
        trained=each.trained,
        trained_base=each.trained_base,
        trained_served=each.trained_served,
        held_out=each.held_out,
        unseen=each.unseen,
        shuffled_floor=run.shuffled_floor if math.isfinite(run.shuffled_floor) else None,
        followed_from=run.followed_from,
        partly_from=run.partly_from,
    )


def notice_view(notice: Notice, *, is_admin: bool) -> NoticeView:
    """Lay out a notice; only an admin reads the names of files that are being imported."""
    is_told = is_admin or notice.stage not in ("import", "forget")
    return NoticeView(
        stage=notice.stage,
        what=notice.what if is_told else "",
        done=notice.done,
        total=notice.total,
        started_at=notice.started_at,
        updated_at=notice.updated_at,
        run_id=notice.run_id,
    )


def run_view(run: StageRun) -> RunView:
    """Lay out a run."""
    return RunView(
        id=run.id,
        stage=run.stage,
        arguments=list(run.arguments),
        started_by=run.started_by,
        started_at=run.started_at,
        ended_at=run.ended_at,
        exit_code=run.exit_code,
        cancelled_by=run.cancelled_by,
        state=run.state,
    )
