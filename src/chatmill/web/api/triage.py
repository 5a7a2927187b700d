"""Triage: what it has learnt, what it offers to keep, a sample first, and its steps back."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from chatmill.stages.review import triage
from chatmill.store.examples import get_example
from chatmill.store.triage_outcomes import OutcomeBin, OwnStep
from chatmill.web.api.desk import AdminHere, Body, Desk, DeskHere, ReaderHere
from chatmill.web.roles import Session

MAX_SAMPLE = 50
MAX_STEP = 1_000_000


class FiguresView(BaseModel):
    """How good it is on decisions it had not seen."""

    n_kept: int
    n_edited: int
    n_rejected: int
    n_needed: int
    """Fewest decisions of each kind."""
    calibration_error: float
    area: float
    """Chance that what was kept stands above what was not, in [0, 1]."""
    reliability: list[tuple[float, float, int]]
    """(said, was, decisions), lowest first."""
    n_proving: int
    """Decisions it had not seen and was sure of."""
    n_proving_kept: int
    n_proof_needed: int
    """So many of them, all kept, would prove the claim."""


class OfferView(BaseModel):
    """What it would keep by itself."""

    n_sure: int
    claim: float
    refusal: triage.Refusal
    n_said_since: int
    n_right_since: int


class BinView(BaseModel):
    """How often it had been right, where it was about so sure."""

    sure_from: float
    sure_to: float
    n_said: int
    n_right: int


class StepView(BaseModel):
    """One step in which it kept many examples."""

    batch: str
    n_kept: int
    n_holding: int
    """Of them, examples nothing was decided about since: undo takes these back."""
    decided_at: str
    reason: str


class TriageView(BaseModel):
    """Where triage stands."""

    model: int
    state: Literal["untrained", "waiting", "guessing", "ready"]
    figures: FiguresView | None
    offer: OfferView
    history: list[BinView]
    n_own: int
    n_own_confirmed: int
    n_own_changed: int
    n_own_unseen: int
    steps: list[StepView]
    n_new: int
    """Decisions since it learnt, counted up to those after which it learns anew."""
    is_shown: bool
    """Whether reviewers see what it expects."""


class SampledPair(BaseModel):
    """One example of a sample, as its asker may see it."""

    id: str
    turns: list[tuple[str, str]]
    """Questions and answers."""


class KeepBody(Body):
    """Keep what it is sure of; `id` is the client's, so that sending it again does it once."""

    id: UUID
    n_expected: int = Field(ge=1, le=MAX_STEP)
    """How many the offer said; fewer are kept where people were faster."""
    model: int = Field(ge=1, le=2**31)
    """Whose offer it was."""


class UndoBody(Body):
    """Take a step of it back."""

    id: UUID
    batch: UUID


class StepReply(BaseModel):
    """What a step did."""

    batch: str
    n_examples: int
    n_left: int
    """Examples that were left as they are."""


router = APIRouter()
SampleSize = Annotated[int, Query(ge=1, le=MAX_SAMPLE)]


@router.get("/triage")
def triage_state(desk: DeskHere, session: ReaderHere) -> TriageView:
    """Return what it has learnt, what it offers, and how often it was right."""
    del session
    return _view(triage.triage_status(desk.project))


@router.get("/triage/sample")
def triage_sample(desk: DeskHere, session: ReaderHere, limit: SampleSize = 10) -> list[SampledPair]:
    """Return some of what is on offer, picked at random."""
    return _pairs(desk, session, triage.sample_of_sure(desk.project, limit=limit))


@router.get("/triage/kept")
def triage_kept(desk: DeskHere, session: ReaderHere, limit: SampleSize = 10) -> list[SampledPair]:
    """Return some of what it kept and nobody has decided about since, picked at random."""
    return _pairs(desk, session, triage.sample_of_kept(desk.project, limit=limit))


@router.post("/triage/keep")
def triage_keep(desk: DeskHere, session: AdminHere, body: KeepBody) -> StepReply:
    """Keep what it is sure of, as its own decisions; 409 where the offer is another one by now."""
    done = triage.keep_sure(
        desk.project,
        batch=str(body.id),
        n_expected=body.n_expected,
        asked_by=session.user,
        model=body.model,
    )
    desk.relisting.soon()
    return StepReply(batch=done.batch, n_examples=len(done.example_ids), n_left=done.n_left)


@router.post("/triage/undo")
def triage_undo(desk: DeskHere, session: AdminHere, body: UndoBody) -> StepReply:
    """Take a step of it back; what people decided since stays."""
    done = triage.undo_keeping(
        desk.project, batch=str(body.batch), reviewer=session.user, undo_id=str(body.id)
    )
    desk.relisting.soon()
    return StepReply(batch=done.batch, n_examples=len(done.example_ids), n_left=done.n_left)


def _pairs(desk: Desk, session: Session, example_ids: list[str]) -> list[SampledPair]:
    pairs = []
    for example_id in example_ids:
        example = get_example(desk.project.database, example_id)
        veil = desk.veil(example, session)
        turns = [(veil.shown(turn.question), veil.shown(turn.answer)) for turn in example.turns]
        pairs.append(SampledPair(id=example_id, turns=turns))
    return pairs


def _view(status: triage.TriageStatus) -> TriageView:
    own, offer = status.own, status.offer
    return TriageView(
        model=status.model,
        state=status.state,
        figures=None if status.figures is None else _figures(status.figures),
        offer=OfferView(
            n_sure=offer.n_sure,
            claim=offer.claim,
            refusal=offer.refusal,
            n_said_since=offer.n_said_since,
            n_right_since=offer.n_right_since,
        ),
        history=[_bin(each) for each in status.history],
        n_own=own.n_made,
        n_own_confirmed=own.n_confirmed,
        n_own_changed=own.n_changed,
        n_own_unseen=own.n_unseen,
        steps=[_step(each) for each in status.steps],
        n_new=status.n_new,
        is_shown=status.is_shown,
    )


def _figures(figures: triage.TriageFigures) -> FiguresView:
    surety = figures.surety
    return FiguresView(
        n_kept=figures.n_kept,
        n_edited=figures.n_edited,
        n_rejected=figures.n_rejected,
        n_needed=figures.n_needed,
        calibration_error=figures.calibration_error,
        area=figures.area,
        reliability=list(figures.reliability),
        n_proving=surety.n_sure if surety else 0,
        n_proving_kept=surety.n_kept if surety else 0,
        n_proof_needed=surety.n_needed if surety else 0,
    )


def _bin(each: OutcomeBin) -> BinView:
    return BinView(
        sure_from=each.sure_from, sure_to=each.sure_to, n_said=each.n_said, n_right=each.n_right
    )


def _step(each: OwnStep) -> StepView:
    return StepView(
        batch=each.batch,
        n_kept=each.n_kept,
        n_holding=each.n_holding,
        decided_at=each.decided_at,
        reason=each.reason,
    )
