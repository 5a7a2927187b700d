"""What triage offers to keep by itself: a sample first, one step in the log, undone as one.

It acts only where that was proven on decisions it had not seen, and only on examples that wait,
have no error, are looked at by nobody, need no second opinion and read as when it looked at them.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Literal

import sqlalchemy as sa

from chatmill.errors import ReviewConflictError, UsageError
from chatmill.project import Project
from chatmill.records import Decision, ExampleState
from chatmill.stages.review.bulk import undo_step
from chatmill.stages.review.deciding import require_uuid
from chatmill.stages.review.steps import id_in_step
from chatmill.stages.review.triage.features import texts_of
from chatmill.stages.review.triage.learning import State, TriageFigures, figures_from_json
from chatmill.stages.review.triage.surety import upper_bound
from chatmill.store.decisions import append_step, states_on, step_on
from chatmill.store.double_reviews import is_chosen
from chatmill.store.triage import (
    REVIEWER,
    StoredModel,
    SureExample,
    newest_model,
    newest_model_on,
    sure_on,
)
from chatmill.store.triage_labels import count_judgements_after
from chatmill.store.triage_outcomes import (
    OutcomeBin,
    OwnDecisions,
    OwnStep,
    count_outcomes,
    count_own,
    count_sure_outcomes,
    harvest_outcomes,
    list_own_steps,
    list_unseen,
)

Refusal = Literal["", "untrained", "waiting", "guessing", "unproven", "refuted", "nothing"]
"""Why nothing is offered: never trained; too few decisions; it knows no more than what is usual;
too few sure decisions to prove the claim; people disagreed since; nothing pending is that sure."""
STEPS_SHOWN = 5
MOST_SAMPLED = 1_000
DOUBT = 0.05
"""Chance at which what people said since counts as against the claim."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What triage would keep by itself."""

    n_sure: int
    """Pending examples it is sure of; 0 where it may not say so."""
    claim: float
    """At least this share of them is kept as it is, in [0, 1]."""
    threshold: float | None
    """Confidence from which on it is sure."""
    refusal: Refusal
    n_said_since: int = 0
    """Decisions people made after it had been that sure of them."""
    n_right_since: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StepSummary:
    """What one step did."""

    batch: str
    """Its id in the log."""
    example_ids: tuple[str, ...]
    n_left: int
    """Examples that stay as they are: people decided about them since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TriageStatus:
    """Where triage stands."""

    model: int
    """Number of the newest training, 0 before the first."""
    state: State | Literal["untrained"]
    figures: TriageFigures | None
    offer: Offer
    history: tuple[OutcomeBin, ...]
    """How often it had been right before people decided, by how sure it was."""
    own: OwnDecisions
    steps: tuple[OwnStep, ...]
    n_new: int
    """Decisions people made since it was trained, counted up to `[review] triage_every`."""
    is_shown: bool
    """Whether reviewers see what it expects, so that agreement flatters it."""


def triage_status(project: Project) -> TriageStatus:
    """Tell what triage has learnt, what it offers, and how often it was right."""
    harvest_outcomes(project.database)
    stored = newest_model(project.database)
    figures = figures_from_json(stored.figures) if stored else None
    with project.database.read() as connection:
        after = stored.trained_up_to if stored else 0
        most = max(1, project.settings.review.triage_every)
        n_new = count_judgements_after(connection, after, most=most)
    return TriageStatus(
        model=stored.number if stored else 0,
        state=stored.figures["state"] if stored else "untrained",
        figures=figures,
        offer=_offer(project, stored),
        history=tuple(count_outcomes(project.database)),
        own=count_own(project.database),
        steps=tuple(list_own_steps(project.database, limit=STEPS_SHOWN)),
        n_new=n_new,
        is_shown=project.settings.review.triage_shown,
    )


def is_training_due(project: Project) -> bool:
    """Tell whether people decided so much since the last training that it learns anew."""
    every = project.settings.review.triage_every
    if not every:
        return False
    stored = newest_model(project.database)
    after = stored.trained_up_to if stored else 0
    with project.database.read() as connection:
        return count_judgements_after(connection, after, most=every) >= every


def sample_of_sure(project: Project, *, limit: int) -> list[str]:
    """Pick some of the examples on offer at random, always the same ones of one model."""
    stored = newest_model(project.database)
    offer = _offer(project, stored)
    if stored is None or not offer.n_sure:
        return []
    with project.database.read() as connection:
        sure = _sure(project, connection, stored, offer.threshold)
    ids = [each.example_id for each, _ in sure]
    return _at_random(ids, str(stored.number), limit)


def sample_of_kept(project: Project, *, limit: int) -> list[str]:
    """Pick some of what triage kept and nobody has decided about since, at random."""
    unseen = list_unseen(project.database, most=MOST_SAMPLED)
    return _at_random(unseen, "kept", limit)


def keep_sure(
    project: Project, *, batch: str, n_expected: int, asked_by: str, model: int | None = None
) -> StepSummary:
    """Keep what triage is sure of, as its own decisions, in one step; sending it again adds none.

    Args:
        project: Where they are.
        batch: A UUID the caller chose; `undo_keeping` takes the step back by it.
        n_expected: How many the person who asked for it was told; it may be fewer by now, where
            people decided about some or look at them.
        asked_by: Who asked for it; stands in the reason of each decision.
        model: Number of the model whose offer they saw; None for whatever is the newest.

    Raises:
        UsageError: It offers nothing, or the UUID is none.
        ReviewConflictError: It would keep more, or has learnt anew.
    """
    require_uuid(batch)
    with project.database.read() as connection:
        made = step_on(connection, batch)
    if not made:
        stored = newest_model(project.database)
        proven = _proven(project, stored)
        if stored is not None and model not in {None, stored.number}:
            raise _learnt_anew()
        refusal: Refusal = proven.refusal or ("" if n_expected else "nothing")
        if stored is None or refusal:
            raise UsageError(f"triage keeps nothing: {REASONS[refusal]}")
        with project.database.write(lists=False) as connection:
            made = step_on(connection, batch)
            if not made:
                made = _keeping(project, connection, stored, proven, batch, asked_by)
                if len(made) > n_expected:
                    raise ReviewConflictError(
                        f"triage is sure of {len(made):,} examples now, not {n_expected:,}",
                        fix="Look at the offer again",
                    )
                append_step(connection, made)
    if any(each.reviewer != REVIEWER for each in made):
        raise UsageError("this id was used for another step", where=batch)
    ids = tuple(each.example_id for each in made)
    return StepSummary(batch=batch, example_ids=ids, n_left=0)


def undo_keeping(project: Project, *, batch: str = "", reviewer: str, undo_id: str) -> StepSummary:
    """Take back one of its steps, the newest where none is named; what people decided since stays.

    Raises:
        UsageError: There is no such step of triage.
    """
    if not batch:
        steps = [each for each in list_own_steps(project.database, limit=1) if each.n_holding]
        if not steps:
            raise UsageError("triage has kept nothing that could be taken back")
        batch = steps[0].batch
    with project.database.read() as connection:
        targets = step_on(connection, batch)
    if not targets or any(each.reviewer != REVIEWER for each in targets):
        raise UsageError(f"no step {batch} of triage")
    done = undo_step(project, batch, reviewer=reviewer, undo_id=undo_id)
    return StepSummary(batch=undo_id, example_ids=done.example_ids, n_left=done.n_left)


REASONS: dict[Refusal, str] = {
    "": "",
    "untrained": "it has not learnt yet: chatmill triage",
    "waiting": "there are too few decisions to learn from",
    "guessing": "it knows no more than what is usual",
    "unproven": "too few decisions prove that it is right as often as it would claim",
    "refuted": "people decided otherwise too often since it was that sure",
    "nothing": "it is sure of nothing that waits",
}


def _offer(project: Project, stored: StoredModel | None) -> Offer:
    """Say what it would keep by itself."""
    proven = _proven(project, stored)
    if stored is None or proven.refusal:
        return proven
    with project.database.read() as connection:
        n_sure = len(_sure(project, connection, stored, proven.threshold))
    return replace(proven, n_sure=n_sure, refusal="" if n_sure else "nothing")


def _proven(project: Project, stored: StoredModel | None) -> Offer:
    """Say from which confidence on it may keep examples, without looking at any."""
    claim = project.settings.review.triage_sure

    def refused(why: Refusal, **more: int) -> Offer:
        return Offer(n_sure=0, claim=claim, threshold=None, refusal=why, **more)

    if stored is None:
        return refused("untrained")
    if stored.figures["state"] in {"waiting", "guessing"}:
        return refused(stored.figures["state"])
    figures = figures_from_json(stored.figures)
    surety = figures.surety
    if surety is None or surety.threshold is None or figures.claim < claim:
        return refused("unproven")
    n_said, n_right = count_sure_outcomes(project.database, keep_from=surety.threshold)
    if upper_bound(n_right, n_said, error_chance=DOUBT) < figures.claim:
        return refused("refuted", n_said_since=n_said, n_right_since=n_right)
    return Offer(
        n_sure=0,
        claim=figures.claim,
        threshold=surety.threshold,
        refusal="",
        n_said_since=n_said,
        n_right_since=n_right,
    )


def _sure(
    project: Project, connection: sa.Connection, stored: StoredModel, threshold: float | None
) -> list[tuple[SureExample, ExampleState]]:
    """List what is on offer and how it stands, the surest first, as far as one step reaches."""
    if threshold is None:
        return []
    settings = project.settings.review
    found = sure_on(
        connection,
        model=stored.number,
        keep_from=threshold,
        now=time.time(),
        most=settings.bulk_most,
    )
    alone = [each for each in found if not is_chosen(each.example_id, settings.double_share)]
    states = states_on(connection, [each.example_id for each in alone])
    return [
        (each, states[each.example_id])
        for each in alone
        if each.example_id in states
        and texts_of(states[each.example_id].turns).digest == each.words
    ]


def _keeping(  # noqa: PLR0913, PLR0917 - what one step is made of
    project: Project,
    connection: sa.Connection,
    stored: StoredModel,
    proven: Offer,
    batch: str,
    asked_by: str,
) -> list[Decision]:
    newest = newest_model_on(connection)
    if newest is None or newest.number != stored.number:
        raise _learnt_anew()
    return [
        Decision(
            id=id_in_step(batch, each.example_id),
            example_id=each.example_id,
            reviewer=REVIEWER,
            action="keep",
            before=state,
            after=replace(state, status="kept"),
            reason=_reason(each.keep, stored.number, asked_by),
            batch=batch,
        )
        for each, state in _sure(project, connection, stored, proven.threshold)
    ]


def _learnt_anew() -> ReviewConflictError:
    return ReviewConflictError("triage has learnt anew since", fix="Look at the offer again")


def _reason(keep: float, model: int, asked_by: str) -> str:
    sure = min(999, int(keep * 1000)) / 10  # 99.96 % is not 100 %
    return f"{sure} % sure (model {model}), asked for by {asked_by}"


def _at_random(ids: Sequence[str], seed: str, limit: int) -> list[str]:
    def place(example_id: str) -> bytes:
        return blake2b(f"{seed}\x1f{example_id}".encode("utf-8", "surrogatepass")).digest()

    return sorted(ids, key=place)[:limit]
