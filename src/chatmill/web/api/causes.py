"""Why questions of an evaluation did not follow, and sending a whole cause or pattern to review."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from chatmill.causes import Contrast, diagnose
from chatmill.errors import UsageError
from chatmill.stages.improve import PROPOSALS, improve
from chatmill.store.evaluations import find_evaluation
from chatmill.web.api.desk import Body, ReaderHere, ReviewerHere
from chatmill.web.result_views import ReturnedExamplesView
from chatmill.web.work_room import RoomHere

MOST_ROWS = 200
Id = Annotated[str, Path(max_length=200)]


class ContrastView(BaseModel):
    """A feature with which questions were followed less or more; the interval is at 95 %."""

    feature: str
    n_with: int
    n_failed_with: int
    n_without: int
    n_failed_without: int
    difference: float
    low: float
    high: float
    p_adjusted: float


class PatternView(BaseModel):
    """Questions alike in meaning that did not follow."""

    name: str
    n_questions: int
    causes: dict[str, int]
    contrasts: list[ContrastView]


class CauseView(BaseModel):
    """One question that did not follow, and why."""

    example_id: str
    turn: int
    split: str
    question: str
    cause: str
    evidence: str
    todo: str
    also: list[str]
    example_ids: list[str]


class CausesView(BaseModel):
    """Some causes of an evaluation, and what failures have in common."""

    causes: list[CauseView]
    n_failed: int
    patterns: list[PatternView]
    contrasts: list[ContrastView]


class ImproveBody(Body):
    """What to send to review: one cause, one pattern, or everything."""

    cause: str | None = Field(default=None, max_length=40)
    pattern: str | None = Field(default=None, max_length=200)


router = APIRouter()


@router.get("/evaluations/{evaluation_id}/causes")
def causes(
    room: RoomHere,
    session: ReaderHere,
    evaluation_id: Id,
    offset: Annotated[int, Query(ge=0, le=2**31)] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = 50,
) -> CausesView:
    """Return why questions did not follow; the first call of an evaluation embeds its training."""
    del session
    evaluation = find_evaluation(room.project.database, evaluation_id)
    if evaluation is None:
        raise UsageError(f"no evaluation {evaluation_id}")
    found = diagnose(room.project, evaluation)
    rows = list(zip(found.failed, found.causes, strict=True))[offset : offset + limit]
    return CausesView(
        causes=[
            CauseView(
                example_id=score.example_id,
                turn=score.turn,
                split=score.split,
                question=score.question,
                cause=each.cause,
                evidence=each.evidence,
                todo=PROPOSALS[each.cause],
                also=list(each.also),
                example_ids=list(each.example_ids),
            )
            for score, each in rows
        ],
        n_failed=len(found.failed),
        patterns=[
            PatternView(
                name=each.name,
                n_questions=len(each.places),
                causes=dict(each.causes),
                contrasts=[_contrast(one) for one in each.contrasts],
            )
            for each in found.patterns.groups
        ],
        contrasts=[_contrast(each) for each in found.patterns.contrasts if each.is_sure],
    )


@router.post("/evaluations/{evaluation_id}/improve")
def send_to_review(
    room: RoomHere, session: ReviewerHere, evaluation_id: Id, body: ImproveBody
) -> ReturnedExamplesView:
    """Send what was not followed to review: a cause, a pattern or all; twice is once."""
    done = improve(
        room.project,
        evaluation_id,
        cause=body.cause or None,
        pattern=body.pattern or None,
        reviewer=session.user,
    )
    room.look_anew()
    moved = done.examples
    return ReturnedExamplesView(
        queued=list(moved.queued), known=list(moved.known), left=list(moved.left)
    )


def _contrast(each: Contrast) -> ContrastView:
    return ContrastView(
        feature=each.feature,
        n_with=each.n_with,
        n_failed_with=each.n_failed_with,
        n_without=each.n_without,
        n_failed_without=each.n_failed_without,
        difference=each.difference,
        low=each.low,
        high=each.high,
        p_adjusted=each.p_adjusted,
    )
