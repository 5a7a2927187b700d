"""What a run of calls will take, said before it starts, and whether it may start."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from chatmill.errors import SpendError
from chatmill.models.accounts import cost_usd
from chatmill.models.estimates import count_question_tokens
from chatmill.models.providers import LOCAL, Endpoint
from chatmill.settings import PriceSettings, Settings

if TYPE_CHECKING:
    from chatmill.models.runs import Plan, RunOptions
    from chatmill.store.calls import CallTally

SECONDS_PER_DAY = 86_400.0
SECONDS_PER_MINUTE = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEstimate:
    """What a run of calls will take, as far as anybody can tell before."""

    provider: str
    models: tuple[str, ...]
    n_stored: int
    """Different requests answered already."""
    n_to_send: int
    prompt_tokens: int
    is_counted: bool
    """The questions were counted with the model's own tokenizer, else estimated from letters."""
    answer_tokens: int
    is_measured: bool
    """Answers as long as this project's earlier ones, else as long as they may get."""
    cost_usd: float | None
    """None where a model has no price in settings."""
    seconds: float | None
    """From this project's earlier calls; None where there are none."""
    spent_usd: float
    """What the project has spent so far."""
    is_batch: bool = False
    """They go in batches."""

    def line(self) -> str:
        """Say it in one line for a person."""
        counted = "counted" if self.is_counted else "estimated"
        length = "as earlier answers" if self.is_measured else "at most"
        cost = "price not in settings" if self.cost_usd is None else f"about ${self.cost_usd:.4f}"
        parts = [
            f"{self.n_to_send} calls to {self.provider} ({', '.join(self.models)})",
            f"{self.n_stored} from the store",
            f"{self.prompt_tokens:,} prompt tokens ({counted})",
            f"{self.answer_tokens:,} answer tokens ({length})",
            cost,
        ]
        if self.is_batch:
            parts.append("in batches, within 24 hours each")
        if self.seconds is not None:
            parts.append(f"about {_duration(self.seconds)}")
        return " · ".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """How calls may use stored replies and money."""

    prices: Mapping[str, PriceSettings] = field(default_factory=dict)
    """`[prices.MODEL]` of the settings."""
    confirm_above_usd: float = 0.0
    """Estimate above which `confirm` is asked; 0 asks for anything that costs."""
    max_usd: float = 0.0
    """Most the project may spend in all; 0 is no limit."""
    reply_days: float = 0.0
    """Age above which a stored reply is asked anew; 0 is never."""
    is_store_read: bool = True
    """Whether replies stored before now count; new ones are stored either way."""
    show: Callable[[RunEstimate], None] | None = None
    """Told what a run will take, before it starts."""
    confirm: Callable[[RunEstimate], bool] | None = None
    """Asked above `confirm_above_usd`; nobody to ask means no."""
    warn: Callable[[str], None] | None = None
    """Told in one line of models that are switched off soon."""
    is_batch: bool = False
    """Calls go in batches: cheaper where the server says so, answered within a day."""
    asks_unpriced: bool = False
    """Whether `confirm` is asked too where a model has no price."""

    @classmethod
    def from_settings(cls, settings: Settings) -> "Spending":
        """Read `[spend]` and `[prices]`; nobody is asked."""
        return cls(
            prices=settings.prices,
            confirm_above_usd=settings.spend.confirm_above_usd,
            max_usd=settings.spend.max_usd,
            reply_days=settings.spend.reply_days,
        )

    def with_faces(
        self,
        *,
        is_store_read: bool = True,
        show: Callable[[RunEstimate], None] | None = None,
        confirm: Callable[[RunEstimate], bool] | None = None,
        warn: Callable[[str], None] | None = None,
        is_batch: bool = False,
    ) -> "Spending":
        """Return the same rules with somebody to tell and to ask."""
        return replace(
            self,
            is_store_read=is_store_read,
            show=show,
            confirm=confirm,
            warn=warn,
            is_batch=is_batch,
        )

    def prices_at(self, endpoint: Endpoint) -> Mapping[str, PriceSettings]:
        """Return the prices calls have on a server: in batches some are cheaper."""
        share = endpoint.profile.batch_price if self.is_batch else 1.0
        return {
            model: PriceSettings(
                input_per_million=share * price.input_per_million,
                output_per_million=share * price.output_per_million,
            )
            for model, price in self.prices.items()
        }

    def answered_since(self) -> float:
        """Return the Unix time before which stored replies count as missing."""
        if not self.is_store_read:
            return time.time()
        return time.time() - SECONDS_PER_DAY * self.reply_days if self.reply_days > 0 else 0.0

    def approve(self, plan: "Plan", options: "RunOptions", endpoint: Endpoint) -> None:
        """Say what a run will take, and ask where it has to be asked.

        Raises:
            SpendError: It is not to start; nothing was sent.
        """
        self._require_prices(plan, endpoint)
        has_price = any(request.model in self.prices for request in plan.asked.values())
        if self.show is None and not has_price and not self.asks_unpriced:
            return  # nobody to tell, nothing to ask
        estimate = estimate_run(plan, options, endpoint)
        if self.is_batch:
            estimate = replace(estimate, is_batch=True, seconds=None)
        if self.show is not None:
            self.show(estimate)
        if estimate.cost_usd is None:
            if not self.asks_unpriced:
                return
            about = "what nobody can say: their models have no price in settings"
        elif estimate.cost_usd <= self.confirm_above_usd:
            return
        else:
            about = f"about ${estimate.cost_usd:.2f}, more than ${self.confirm_above_usd:g}"
        if self.confirm is None:
            raise SpendError(
                f"{estimate.n_to_send} calls would cost {about}; nothing was sent",
                where="[spend] confirm_above_usd",
                fix="Run it with --yes where the command has it, or raise the setting",
            )
        if not self.confirm(estimate):
            raise SpendError("not confirmed; nothing was sent")

    def _require_prices(self, plan: "Plan", endpoint: Endpoint) -> None:
        """Refuse a limit of money that nobody could keep."""
        if self.max_usd <= 0 or endpoint.provider == LOCAL:
            return
        for key in plan.missing:
            model = plan.asked[key].model
            if model not in self.prices:
                raise SpendError(
                    f"max_usd is set, but {model} has no price; nothing was sent",
                    where="[spend] max_usd",
                    fix=f'Add [prices."{model}"] with input_per_million and output_per_million '
                    "(0 where it is free)",
                )


