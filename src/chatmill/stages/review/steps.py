"""Steps: the decisions that take others back, one example or many at once."""

from collections.abc import Sequence
from uuid import NAMESPACE_URL, uuid5

from chatmill.records import Decision


def restoring(
    targets: Sequence[Decision], reviewer: str, decision_id: str, *, reason: str, as_one: bool
) -> list[Decision]:
    """Make the decisions that take others back, as one step.

    Args:
        targets: They hold: their examples stand as they left them.
        reviewer: Who takes them back.
        decision_id: UUID of the first decision, from which those of the others follow; of the
            step too, where there are several.
        reason: What the log says.
        as_one: Make it a step even where there is only one.
    """
    is_step = as_one or len(targets) > 1
    return [
        Decision(
            id=decision_id if at == 0 else id_in_step(decision_id, each.example_id),
            example_id=each.example_id,
            reviewer=reviewer,
            action="restore",
            before=each.after,
            after=each.before,
            undoes=each.id,
            reason=reason,
            batch=decision_id if is_step else "",
        )
        for at, each in enumerate(targets)
    ]


def id_in_step(batch: str, example_id: str) -> str:
    """Return the id of one decision of a step; the same step gives the same ids."""
    return str(uuid5(NAMESPACE_URL, f"chatmill:step:{batch}:{example_id}"))


def has_new_words(decision: Decision) -> bool:
    """Tell whether a decision changes words, so that the checks must look again."""
    before, after = decision.before, decision.after
    return (before.system, before.turns) != (after.system, after.turns)
