"""Results: dataset versions and their differences, fine-tuning jobs, evaluations and questions."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import FileResponse
from pydantic import Field

from chatmill.errors import UsageError
from chatmill.frames.score_pages import QuestionFilter
from chatmill.records import Evaluation, TuningJob
from chatmill.stages.evaluate import question_plot
from chatmill.stages.improve import return_question
from chatmill.stages.train import loss_plot, read_card, read_curve
from chatmill.stages.versions import KINDS
from chatmill.store.evaluations import find_evaluation
from chatmill.store.jobs import list_jobs
from chatmill.store.overview import statuses_of
from chatmill.web.api.desk import Body, ReaderHere, ReviewerHere
from chatmill.web.api.work import PlotWidth
from chatmill.web.pages.rendering import language_of
from chatmill.web.result_views import (
    DatasetAboutView,
    DatasetsView,
    DiffView,
    EvaluationView,
    JobAboutView,
    JobView,
    LossView,
    NeighbourView,
    QuestionAboutView,
    QuestionsView,
    ReturnedExamplesView,
    SplitName,
    VerdictName,
    about_view,
    change_view,
    dataset_view,
    job_view,
    line_view,
    neighbour_view,
    question_about_view,
    question_view,
)
from chatmill.web.work_room import RoomHere, WorkRoom
from chatmill.web.work_views import RoundView, round_view

MOST_ROWS = 200
LOSSES_SHOWN = 200
MOST_RETURNED_AT_ONCE = 20
MEDIA_TYPES = {".jsonl": "application/jsonl", ".json": "application/json"}

Version = Annotated[str, Path(max_length=20)]
Id = Annotated[str, Path(max_length=200)]
Key = Annotated[int, Path(ge=0, le=2**31)]
Offset = Annotated[int, Query(ge=0, le=2**31)]
Limit = Annotated[int, Query(ge=1, le=MOST_ROWS)]


class ReturnBody(Body):
    """Examples to send to review: the question's own, or trained ones near it."""

    example_ids: list[Annotated[str, Field(max_length=200)]] = Field(
        min_length=1, max_length=MOST_RETURNED_AT_ONCE
    )


router = APIRouter()


@router.get("/datasets")
def datasets(
    room: RoomHere, session: ReaderHere, offset: Offset = 0, limit: Limit = 50
) -> DatasetsView:
    """List the dataset versions, newest first."""
    del session
    found = room.versions.versions()
    return DatasetsView(
        versions=[dataset_view(each) for each in found[offset : offset + limit]],
        n_versions=len(found),
    )


@router.get("/datasets/{name}")
def dataset(room: RoomHere, session: ReaderHere, name: Version) -> DatasetAboutView:
    """Return what a version says of itself."""
    del session
    return about_view(room.versions.about(name))


@router.get("/datasets/{name}/files/{file_name}", response_class=FileResponse)
def dataset_file(
    room: RoomHere,
    session: ReaderHere,
    name: Version,
    file_name: Annotated[str, Path(max_length=40)],
) -> FileResponse:
    """Download a file of a version; personal data in it is masked as it was built."""
    del session
    path = room.versions.file(name, file_name)
    return FileResponse(
        path,
        media_type=MEDIA_TYPES.get(path.suffix, "text/markdown"),
        filename=f"{name}-{file_name}",
    )


@router.get("/datasets/{name}/diff")
def dataset_diff(  # noqa: PLR0913, PLR0917 - a query has as many parts
    room: RoomHere,
    session: ReaderHere,
    name: Version,
    since: Annotated[str, Query(max_length=20)],
    kind: Literal["added", "removed", "changed"] | None = None,
    offset: Offset = 0,
    limit: Limit = 50,
) -> DiffView:
    """Return what a version has otherwise than an earlier one, a page at a time."""
    del session
    diff = room.versions.diff(since, name)
    n_added, n_removed, n_changed = (len(diff.of(each)) for each in KINDS)
    return DiffView(
        earlier=diff.earlier,
        later=diff.later,
        n_same=diff.n_same,
        n_added=n_added,
        n_removed=n_removed,
        n_changed=n_changed,
        changes=[change_view(each) for each in diff.of(kind)[offset : offset + limit]],
    )


@router.get("/jobs")
def jobs(
    room: RoomHere, session: ReaderHere, offset: Offset = 0, limit: Limit = 50
) -> list[JobView]:
    """List the project's fine-tuning jobs, newest first."""
    del session
    found = list_jobs(room.project.database)[::-1][offset : offset + limit]
    return [job_view(each, has_card=bool(read_card(room.project, each.id))) for each in found]


