"""Hands examples out to a team: nobody gets what somebody else is looking at."""

import time
from collections.abc import Sequence

from chatmill.project import Project
from chatmill.store.leases import Holder, lease_next, release_leases, renew_leases
from chatmill.store.queue import WHOLE_QUEUE, QueueChoice

SECONDS_A_MINUTE = 60


def hand_out(  # noqa: PLR0913 - who asks for what
    project: Project,
    reviewer: str,
    *,
    after: str | None = None,
    limit: int = 1,
    choice: QueueChoice = WHOLE_QUEUE,
    may_settle: bool = False,
) -> list[str]:
    """Lease the examples that come next to a reviewer and return their ids.

    First what waits for their second look or their settlement, then errors, what triage is least
    sure of, and the rest. A lease ends with a decision, with `let_go`, or `[review] lease_minutes`
    after the last sign of life.

    Args:
        project: Whose queue.
        reviewer: Who asks.
        after: Example to go on from, going round to the start of the queue at its end.
        limit: Most examples.
        choice: Which part of the queue, in which order.
        may_settle: Whether disagreements they have a part in are theirs to settle.
    """
    holder = _holder(project, reviewer, may_settle=may_settle)
    return lease_next(project.database, holder, after=after, limit=limit, choice=choice)


def still_looking(project: Project, reviewer: str, example_ids: Sequence[str]) -> list[str]:
    """Renew leases; returns those of the examples that are the reviewer's now."""
    return renew_leases(project.database, _holder(project, reviewer), example_ids)


def let_go(project: Project, reviewer: str, example_ids: Sequence[str] | None = None) -> None:
    """Give leases back, on skipping or leaving; all of the reviewer's where none are named."""
    release_leases(project.database, reviewer, example_ids)


def lease_seconds(project: Project) -> float:
    """Say how long a lease lasts without a sign of life."""
    return project.settings.review.lease_minutes * SECONDS_A_MINUTE


def _holder(project: Project, reviewer: str, *, may_settle: bool = False) -> Holder:
    return Holder(
        name=reviewer,
        now=time.time(),
        lease_seconds=lease_seconds(project),
        may_settle=may_settle,
    )
