"""How far a run in batches is, what a line came to, and the account in the end."""

from dataclasses import dataclass, field

from chatmill.errors import ModelCallError, ModelError
from chatmill.models.accounts import Answers, CallFailure, CallsAccount
from chatmill.models.requests import ChatReply
from chatmill.models.runs import Plan, beginning
from chatmill.store.calls import FailedCall, PaidReply


@dataclass(slots=True, kw_only=True)
class BatchState:
    """What became of the requests of a run so far."""

    replies: dict[str, ChatReply]
    errors: dict[str, ModelCallError] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    tries: dict[str, int] = field(default_factory=dict)
    stopped_by: ModelError | None = None
    n_answered: int = 0
    n_tries: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float | None = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchLine:
    """What one line of a batch came to; nothing of it set means it is tried again."""

    key: str
    paid: PaidReply | None = None
    failed: FailedCall | None = None
    wasted: PaidReply | None = None
    error: ModelCallError | None = None


def answers_of(plan: Plan, state: BatchState, seconds: float) -> Answers:
    """Account for a run.

    Args:
        plan: What was asked.
        state: What became of it.
        seconds: It took.
    """
    positions: dict[str, list[int]] = {key: [] for key in state.errors}
    for at, key in enumerate(plan.keys):
        if key in positions:
            positions[key].append(at)
    failures = tuple(
        CallFailure(
            key=key,
            positions=tuple(positions[key]),
            question=beginning(plan.asked[key]),
            reason=error.what,
            is_refused=key in state.refused,
        )
        for key, error in state.errors.items()
    )
    account = CallsAccount(
        n_asked=len(plan.asked),
        n_stored=len(state.replies) - state.n_answered,
        n_answered=state.n_answered,
        n_refused=len(state.refused),
        n_failed=len(failures) - len(state.refused),
        n_tries=state.n_tries,
        prompt_tokens=state.prompt_tokens,
        completion_tokens=state.completion_tokens,
        cost_usd=state.cost_usd,
        seconds=seconds,
        failures=failures,
    )
    return Answers(
        replies=[state.replies.get(key) for key in plan.keys],
        account=account,
        stopped_by=state.stopped_by,
        errors=tuple(state.errors.values()),
    )
