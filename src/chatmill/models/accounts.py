"""The account of one run of calls: every request is answered, refused, failed, or was not sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from chatmill.errors import ModelCallError, ModelError
from chatmill.models.requests import ChatReply, ChatRequest
from chatmill.settings import PriceSettings

MILLION = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFailure:
    """One request that has no answer; the next run asks it again."""

    key: str
    """See `requests.reply_key`."""
    positions: tuple[int, ...]
    """Where it stands among the requests of the run; more than one where some are equal."""
    question: str
    """Beginning of its last message."""
    reason: str
    is_refused: bool
    """The server refused it for what it is; else it had all its tries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallsAccount:
    """What became of the different requests of one run: `n_sent` = answered + refused + failed."""

    n_asked: int
    """Different requests."""
    n_stored: int
    """Answered from the store, whoever paid for it."""
    n_answered: int
    n_refused: int
    n_failed: int
    n_tries: int
    """Calls on the wire, repeated ones counted again."""
    prompt_tokens: int
    completion_tokens: int
    cost_usd: float | None
    """None where a price is missing."""
    seconds: float
    failures: tuple[CallFailure, ...] = ()

    @property
    def n_sent(self) -> int:
        """Requests that went to the server in this run."""
        return self.n_answered + self.n_refused + self.n_failed

    @property
    def n_unsent(self) -> int:
        """Requests the run ended before."""
        return self.n_asked - self.n_stored - self.n_sent

    def line(self) -> str:
        """Say it in one line for a person."""
        parts = [f"{self.n_asked} asked", f"{self.n_stored} from the store", f"{self.n_sent} sent"]
        parts.append(
            f"{self.n_answered} answered, {self.n_refused} refused, {self.n_failed} failed"
        )
        if self.n_unsent:
            parts.append(f"{self.n_unsent} not sent")
        if self.cost_usd:
            parts.append(f"${self.cost_usd:.4f}")
        return " · ".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What a run of many calls brought."""

    replies: Sequence[ChatReply | None]
    """One a request, in the order of the requests; None where there is no answer."""
    account: CallsAccount
    stopped_by: ModelError | None = None
    """Why nothing more was sent: the server is down, the key is wrong, the money is spent."""
    errors: Sequence[ModelError] = field(default=(), repr=False)

    def require_all(self) -> list[ChatReply]:
        """Return the replies.

        Raises:
            ModelError: Some are missing; the account goes with it as `account`.
        """
        replies = [reply for reply in self.replies if reply is not None]
        if len(replies) == len(self.replies):
            return replies
        if self.stopped_by is not None:
            raise self.stopped_by
        first = self.errors[0]
        failed = CallsFailedError(
            f"{len(self.errors)} of {self.account.n_asked} calls failed, the first because "
            f"{first.what}",
            where=first.where,
            fix=first.fix or "Correct it and run again; what was answered is kept",
        )
        failed.account = self.account
        raise failed


class CallsFailedError(ModelCallError):
    """Some calls of a run have no answer; the others are stored."""

    account: CallsAccount


def cost_usd(
    request: ChatRequest,
    prices: Mapping[str, PriceSettings],
    *,
    is_free: bool,
    prompt_tokens: int,
    completion_tokens: int,
) -> float | None:
    """Price a call.

    Args:
        request: Names the model.
        prices: `[prices.MODEL]` of the settings.
        is_free: The server is this machine's own.
        prompt_tokens: Of the question.
        completion_tokens: Of the answer.

    Returns:
        USD; None where the model has no price.
    """
    price = prices.get(request.model)
    if price is None:
        return 0.0 if is_free else None
    cost = prompt_tokens * price.input_per_million + completion_tokens * price.output_per_million
    return cost / MILLION
