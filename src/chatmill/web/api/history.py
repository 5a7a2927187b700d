"""The whole history of an example, and how far two people agree."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from chatmill.records import Decision, ExampleState, Turn
from chatmill.stages import review
from chatmill.web.api.desk import DeskHere, ReaderHere
from chatmill.web.views import PairText

router = APIRouter()


class StateView(BaseModel):
    """An example's words and status at one moment."""

    status: Literal["pending", "kept", "rejected"]
    system: str
    turns: list[PairText]


class StepView(BaseModel):
    """One decision with the words before and after."""

    id: str
    reviewer: str
    action: str
    reason: str
    decided_at: str
    undoes: str | None
    is_undone: bool
    before: StateView
    after: StateView


class DoubleView(BaseModel):
    """What two people said of an example."""

    state: Literal["waiting", "agreed", "disputed", "settled"]
    first_reviewer: str
    first_verdict: str
    second_reviewer: str
    second_verdict: str
    settled_by: str
    settled_verdict: str


class HistoryReply(BaseModel):
    """One example from its extraction until now, oldest first."""

    id: str
    extractor: str
    supersedes: str | None
    extracted: list[PairText]
    decisions: list[StepView]
    double: DoubleView | None
    """Empty until the asker has given their own opinion."""


class AgreementReply(BaseModel):
    """First and second opinions compared, before anybody settled anything."""

    n_examples: int
    both_keep: int
    both_reject: int
    first_keeps: int
    second_keeps: int
    n_waiting: int
    n_disputed: int
    observed: float | None
    kappa: float | None
    why_none: str


@router.get("/examples/{example_id}/history")
def history(desk: DeskHere, session: ReaderHere, example_id: str) -> HistoryReply:
    """Return everything that happened to one example, masked as the example itself is."""
    reviewer = session.user if session.may("reviewer") else ""
    found = review.example_history(desk.project, example_id, reviewer=reviewer)
    veil = desk.veil(found.example, session)

    def pairs(turns: tuple[Turn, ...]) -> list[PairText]:
        return [
            PairText(question=veil.shown(each.question), answer=veil.shown(each.answer))
            for each in turns
        ]

    def state(seen: ExampleState) -> StateView:
        return StateView(
            status=seen.status, system=veil.shown(seen.system), turns=pairs(seen.turns)
        )

    def step(decision: Decision) -> StepView:
        return StepView(
            id=decision.id,
            reviewer=decision.reviewer,
            action=decision.action,
            reason=veil.shown(decision.reason),
            decided_at=decision.decided_at,
            undoes=decision.undoes,
            is_undone=decision.id in found.undone,
            before=state(decision.before),
            after=state(decision.after),
        )

    return HistoryReply(
        id=found.example.id,
        extractor=found.example.extractor,
        supersedes=found.example.supersedes,
        extracted=pairs(found.extracted),
        decisions=[step(each) for each in found.decisions],
        double=None
        if found.double is None
        else DoubleView(
            state=found.double.state,
            first_reviewer=found.double.first_reviewer,
            first_verdict=found.double.first_verdict,
            second_reviewer=found.double.second_reviewer,
            second_verdict=found.double.second_verdict,
            settled_by=found.double.settled_by,
            settled_verdict=found.double.settled_verdict,
        ),
    )


@router.get("/agreement")
def agreement(desk: DeskHere, session: ReaderHere) -> AgreementReply:
    """Return how far two people agree who decided about the same examples."""
    del session
    found = review.agreement(desk.project)
    return AgreementReply(
        n_examples=found.n_examples,
        both_keep=found.counts.both_keep,
        both_reject=found.counts.both_reject,
        first_keeps=found.counts.first_keeps,
        second_keeps=found.counts.second_keeps,
        n_waiting=found.counts.n_waiting,
        n_disputed=found.counts.n_disputed,
        observed=found.observed,
        kappa=found.kappa,
        why_none=found.why_none,
    )
