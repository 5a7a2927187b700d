"""Everything the store knows of one example, read in one go: the page asks for it all the time.

The queries are built once, which takes two thirds of the time of a small one.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from chatmill.errors import UsageError
from chatmill.records import Decision, Example, Finding
from chatmill.store.database import Database
from chatmill.store.decisions import decision_of
from chatmill.store.double_reviews import DoubleReview, double_review_of
from chatmill.store.examples import example_of
from chatmill.store.returned import ReturnedQuestion, returned_of
from chatmill.store.tables import decisions, double_reviews, examples, findings, returned

_ID: sa.BindParameter[str] = sa.bindparam("id")
_EXAMPLE = sa.select(examples).where(examples.c.id == _ID)
_FINDINGS = sa.select(findings).where(findings.c.example_id == _ID).order_by(findings.c.id)
_DECISIONS = sa.select(decisions).where(decisions.c.example_id == _ID).order_by(decisions.c.seq)
_RETURNED = sa.select(returned).where(returned.c.example_id == _ID).order_by(returned.c.id)
_DOUBLE = sa.select(double_reviews).where(double_reviews.c.example_id == _ID)


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRows:
    """One example with all that belongs to it."""

    example: Example
    findings: tuple[Finding, ...]
    decisions: tuple[Decision, ...]
    """Oldest first."""
    returned: tuple[ReturnedQuestion, ...]
    """In the order they came."""
    double: DoubleReview | None
    replaced: Example | None
    """The example it took the place of, where that is still there."""


def read_item_rows(database: Database, example_id: str) -> ItemRows:
    """Read one example, as everything is at one moment.

    Raises:
        UsageError: There is none with that id.
    """
    key = {"id": example_id}
    with database.read() as connection:
        row = connection.execute(_EXAMPLE, key).first()
        if row is None:
            raise UsageError(f"no example {example_id}", fix="List them: chatmill examples")
        example = example_of(row)
        old = None
        if example.supersedes is not None:
            old = connection.execute(_EXAMPLE, {"id": example.supersedes}).first()
        double = connection.execute(_DOUBLE, key).mappings().first()
        return ItemRows(
            example=example,
            findings=tuple(
                Finding(**{name: value for name, value in each.items() if name != "id"})
                for each in connection.execute(_FINDINGS, key).mappings()
            ),
            decisions=tuple(
                decision_of(each) for each in connection.execute(_DECISIONS, key).mappings()
            ),
            returned=tuple(
                returned_of(each) for each in connection.execute(_RETURNED, key).mappings()
            ),
            double=None if double is None else double_review_of(double),
            replaced=None if old is None else example_of(old),
        )
