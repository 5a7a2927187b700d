"""Everything that happened to one example, oldest first."""

from dataclasses import dataclass, replace

from chatmill.project import Project
from chatmill.records import Decision, Example, Turn
from chatmill.stages.review.queue import look_of, returned_questions
from chatmill.store.decisions import extracted_turns, list_decisions, undone_ids
from chatmill.store.double_reviews import DoubleReview, get_double_review
from chatmill.store.examples import get_example
from chatmill.store.returned import ReturnedQuestion


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleHistory:
    """One example from its extraction until now."""

    example: Example
    """As it stands."""
    extracted: tuple[Turn, ...]
    """The words the extractor read."""
    decisions: tuple[Decision, ...]
    """What people and policies decided, undone or not, with the words before and after."""
    undone: frozenset[str]
    """Ids of decisions that were taken back and not done again."""
    returned: tuple[ReturnedQuestion, ...]
    """What the latest evaluation sent it back for."""
    double: DoubleReview | None
    """What two people said of it, where two look at it."""


def example_history(project: Project, example_id: str, *, reviewer: str = "") -> ExampleHistory:
    """Gather the history of one example.

    Args:
        project: Where it is.
        example_id: Which.
        reviewer: Who asks; while their second opinion is waited for, others' decisions are left
            out, as in review. Everything when empty.

    Raises:
        UsageError: No such example.
    """
    example = get_example(project.database, example_id)
    decisions = list_decisions(project.database, example_id=example_id)
    double = get_double_review(project.database, example_id)
    if look_of(double, reviewer) == "second":
        example, double = replace(example, status="pending"), None
        decisions = [each for each in decisions if each.reviewer == reviewer]
    return ExampleHistory(
        example=example,
        extracted=extracted_turns(project.database, example_id),
        decisions=tuple(decisions),
        undone=frozenset(undone_ids(decisions)),
        returned=returned_questions(project, example_id),
        double=double,
    )
