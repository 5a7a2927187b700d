"""Double review: what two people said of the same example, and who settled it where they differ."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Literal

import sqlalchemy as sa

from chatmill.records import Decision
from chatmill.store.database import Database
from chatmill.store.decisions import decisions_on, undone_ids
from chatmill.store.tables import double_reviews, review_queue

Verdict = Literal["keep", "reject"]
State = Literal["waiting", "agreed", "disputed", "settled"]
POLICIES = frozenset({"keep-clean", "carried over", "improve", "extract", "triage"})
"""Reviewers that are no people: what they decide is nobody's verdict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubleReview:
    """What became of one example that two people look at."""

    example_id: str
    opened: int
    """Place in the log of the first verdict."""
    first_reviewer: str
    first_verdict: Verdict
    second_reviewer: str = ""
    second_verdict: Verdict | Literal[""] = ""
    settled_by: str = ""
    settled_verdict: Verdict | Literal[""] = ""

    @property
    def state(self) -> State:
        """How far it is."""
        if not self.second_reviewer:
            return "waiting"
        if self.first_verdict == self.second_verdict:
            return "agreed"
        return "settled" if self.settled_by else "disputed"


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictCounts:
    """How often two people said what, over all examples that both have seen."""

    both_keep: int
    both_reject: int
    first_keeps: int
    """The first kept it, the second rejected it."""
    second_keeps: int
    """The other way round."""
    n_waiting: int
    """Examples that wait for a second look."""
    n_disputed: int
    """Disagreements nobody has settled."""


def is_chosen(example_id: str, share: float) -> bool:
    """Tell whether an example is among the share two people look at; always the same ones."""
    digest = blake2b(example_id.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64 < share


def read_log(log: Sequence[Decision]) -> DoubleReview | None:
    """Say what people's decisions about one example make of its double review.

    Editing counts as keeping. What was undone counts as never said; what a machine put back to the
    queue begins anew.

    Args:
        log: All decisions about it, oldest first.
    """
    review: DoubleReview | None = None
    for decision in _standing(log):
        verdict: Verdict = "reject" if decision.action == "reject" else "keep"
        if review is None or (not review.second_reviewer and _is_first(review, decision)):
            review = DoubleReview(
                example_id=decision.example_id,
                opened=decision.seq if review is None else review.opened,
                first_reviewer=decision.reviewer,
                first_verdict=verdict,
            )
        elif not review.second_reviewer:
            review = _with(review, second_reviewer=decision.reviewer, second_verdict=verdict)
        elif review.state != "agreed":
            review = _with(review, settled_by=decision.reviewer, settled_verdict=verdict)
    return review


def find_double_review(connection: sa.Connection, example_id: str) -> DoubleReview | None:
    """Return the double review of one example, None where it has none."""
    query = sa.select(double_reviews).where(double_reviews.c.example_id == example_id)
    row = connection.execute(query).mappings().first()
    return None if row is None else double_review_of(row)


def get_double_review(database: Database, example_id: str) -> DoubleReview | None:
    """Do the same outside of a transaction."""
    with database.read() as connection:
        return find_double_review(connection, example_id)


def note_double_review(connection: sa.Connection, example_id: str) -> None:
    """Bring an example's double review up to date with its log, inside somebody's transaction."""
    review = read_log(decisions_on(connection, example_id=example_id))
    connection.execute(sa.delete(double_reviews).where(double_reviews.c.example_id == example_id))
    if review is None:
        return
    values = {name: getattr(review, name) for name in _FIELDS}
    connection.execute(sa.insert(double_reviews).values(**values, state=review.state))
    if review.state == "disputed":
        connection.execute(
            sa.update(review_queue)
            .where(review_queue.c.example_id == example_id, review_queue.c.status == "pending")
            .values(status="disputed")
        )


def waiting_for(
    connection: sa.Connection, reviewer: str, *, may_settle: bool, limit: int
) -> list[str]:
    """List examples that wait for this person's second look or settlement, oldest first.

    Args:
        connection: To the project's database.
        reviewer: Who would look; never twice at the same example.
        may_settle: Whether they settle disagreements they have a part in, too.
        limit: Most ids to return.
    """
    values = {"me": reviewer, "may_settle": may_settle, "most": limit}
    return list(connection.execute(_WAITING, values).scalars())


def count_verdicts(database: Database) -> VerdictCounts:
    """Count what two people said of the same examples."""
    query = sa.select(
        double_reviews.c.state,
        double_reviews.c.first_verdict,
        double_reviews.c.second_verdict,
        sa.func.count(),
    ).group_by(
        double_reviews.c.state, double_reviews.c.first_verdict, double_reviews.c.second_verdict
    )
    with database.read() as connection:
        rows = connection.execute(query).all()

    def count(*, state: str = "", first: str = "", second: str = "") -> int:
        return sum(
            row[3]
            for row in rows
            if state in ("", row[0]) and first in ("", row[1]) and second in ("", row[2])
        )

    return VerdictCounts(
        both_keep=count(first="keep", second="keep"),
        both_reject=count(first="reject", second="reject"),
        first_keeps=count(first="keep", second="reject"),
        second_keeps=count(first="reject", second="keep"),
        n_waiting=count(state="waiting"),
        n_disputed=count(state="disputed"),
    )


_ME = sa.bindparam("me", type_=sa.Text)
_WAITING = (
    sa.select(double_reviews.c.example_id)
    .join(review_queue, review_queue.c.example_id == double_reviews.c.example_id)
    .where(
        double_reviews.c.state.in_(("waiting", "disputed")),
        (double_reviews.c.first_reviewer != _ME)
        | sa.and_(
            double_reviews.c.state == "disputed", sa.bindparam("may_settle", type_=sa.Boolean)
        ),
        sa.or_(
            double_reviews.c.state == "waiting",
            double_reviews.c.second_reviewer != _ME,
            sa.bindparam("may_settle", type_=sa.Boolean),
        ),
    )
    .order_by(double_reviews.c.opened)
    .limit(sa.bindparam("most", type_=sa.Integer))
)
_FIELDS = tuple(DoubleReview.__dataclass_fields__)


def _standing(log: Sequence[Decision]) -> list[Decision]:
    """Return people's verdicts that were not taken back."""
    undone = undone_ids(log)
    said: list[Decision] = []
    for decision in log:
        if decision.action == "restore" and decision.undoes is None:
            said.clear()
        is_verdict = decision.action in {"keep", "edit", "reject"}
        if is_verdict and decision.id not in undone and decision.reviewer not in POLICIES:
            said.append(decision)
    return said


def _is_first(review: DoubleReview, decision: Decision) -> bool:
    return decision.reviewer == review.first_reviewer


def _with(review: DoubleReview, **more: str) -> DoubleReview:
    return DoubleReview(**{**{name: getattr(review, name) for name in _FIELDS}, **more})


def double_review_of(row: sa.RowMapping) -> DoubleReview:
    """Make a double review of its row."""
    return DoubleReview(**{name: row[name] for name in _FIELDS})
