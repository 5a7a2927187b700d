"""How far two people agree who decide about the same examples."""

from dataclasses import dataclass

from chatmill.errors import MeasureError
from chatmill.project import Project
from chatmill.store.double_reviews import VerdictCounts, count_verdicts


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What a project's double reviews say."""

    counts: VerdictCounts
    observed: float | None
    """Share of examples both said the same of; None before two have looked at any."""
    kappa: float | None
    """Cohen's kappa; None where it has no value."""
    why_none: str
    """Why kappa has no value; empty where it has one."""

    @property
    def n_examples(self) -> int:
        """Examples two people decided about."""
        return _total(self.counts)


def agreement(project: Project) -> Agreement:
    """Compare first and second opinions, before anybody settled anything."""
    counts = count_verdicts(project.database)
    total = _total(counts)
    observed = (counts.both_keep + counts.both_reject) / total if total else None
    try:
        kappa, why = cohens_kappa(counts), ""
    except MeasureError as error:
        kappa, why = None, error.what
    return Agreement(counts=counts, observed=observed, kappa=kappa, why_none=why)


def cohens_kappa(counts: VerdictCounts) -> float:
    """Return agreement beyond chance, (observed - expected) / (1 - expected).

    Expected is what two people reach who keep as often as these but toss coins (Cohen 1960).

    Args:
        counts: What first and second opinions were.

    Returns:
        In [-1, 1]; 1 is full agreement, 0 what chance gives.

    Raises:
        MeasureError: Nobody has looked twice yet, or both said the same of every example and
            chance would have too.
    """
    total = _total(counts)
    if total == 0:
        raise MeasureError("no example has two opinions yet")
    first_keeps = (counts.both_keep + counts.first_keeps) / total
    second_keeps = (counts.both_keep + counts.second_keeps) / total
    observed = (counts.both_keep + counts.both_reject) / total
    expected = first_keeps * second_keeps + (1 - first_keeps) * (1 - second_keeps)
    if expected >= 1:
        raise MeasureError("every verdict is the same, so chance agrees as well")
    return (observed - expected) / (1 - expected)


def _total(counts: VerdictCounts) -> int:
    return counts.both_keep + counts.both_reject + counts.first_keeps + counts.second_keeps
