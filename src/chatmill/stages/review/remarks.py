"""Comments on an example, and questions about it to somebody who knows."""

from chatmill.errors import UsageError
from chatmill.project import Project
from chatmill.records import Decision
from chatmill.stages.review.deciding import require_uuid
from chatmill.stages.review.words import state_of
from chatmill.store.asks import Ask, add_ask, open_asks, reviewers_on
from chatmill.store.decisions import append_decision, find_decision
from chatmill.store.examples import example_on

MAX_PEOPLE = 50


def comment(
    project: Project, example_id: str, text: str, *, decision_id: str, reviewer: str
) -> Decision:
    """Add a comment to the log of an example; it decides nothing.

    Args:
        project: Where the example is.
        example_id: Which.
        text: What to say.
        decision_id: A UUID the caller chose; sending it again changes nothing.
        reviewer: Who says it.

    Raises:
        UsageError: No such example, or nothing was said.
    """
    return _remark(project, example_id, text, decision_id=decision_id, reviewer=reviewer, expert="")


def ask(  # noqa: PLR0913 - what one question is made of
    project: Project,
    example_id: str,
    question: str,
    *,
    expert: str,
    decision_id: str,
    reviewer: str,
) -> Decision:
    """Ask somebody about an example: it comes first for them until they decide or comment.

    Args:
        project: Where the example is.
        example_id: Which.
        question: What to ask.
        expert: Who is asked, by the name decisions are recorded under.
        decision_id: A UUID the caller chose; sending it again changes nothing.
        reviewer: Who asks.

    Raises:
        UsageError: No such example, nobody is named, or nothing is asked.
    """
    if not expert.strip():
        raise UsageError("nobody is asked", where=example_id, fix="Name somebody")
    return _remark(
        project,
        example_id,
        question,
        decision_id=decision_id,
        reviewer=reviewer,
        expert=expert.strip(),
    )


def asked_of(project: Project, expert: str) -> list[Ask]:
    """List what somebody was asked and has not answered, oldest first."""
    return open_asks(project.database, expert)


def people_to_ask(project: Project) -> list[str]:
    """List the names decisions are recorded under, the most recent first."""
    return reviewers_on(project.database, limit=MAX_PEOPLE)


def _remark(  # noqa: PLR0913 - what a remark is made of
    project: Project, example_id: str, text: str, *, decision_id: str, reviewer: str, expert: str
) -> Decision:
    require_uuid(decision_id)
    if not text.strip():
        raise UsageError("nothing was said", where=example_id, fix="Write something")
    with project.database.write() as connection:
        known = find_decision(connection, decision_id)
        if known is not None:
            return known
        state = state_of(example_on(connection, example_id))
        words = text.strip()
        decision = Decision(
            id=decision_id,
            example_id=example_id,
            reviewer=reviewer,
            action="comment",
            before=state,
            after=state,
            reason=f"@{expert} {words}" if expert else words,
        )
        decision = append_decision(connection, decision)
        if expert:
            add_ask(connection, decision, expert=expert, question=words)
        return decision
