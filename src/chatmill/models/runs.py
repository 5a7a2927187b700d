"""A run of many chat calls: read what is stored, claim the rest, ask it, store it, account for it.

Every different request is answered once, however many processes ask it at the same time and
however often one of them is killed: a key is claimed before it is sent, and a reply is on disk
before its call counts as answered.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from chatmill.errors import ModelError, SpendError, StorageError
from chatmill.models.accounts import Answers, CallFailure, CallsAccount, cost_usd
from chatmill.models.chat import ask, is_hopeless, is_refused
from chatmill.models.connection import Connection, Place
from chatmill.models.estimates import estimate_question_tokens
from chatmill.models.keeping import Keeper
from chatmill.models.progress import Progress
from chatmill.models.providers import LOCAL
from chatmill.models.requests import ChatReply, ChatRequest, reply_key
from chatmill.settings import PriceSettings
from chatmill.store.calls import FailedCall, PaidReply
from chatmill.store.claims import (
    RENEW_SECONDS,
    claim_replies,
    new_owner,
    release_claims,
    renew_claims,
)
from chatmill.store.database import Database
from chatmill.store.replies import StoredReply, read_replies

CLAIM_BLOCK = 64
"""Requests claimed in one transaction."""
POLL_SECONDS = 0.2
"""Between two looks at what another process is asking."""
QUESTION_CHARACTERS = 120
"""Of a failed request, shown in lists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """How a run of calls uses the store and money."""

    stage: str
    """Stage that pays, noted with each reply."""
    database: Database | None
    """Where replies are read and stored; nowhere when None."""
    answered_since: float = 0.0
    """Unix seconds; older replies count as missing and give way to new ones."""
    concurrency: int
    """Most calls in flight."""
    prices: Mapping[str, PriceSettings] = field(default_factory=dict)
    max_usd: float = 0.0
    """Most the project may spend in all; 0 is no limit."""
    accept: Callable[[str], str] | None = None
    """Says what is wrong with an answer, nothing where it can be used; a bad one is asked again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is asked, and what of it is answered already."""

    keys: Sequence[str]
    """One a request."""
    asked: Mapping[str, ChatRequest]
    """Different requests by key, in the order they first came."""
    stored: Mapping[str, ChatReply]

    @property
    def missing(self) -> list[str]:
        """Keys that have to be sent."""
        return [key for key in self.asked if key not in self.stored]


def plan_run(identity: str, requests: Sequence[ChatRequest], options: RunOptions) -> Plan:
    """Find out what has to be sent.

    Args:
        identity: Of the server, see `providers.Endpoint.identity`.
        requests: In any number.
        options: Of the run.
    """
    keys = [reply_key(identity, request) for request in requests]
    asked = dict(zip(keys, requests, strict=True))
    stored = {}
    if options.database is not None:
        found = read_replies(options.database, list(asked), answered_since=options.answered_since)
        stored = {key: from_store(reply) for key, reply in found.items()}
    return Plan(keys=keys, asked=asked, stored=stored)


async def answer_all(
    connection: Connection, plan: Plan, options: RunOptions, progress: Progress
) -> Answers:
    """Ask what is missing.

    Returns:
        Every reply there is, and the account; nothing is raised for calls that failed.

    Raises:
        StorageError: A reply cannot be stored; nothing more was sent.
    """
    return await _Run(connection, plan, options, progress).go()