def estimate_run(plan: "Plan", options: "RunOptions", endpoint: Endpoint) -> RunEstimate:
    """Estimate tokens, money and time of what a plan has to send.

    Args:
        plan: See `runs.plan_run`.
        options: Of the run.
        endpoint: The server.
    """
    from chatmill.store.calls import read_calls

    requests = [plan.asked[key] for key in plan.missing]
    models = tuple(dict.fromkeys(request.model for request in requests))
    tallies = read_calls(options.database) if options.database is not None else []
    mine = [each for each in tallies if each.provider == endpoint.provider and each.model in models]
    per_answer = _mean_answer_tokens(mine)
    counts, is_counted = count_question_tokens(requests, endpoint.provider)
    answers = [
        request.max_tokens if per_answer is None else min(request.max_tokens, per_answer)
        for request in requests
    ]
    costs = [
        cost_usd(
            request,
            options.prices,
            is_free=endpoint.provider == LOCAL,
            prompt_tokens=n_question,
            completion_tokens=n_answer,
        )
        for request, n_question, n_answer in zip(requests, counts, answers, strict=True)
    ]
    known = [cost for cost in costs if cost is not None]
    per_second = _answers_per_second(mine)
    return RunEstimate(
        provider=endpoint.provider,
        models=models,
        n_stored=len(plan.stored),
        n_to_send=len(requests),
        prompt_tokens=sum(counts),
        is_counted=is_counted,
        answer_tokens=sum(answers),
        is_measured=per_answer is not None,
        cost_usd=sum(known) if len(known) == len(costs) else None,
        seconds=None if per_second is None else len(requests) / per_second,
        spent_usd=sum(each.cost_usd for each in tallies),
    )


def _mean_answer_tokens(tallies: "list[CallTally]") -> int | None:
    n_answered = sum(each.n_answered for each in tallies)
    n_tokens = sum(each.completion_tokens for each in tallies)
    return round(n_tokens / n_answered) if n_answered and n_tokens else None


def _answers_per_second(tallies: "list[CallTally]") -> float | None:
    """Return the throughput of the newest day."""
    newest = max((each.day for each in tallies), default="")
    of_day = [each for each in tallies if each.day == newest]
    seconds = sum(each.busy_seconds for each in of_day)
    n_answered = sum(each.n_answered for each in of_day)
    return n_answered / seconds if seconds > 0 and n_answered else None


def _duration(seconds: float) -> str:
    if seconds < SECONDS_PER_MINUTE:
        return f"{max(1, round(seconds))} s"
    return f"{seconds / SECONDS_PER_MINUTE:.0f} min"
