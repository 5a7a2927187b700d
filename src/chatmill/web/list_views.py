"""What the API answers about lists of examples."""

from typing import Literal

from pydantic import BaseModel

from chatmill.records import Severity, Status
from chatmill.stages.review.lists import ShownRow

MOST_CHARACTERS = 400
"""Of a text in a list; the example's own page shows all of it."""


class FlagView(BaseModel):
    """What a check found."""

    check: str
    severity: Severity
    message: str


class RowView(BaseModel):
    """One example of a list; long texts are cut."""

    id: str
    status: Status
    question: str
    answer: str
    n_turns: int
    flags: list[FlagView]
    topic: str
    reviewer: str
    decided_at: str
    keep: float | None
    """How sure triage is that it is kept; only where `[review] triage_shown` says so."""


class ListReply(BaseModel):
    """A page of a list."""

    rows: list[RowView]
    after: int | None
    """Where the next page begins; null at the end."""
    is_cut: bool
    """Whether the search stopped early: the next page may find more."""


class FacetView(BaseModel):
    """A value to choose by."""

    value: str
    shown: str
    n_examples: int


class CountReply(BaseModel):
    """How many examples a filter chooses."""

    n_examples: int


class BulkReply(BaseModel):
    """What one step did."""

    batch: str
    """Undo takes the step back by it."""
    action: Literal["keep", "reject", "undo"]
    n_decided: int
    n_left: int
    """Examples that were so already, or that two people look at."""


class ClusterView(BaseModel):
    """Examples that say the same or contradict each other."""

    number: int
    kind: str
    name: str
    keeper: str
    """The one the check suggests to keep, may be empty."""
    rows: list[RowView]
    n_members: int


class ClustersReply(BaseModel):
    """A page of clusters."""

    clusters: list[ClusterView]
    after: int | None


def row_view(shown: ShownRow, *, has_triage: bool, is_whole: bool = False) -> RowView:
    """Lay out one row.

    Args:
        shown: As somebody may see it.
        has_triage: Whether to say what triage expects.
        is_whole: Cut nothing, and show all turns.
    """
    row, turns = shown.row, shown.example.turns
    some = turns if is_whole else turns[:1]
    found = zip(row.findings, shown.messages, strict=True)
    most = None if is_whole else MOST_CHARACTERS
    return RowView(
        id=row.example.id,
        status=row.example.status,
        question=_cut("\n\n".join(each.question for each in some), most),
        answer=_cut("\n\n".join(each.answer for each in some), most),
        n_turns=len(turns),
        flags=[FlagView(check=f.check, severity=f.severity, message=m) for f, m in found],
        topic=row.topic,
        reviewer=row.reviewer,
        decided_at=row.decided_at,
        keep=row.keep if has_triage else None,
    )


def _cut(text: str, most: int | None) -> str:
    return text if most is None or len(text) <= most else f"{text[:most].rstrip()} …"