class _Run:
    def __init__(
        self, connection: Connection, plan: Plan, options: RunOptions, progress: Progress
    ) -> None:
        self._connection = connection
        self._plan = plan
        self._options = options
        self._progress = progress
        self._owner = new_owner()
        self._keeper = Keeper(
            options.database,
            self._owner,
            replaced_before=options.answered_since,
            is_limited=options.max_usd > 0,
        )
        self._lane = asyncio.Semaphore(options.concurrency)
        self._halt = asyncio.Event()
        self._changed = asyncio.Event()
        self._n_under_way = 0
        self._replies: dict[str, ChatReply] = dict(plan.stored)
        self._errors: dict[str, ModelError] = {}
        self._stopped_by: ModelError | None = None
        self._n_answered = self._n_tries = 0
        self._prompt_tokens = self._completion_tokens = 0
        self._cost_usd: float | None = 0.0

    async def go(self) -> Answers:
        began = time.monotonic()
        self._report()
        missing = self._plan.missing
        if missing:
            heart = asyncio.create_task(self._beat())
            try:
                async with asyncio.TaskGroup() as group:
                    await self._feed(group, missing)
            except ExceptionGroup as failed:
                raise failed.exceptions[0] from None
            finally:
                heart.cancel()
                await self._wind_up()
        return self._answers(time.monotonic() - began)

    async def _feed(self, group: asyncio.TaskGroup, missing: Sequence[str]) -> None:
        """Claim what is missing, block after block, and start a call for each claim."""
        waiting = deque(missing)
        later: list[str] = []
        is_idle = True
        while waiting and not self._halt.is_set():
            block = [waiting.popleft() for _ in range(min(CLAIM_BLOCK, len(waiting)))]
            mine, left_over, is_unaffordable = await self._claim(block)
            later += left_over
            is_idle = is_idle and not mine
            for key in mine:
                if not await self._start(group, key):
                    return
            if is_unaffordable and is_idle and self._n_under_way == 0:
                self._stop(self._spent())
            if not waiting and later:
                if is_idle:
                    await self._pause()
                waiting.extend(later)
                later.clear()
                is_idle = True

    async def _claim(self, block: Sequence[str]) -> tuple[list[str], list[str], bool]:
        """Claim a block; return what is ours, what has to wait, and whether money is why."""
        options = self._options
        if options.database is None:
            return list(block), [], False
        claims = await asyncio.to_thread(
            claim_replies,
            options.database,
            {key: self._most_usd(self._plan.asked[key]) for key in block},
            owner=self._owner,
            now=time.time(),
            answered_since=options.answered_since,
            max_usd=options.max_usd,
        )
        for key, stored in claims.found.items():
            self._replies[key] = from_store(stored)
        if claims.found:
            self._report()
        left_over = [*claims.held, *claims.unaffordable]
        return list(claims.mine), left_over, bool(claims.unaffordable)

    async def _start(self, group: asyncio.TaskGroup, key: str) -> bool:
        """Start one call as soon as there is room; say whether the run goes on."""
        request = self._plan.asked[key]
        place = Place(self._connection.gate, lane=self._lane, halt=self._halt)
        ticket = await place.enter(self._tokens(request))
        if self._halt.is_set():
            place.leave()
            return False
        place.keep(ticket)
        self._n_under_way += 1
        group.create_task(self._ask(key, request, place))
        return True

    async def _ask(self, key: str, request: ChatRequest, place: Place) -> None:
        async def store(reply: ChatReply) -> None:
            await self._keeper.keep(self._paid(key, request, reply))

        def waste(reply: ChatReply) -> None:
            self._keeper.note_waste(self._paid(key, request, reply))

        try:
            reply = await ask(
                self._connection,
                request,
                tokens=self._tokens(request),
                place=place,
                settle=store,
                accept=self._options.accept,
                waste=waste,
            )
        except ModelError as error:
            await self._fail(key, request, error)
        else:
            self._replies[key] = reply
            self._n_answered += 1
            self._report()
        finally:
            self._n_tries += place.n_entered
            self._n_under_way -= 1
            self._changed.set()

    async def _fail(self, key: str, request: ChatRequest, error: ModelError) -> None:
        self._errors[key] = error
        if is_hopeless(error):
            self._stop(error)
        await self._keeper.note_failure(
            FailedCall(
                key=key,
                stage=self._options.stage,
                provider=self._connection.endpoint.provider,
                model=request.model,
                question=beginning(request),
                reason=error.what,
                is_refused=is_refused(error),
                failed_at=time.time(),
            )
        )

    def _stop(self, error: ModelError) -> None:
        """Send nothing more; what is under way may still be answered."""
        self._stopped_by = self._stopped_by or error
        self._halt.set()

    async def _pause(self) -> None:
        """Wait until a call of ours ends, or it is time to look at the others'."""
        self._changed.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._changed.wait(), POLL_SECONDS)

    async def _beat(self) -> None:
        """Say that we are still at work, so that nobody takes our claims over."""
        database = self._options.database
        while database is not None:
            await asyncio.sleep(RENEW_SECONDS)
            with contextlib.suppress(StorageError):  # the next beat, or the next reply, will tell
                await asyncio.to_thread(renew_claims, database, self._owner, time.time())

    async def _wind_up(self) -> None:
        try:
            await self._keeper.close()
        finally:
            if self._options.database is not None:
                await asyncio.to_thread(release_claims, self._options.database, self._owner)

    def _paid(self, key: str, request: ChatRequest, reply: ChatReply) -> PaidReply:
        cost = cost_usd(
            request,
            self._options.prices,
            is_free=self._is_free,
            prompt_tokens=reply.prompt_tokens,
            completion_tokens=reply.completion_tokens,
        )
        self._prompt_tokens += reply.prompt_tokens
        self._completion_tokens += reply.completion_tokens
        known = self._cost_usd
        self._cost_usd = None if known is None or cost is None else known + cost
        stored = StoredReply(
            key=key,
            stage=self._options.stage,
            provider=self._connection.endpoint.provider,
            model=request.model,
            text=reply.text,
            finish_reason=reply.finish_reason,
            prompt_tokens=reply.prompt_tokens,
            completion_tokens=reply.completion_tokens,
            answered_at=time.time(),
        )
        return PaidReply(reply=stored, cost_usd=cost)

    @property
    def _is_free(self) -> bool:
        return self._connection.endpoint.provider == LOCAL

    def _most_usd(self, request: ChatRequest) -> float:
        """Say what a call may cost at most; only asked where there is a limit."""
        if self._options.max_usd <= 0:
            return 0.0
        cost = cost_usd(
            request,
            self._options.prices,
            is_free=self._is_free,
            prompt_tokens=estimate_question_tokens(request),
            completion_tokens=request.max_tokens,
        )
        return cost or 0.0

    def _tokens(self, request: ChatRequest) -> int:
        """Say what a call costs of a budget of tokens, where there is one."""
        if not self._connection.gate.counts_tokens:
            return 0
        return estimate_question_tokens(request) + request.max_tokens

    def _spent(self) -> SpendError:
        n_left = len(self._plan.asked) - len(self._replies) - len(self._errors)
        return SpendError(
            f"the limit of ${self._options.max_usd:g} is reached; {len(self._replies)} of "
            f"{len(self._plan.asked)} are answered and kept, {n_left} were not sent",
            where="[spend] max_usd",
            fix="Raise it and run again; nothing is paid twice",
        )

    def _report(self) -> None:
        self._progress("asking", len(self._replies), len(self._plan.asked))

    def _answers(self, seconds: float) -> Answers:
        positions: dict[str, list[int]] = {}
        for at, key in enumerate(self._plan.keys):
            if key in self._errors:
                positions.setdefault(key, []).append(at)
        failures = tuple(
            CallFailure(
                key=key,
                positions=tuple(positions[key]),
                question=beginning(self._plan.asked[key]),
                reason=error.what,
                is_refused=is_refused(error),
            )
            for key, error in self._errors.items()
        )
        n_refused = sum(failure.is_refused for failure in failures)
        account = CallsAccount(
            n_asked=len(self._plan.asked),
            n_stored=len(self._replies) - self._n_answered,
            n_answered=self._n_answered,
            n_refused=n_refused,
            n_failed=len(failures) - n_refused,
            n_tries=self._n_tries,
            prompt_tokens=self._prompt_tokens,
            completion_tokens=self._completion_tokens,
            cost_usd=self._cost_usd,
            seconds=seconds,
            failures=failures,
        )
        return Answers(
            replies=[self._replies.get(key) for key in self._plan.keys],
            account=account,
            stopped_by=self._stopped_by,
            errors=tuple(self._errors.values()),
        )


def from_store(stored: StoredReply) -> ChatReply:
    """Return a stored reply as a run hands it over."""
    """Return a stored reply as an answer."""
    return ChatReply(
        text=stored.text,
        prompt_tokens=stored.prompt_tokens,
        completion_tokens=stored.completion_tokens,
        is_cached=True,
        finish_reason=stored.finish_reason,
    )


def beginning(request: ChatRequest) -> str:
    """Return the beginning of a request's last message, for lists."""
    """Return the beginning of a request's last message, for lists."""
    return " ".join(request.messages[-1].content.split())[:QUESTION_CHARACTERS]
