"""How often triage had been right: what it said, against what people decided afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from chatmill.store.database import Database
from chatmill.store.decisions import last_seq
from chatmill.store.marks import set_mark
from chatmill.store.tables import (
    decisions,
    stage_marks,
    triage_outcomes,
    triage_predictions,
)
from chatmill.store.triage import REVIEWER, ROWS_AT_ONCE
from chatmill.store.triage_labels import Line, standing_verdicts
from chatmill.store.upsert import insert_into

MARK_STAGE = "triage outcomes"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeBin:
    """How often triage was right where it was about so sure."""

    sure_from: float
    """Least confidence in what it said, keep or not."""
    sure_to: float
    n_said: int
    n_right: int
    mean_said: float
    """Mean of the confidences it named, in [0, 1]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnDecisions:
    """What became of the decisions triage made itself."""

    n_made: int
    n_confirmed: int
    """A person kept the example as it was, too."""
    n_changed: int
    """A person edited or rejected it."""
    n_unseen: int
    """Still kept, and no person has decided about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnStep:
    """One step in which triage kept many examples."""

    batch: str
    n_kept: int
    n_holding: int
    """Of them, examples nothing was decided about since."""
    decided_at: str
    reason: str
    """Reason of its first decision: who asked for it, and how sure it was."""


BINS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0)
"""Edges between confidences in what it said."""


def harvest_outcomes(database: Database) -> int:
    """Compare what people decided lately with what triage had said before; the number compared.

    A prediction counts only where it was stored before the person decided. A verdict that was
    taken back counts no longer.
    """
    with database.read() as connection:
        since = _harvested_up_to(connection)
        up_to = last_seq(connection)
        touched = list(
            connection.execute(
                sa.select(decisions.c.example_id)
                .where(decisions.c.seq > since, decisions.c.seq <= up_to)
                .distinct()
            ).scalars()
        )
    n_compared = 0
    for start in range(0, len(touched), ROWS_AT_ONCE):
        with database.write(lists=False) as connection:
            n_compared += _harvest(connection, touched[start : start + ROWS_AT_ONCE])
    if up_to != since:
        with database.write(lists=False) as connection:
            set_mark(connection, MARK_STAGE, "", str(up_to))
    return n_compared


def count_outcomes(database: Database) -> list[OutcomeBin]:
    """Count how often triage was right, by how sure it was; bins without any are left out."""
    keep = triage_outcomes.c.keep
    says_keep = keep >= 0.5  # noqa: PLR2004 - as likely as not
    sure = sa.case((says_keep, keep), else_=1.0 - keep)
    is_right = sa.case((says_keep == triage_outcomes.c.was_kept, 1), else_=0)
    place = sa.case(*[(sure < edge, at) for at, edge in enumerate(BINS[1:-1])], else_=len(BINS) - 2)
    query = (
        sa.select(
            place.label("place"),
            sa.func.count().label("n_said"),
            sa.func.sum(is_right).label("n_right"),
            sa.func.avg(sure).label("mean_said"),
        )
        .group_by("place")
        .order_by("place")
    )
    with database.read() as connection:
        return [
            OutcomeBin(
                sure_from=BINS[row.place],
                sure_to=BINS[row.place + 1],
                n_said=row.n_said,
                n_right=int(row.n_right),
                mean_said=float(row.mean_said),
            )
            for row in connection.execute(query)
        ]


def count_sure_outcomes(database: Database, *, keep_from: float) -> tuple[int, int]:
    """Count the examples it had been that sure of, and those of them people kept as they were."""
    query = sa.select(
        sa.func.count(), sa.func.sum(sa.case((triage_outcomes.c.was_kept, 1), else_=0))
    ).where(triage_outcomes.c.keep >= keep_from)
    with database.read() as connection:
        n_sure, n_kept = connection.execute(query).one()
    return n_sure, int(n_kept or 0)


def count_own(database: Database) -> OwnDecisions:
    """Count what became of what triage kept by itself."""
    own = sa.select(decisions.c.example_id).where(
        decisions.c.reviewer == REVIEWER, decisions.c.action == "keep"
    )
    seen = triage_outcomes.c.example_id
    was_kept = sa.case((triage_outcomes.c.was_kept, 1), else_=0)
    looked_at = sa.select(sa.func.count(), sa.func.sum(was_kept)).where(seen.in_(own))
    with database.read() as connection:
        n_made = connection.execute(
            sa.select(sa.func.count()).select_from(own.subquery())
        ).scalar_one()
        n_looked_at, n_confirmed = connection.execute(looked_at).one()
        n_unseen = connection.execute(
            sa.select(sa.func.count()).select_from(_unseen().subquery())
        ).scalar_one()
    confirmed = int(n_confirmed or 0)
    return OwnDecisions(
        n_made=n_made,
        n_confirmed=confirmed,
        n_changed=n_looked_at - confirmed,
        n_unseen=n_unseen,
    )


def list_unseen(database: Database, *, most: int) -> list[str]:
    """List examples triage kept and nobody decided about since, the newest first."""
    query = _unseen().order_by(decisions.c.seq.desc()).limit(most)
    with database.read() as connection:
        return list(connection.execute(query).scalars())


def list_own_steps(database: Database, *, limit: int) -> list[OwnStep]:
    """List the steps in which triage kept examples, the newest first."""
    step = (
        sa.select(
            decisions.c.batch,
            sa.func.count().label("n_kept"),
            sa.func.sum(sa.case((_nothing_later(), 1), else_=0)).label("n_holding"),
            sa.func.min(decisions.c.decided_at).label("decided_at"),
            sa.func.min(decisions.c.reason).label("reason"),
        )
        .where(decisions.c.reviewer == REVIEWER, decisions.c.action == "keep")
        .group_by(decisions.c.batch)
        .order_by(sa.func.max(decisions.c.seq).desc())
        .limit(limit)
    )
    with database.read() as connection:
        return [
            OwnStep(
                batch=row.batch,
                n_kept=row.n_kept,
                n_holding=int(row.n_holding),
                decided_at=row.decided_at,
                reason=row.reason,
            )
            for row in connection.execute(step)
        ]


def _harvested_up_to(connection: sa.Connection) -> int:
    query = sa.select(stage_marks.c.fingerprint).where(stage_marks.c.stage == MARK_STAGE)
    return int(connection.execute(query).scalar() or 0)


def _harvest(connection: sa.Connection, example_ids: Sequence[str]) -> int:
    verdicts = standing_verdicts(connection, example_ids)
    said = _said_before(connection, triage_outcomes, example_ids)  # a mind that was changed
    for example_id, row in _said_before(connection, triage_predictions, example_ids).items():
        if example_id in verdicts and verdicts[example_id].seq > row.made_after:
            said[example_id] = row
    holding = [each.id for each in verdicts.values()]
    connection.execute(
        sa.delete(triage_outcomes).where(
            triage_outcomes.c.example_id.in_(example_ids),
            triage_outcomes.c.decision_id.not_in(holding),
        )
    )
    rows = [
        {
            "decision_id": verdict.id,
            "example_id": example_id,
            "model": said[example_id].model,
            "keep": said[example_id].keep,
            "was_kept": verdict.action == "keep",
        }
        for example_id, verdict in verdicts.items()
        if example_id in said
    ]
    if rows:
        connection.execute(
            insert_into(connection, triage_outcomes).on_conflict_do_nothing(
                index_elements=["decision_id"]
            ),
            rows,
        )
    return len(rows)


def _said_before(
    connection: sa.Connection, table: sa.Table, example_ids: Sequence[str]
) -> dict[str, Line]:
    rows = connection.execute(sa.select(table).where(table.c.example_id.in_(example_ids)))
    return {row.example_id: row for row in rows}


def _nothing_later() -> sa.ColumnElement[bool]:
    later = decisions.alias("later")
    return ~sa.exists().where(
        later.c.example_id == decisions.c.example_id,
        later.c.seq > decisions.c.seq,
        later.c.action != "comment",
    )


def _unseen() -> sa.Select[Any]:
    return sa.select(decisions.c.example_id).where(
        decisions.c.reviewer == REVIEWER, decisions.c.action == "keep", _nothing_later()
    )