@router.get("/jobs/{job_id}")
def job(room: RoomHere, session: ReaderHere, job_id: Id) -> JobAboutView:
    """Return a job, its model card and its losses."""
    del session
    known = _job(room, job_id)
    curve = read_curve(room.project, job_id)
    card = read_card(room.project, job_id) or ""
    step = max(1, -(-len(curve.points) // LOSSES_SHOWN))
    shown = sorted({*range(0, len(curve.points), step), max(0, len(curve.points) - 1)})
    return JobAboutView(
        job=job_view(known, has_card=bool(card)),
        card=card,
        losses=[
            LossView(
                step=curve.points[at].step,
                train_loss=curve.points[at].train_loss,
                valid_loss=curve.points[at].valid_loss,
            )
            for at in shown
            if at < len(curve.points)
        ],
        n_losses=len(curve.points),
        total_steps=curve.total_steps,
        messages=list(curve.messages),
        is_live=curve.is_live,
    )


@router.get("/jobs/{job_id}/plot")
def job_plot(
    request: Request, room: RoomHere, session: ReaderHere, job_id: Id, width: PlotWidth = 900
) -> dict[str, Any]:
    """Return a job's loss curve as a Vega-Lite object."""
    del session
    known = _job(room, job_id)
    language = language_of(request.headers, room.project)
    return loss_plot(read_curve(room.project, known.id), language, width=width)


@router.get("/evaluations")
def evaluations(
    room: RoomHere, session: ReaderHere, offset: Offset = 0, limit: Limit = 50
) -> list[RoundView]:
    """List the evaluations, newest first."""
    del session
    found = room.evaluations.rounds()[::-1][offset : offset + limit]
    return [round_view(each) for each in found]


@router.get("/evaluations/{evaluation_id}")
def evaluation(room: RoomHere, session: ReaderHere, evaluation_id: Id) -> EvaluationView:
    """Return an evaluation with one line a language and group."""
    del session
    known = _evaluation(room, evaluation_id)
    return EvaluationView(
        round=round_view(room.evaluations.round(known)),
        lines=[line_view(each) for each in room.evaluations.lines(known)],
        languages=list(room.evaluations.scores(known).languages),
    )


@router.get("/evaluations/{evaluation_id}/plot")
def evaluation_plot(
    request: Request,
    room: RoomHere,
    session: ReaderHere,
    evaluation_id: Id,
    width: PlotWidth = 1000,
) -> dict[str, Any]:
    """Return the score of every question as a Vega-Lite object of at most 5,000 marks."""
    del session
    known = _evaluation(room, evaluation_id)
    language = language_of(request.headers, room.project)
    return question_plot(known, room.evaluations.scores(known), language, width=width)


@router.get("/evaluations/{evaluation_id}/questions")
def questions(  # noqa: PLR0913, PLR0917 - a query has as many parts
    room: RoomHere,
    session: ReaderHere,
    evaluation_id: Id,
    verdict: Annotated[list[VerdictName] | None, Query(max_length=3)] = None,
    split: Annotated[list[SplitName] | None, Query(max_length=4)] = None,
    language: Annotated[str | None, Query(max_length=20)] = None,
    text: Annotated[str, Query(max_length=200)] = "",
    order: Literal["lowest", "highest", "asked"] = "lowest",
    offset: Offset = 0,
    limit: Limit = 50,
) -> QuestionsView:
    """List questions of an evaluation, the least followed first, a page at a time."""
    del session
    wanted = QuestionFilter(
        verdicts=tuple(verdict or ()),
        splits=tuple(split or ()),
        language=language,
        text=text,
        order=order,
    )
    scores = room.evaluations.scores(_evaluation(room, evaluation_id))
    page = scores.page(wanted, offset=offset, limit=limit)
    return QuestionsView(
        questions=[question_view(each) for each in page.rows], n_matching=page.n_matching
    )


@router.get("/evaluations/{evaluation_id}/questions/{key}")
def question(room: RoomHere, session: ReaderHere, evaluation_id: Id, key: Key) -> QuestionAboutView:
    """Return one question, its reviewed answer and what the models said."""
    del session
    scores = room.evaluations.scores(_evaluation(room, evaluation_id))
    row = scores.rows([key])[0]
    status = statuses_of(room.project.database, [row.score.example_id])
    return question_about_view(row, scores.served(row.score), status.get(row.score.example_id, ""))


@router.get("/evaluations/{evaluation_id}/questions/{key}/nearest")
def nearest(
    room: RoomHere,
    session: ReaderHere,
    evaluation_id: Id,
    key: Key,
    limit: Annotated[int, Query(ge=1, le=10)] = 3,
) -> list[NeighbourView]:
    """Return the trained questions nearest in meaning; the first call of a version embeds it."""
    del session
    known = _evaluation(room, evaluation_id)
    score = room.evaluations.scores(known).rows([key])[0].score
    found = room.neighbours.nearest(known.dataset, score, limit=limit)
    status = statuses_of(room.project.database, [each.example_id for each in found])
    return [neighbour_view(each, status.get(each.example_id, "")) for each in found]


@router.post("/evaluations/{evaluation_id}/questions/{key}/return")
def return_to_review(
    room: RoomHere, session: ReviewerHere, evaluation_id: Id, key: Key, body: ReturnBody
) -> ReturnedExamplesView:
    """Send examples back to the review queue with what the model said; twice is once."""
    known = _evaluation(room, evaluation_id)
    score = room.evaluations.scores(known).rows([key])[0].score
    done = return_question(room.project, known, score, body.example_ids, reviewer=session.user)
    room.look_anew()
    return ReturnedExamplesView(
        queued=list(done.queued), known=list(done.known), left=list(done.left)
    )


def _evaluation(room: WorkRoom, evaluation_id: str) -> Evaluation:
    found = find_evaluation(room.project.database, evaluation_id)
    if found is None:
        raise UsageError(f"no evaluation {evaluation_id}")
    return found


def _job(room: WorkRoom, job_id: str) -> TuningJob:
    for each in list_jobs(room.project.database):
        if each.id == job_id:
            return each
    raise UsageError(f"no job {job_id}")
