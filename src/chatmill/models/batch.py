"""Calls handed over in batches: half the price, an answer within a day, nothing lost or paid twice.

A batch is stored before the server hears of it and bears our own id in its metadata, so a run that
was killed at any moment finds what it started; replies go into the same store as single calls.
"""

import asyncio
import contextlib
import time
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import replace

from chatmill.errors import ModelCallError, SpendError, StorageError
from chatmill.models.accounts import Answers, cost_usd
from chatmill.models.batch_state import BatchLine, BatchState, answers_of
from chatmill.models.batch_wire import (
    BatchWork,
    LineOutcome,
    RemoteBatch,
    create_batch,
    find_batch,
    get_batch,
    read_outcomes,
    work_for,
)
from chatmill.models.connection import Connection, RefusedCallError
from chatmill.models.estimates import estimate_question_tokens
from chatmill.models.progress import Progress
from chatmill.models.providers import LOCAL
from chatmill.models.requests import ChatReply, ChatRequest
from chatmill.models.retry import is_retried_status
from chatmill.models.runs import Plan, RunOptions, beginning, from_store
from chatmill.store.batches import (
    SENT,
    StoredBatch,
    find_batches,
    forget_batch,
    lines_of,
    note_sent,
    plan_batch,
    settle_lines,
)
from chatmill.store.calls import FailedCall, PaidReply, Settlement
from chatmill.store.claims import (
    RENEW_SECONDS,
    claim_replies,
    new_owner,
    release_claims,
    renew_claims,
)
from chatmill.store.database import Database
from chatmill.store.replies import StoredReply

TRIES = 3
"""Batches a line may be in before it counts as failed: each may take a day."""
NO_ROOM = "token_limit_exceeded"
"""Why a server refuses a whole batch when too much is waiting already."""
NOT_FOUND = 404
CLAIM_BLOCK = 500
SETTLE_BLOCK = 500


async def answer_in_batches(
    connection: Connection, plan: Plan, options: RunOptions, progress: Progress
) -> Answers:
    """Ask what is missing in batches; like `runs.answer_all` in all else.

    Raises:
        ModelCallError: The server has no batches, or replies are not stored anywhere.
        StorageError: Something cannot be stored; what is under way is found again.
    """
    refuse_batches(connection)
    if options.database is None:
        raise ModelCallError("batches need a project to be remembered in")
    return await _BatchRun(connection, plan, options, options.database, progress).go()


def refuse_batches(connection: Connection) -> None:
    """Refuse a server that is known to have no batches.

    Raises:
        ModelCallError: It has none.
    """
    endpoint = connection.endpoint
    is_sure = bool(endpoint.limits.profile or endpoint.profile.hosts)  # a port alone is a guess
    if endpoint.provider == LOCAL or (is_sure and endpoint.profile.batch == "no"):
        title = endpoint.profile.title if endpoint.profile.name else "the server of this machine"
        raise ModelCallError(
            f"{title} has no batch API; nothing was sent",
            where=endpoint.base_url,
            fix="Run it again without --batch",
        )


def refuse_waiting(database: Database, plan: Plan, *, is_store_read: bool) -> None:
    """Refuse to ask one by one what a batch is answering already: it would be paid twice.

    Raises:
        ModelCallError: Some of it is in a batch.
    """
    waiting = find_batches(database, plan.missing) if is_store_read else {}
    if waiting:
        name = next(iter(waiting.values())).remote_id
        raise ModelCallError(
            f"{len(waiting)} of these calls are in a batch that is under way; nothing was sent",
            where=name,
            fix="Run it with --batch to wait for it (with --no-cache they are paid for again)",
        )


class _BatchRun:
    def __init__(
        self,
        connection: Connection,
        plan: Plan,
        options: RunOptions,
        database: Database,
        progress: Progress,
    ) -> None:
        self._connection = connection
        self._plan = plan
        self._options = options
        self._database = database
        self._progress = progress
        self._owner = new_owner()
        self._state = BatchState(replies=dict(plan.stored))
        self._claimed: set[str] = set()
        self._has_room = False
        self._most_lines = connection.endpoint.limits.batch_requests

    async def go(self) -> Answers:
        began = time.monotonic()
        self._report()
        heart = asyncio.create_task(self._beat())
        try:
            while self._missing() and self._state.stopped_by is None:
                await self._round()
        finally:
            heart.cancel()
            await asyncio.to_thread(release_claims, self._database, self._owner)
        return answers_of(self._plan, self._state, time.monotonic() - began)

    def _missing(self) -> list[str]:
        state = self._state
        return [
            key for key in self._plan.missing if not (key in state.replies or key in state.errors)
        ]

    async def _round(self) -> None:
        """Claim what is missing, hand it over, and wait until all of it has come back."""
        self._has_room = False
        n_held, is_unaffordable = await self._claim()
        mine = [key for key in self._missing() if key in self._claimed]
        known = await asyncio.to_thread(find_batches, self._database, mine)
        under_way = await self._adopt(known.values())
        in_batches = {key for key, each in known.items() if each.id in under_way}
        try:
            for work in self._split([key for key in mine if key not in in_batches]):
                batch, remote = await self._hand_over(work)
                under_way[batch.id] = (batch, remote)
        except RefusedCallError as error:
            self._state.stopped_by = error
        refused = []
        for batch, remote in under_way.values():
            if not await self._collect(batch, await self._await(remote)):
                refused.append(batch.n_lines)
        if refused and len(refused) == len(under_way):
            self._most_lines = max(1, max(refused) // 2)
            await self._pause()
        if under_way or not self._missing():
            return
        if is_unaffordable and not n_held:
            self._state.stopped_by = self._spent()
        elif n_held:
            await self._pause()

    async def _claim(self) -> tuple[int, bool]:
        """Claim what is missing; return how much another run is asking, and if money is short."""
        n_held = 0
        is_unaffordable = False
        keys = self._missing()
        for start in range(0, len(keys), CLAIM_BLOCK):
            block = keys[start : start + CLAIM_BLOCK]
            known = await asyncio.to_thread(find_batches, self._database, block)
            claims = await asyncio.to_thread(
                claim_replies,
                self._database,
                {key: 0.0 if key in known else self._most_usd(key) for key in block},
                owner=self._owner,
                now=time.time(),
                answered_since=self._options.answered_since,
                max_usd=self._options.max_usd,
            )
            self._state.replies |= {key: from_store(each) for key, each in claims.found.items()}
            self._claimed |= set(claims.mine)
            n_held += len(set(claims.held) - self._claimed)
            is_unaffordable = is_unaffordable or bool(claims.unaffordable)
        return n_held, is_unaffordable

    async def _adopt(
        self, known: Iterable[StoredBatch]
    ) -> dict[str, tuple[StoredBatch, RemoteBatch]]:
        """Find batches that an earlier run started; forget those the server never heard of."""
        found: dict[str, tuple[StoredBatch, RemoteBatch]] = {}
        for batch in {each.id: each for each in known}.values():
            remote = await self._look_up(batch)
            if remote is None:
                await asyncio.to_thread(forget_batch, self._database, batch.id)
                continue
            await asyncio.to_thread(note_sent, self._database, batch.id, remote.id)
            found[batch.id] = replace(batch, remote_id=remote.id, status=SENT), remote
        return found

    async def _look_up(self, batch: StoredBatch) -> RemoteBatch | None:
        if batch.status != SENT:
            return await find_batch(self._connection, batch.id)
        try:
            return await get_batch(self._connection, batch.remote_id)
        except RefusedCallError as error:
            if error.status == NOT_FOUND:
                return None
            raise

    def _split(self, keys: Sequence[str]) -> Iterable[BatchWork]:
        """Cut into batches of one model each, within the limits of lines and bytes."""
        by_model: dict[str, list[str]] = {}
        for key in keys:
            by_model.setdefault(self._plan.asked[key].model, []).append(key)
        limits = self._connection.endpoint.limits
        for model, of_model in by_model.items():
            named = self._connection.endpoint.name_of(model)
            requests = {key: replace(self._plan.asked[key], model=named) for key in of_model}
            yield from work_for(
                model, requests, most_lines=self._most_lines, most_bytes=limits.batch_bytes
            )

    async def _hand_over(self, work: BatchWork) -> tuple[StoredBatch, RemoteBatch]:
        batch = StoredBatch(
            id=uuid.uuid4().hex,
            server=self._connection.endpoint.identity,
            stage=self._options.stage,
            model=work.model,
            n_lines=len(work.keys),
        )
        reserved = {key: self._most_usd(key) for key in work.keys}
        await asyncio.to_thread(plan_batch, self._database, batch, reserved, self._owner)
        try:
            remote = await create_batch(self._connection, batch.id, work.content)
        except RefusedCallError as error:
            if not is_retried_status(error.status or 0):
                await asyncio.to_thread(forget_batch, self._database, batch.id)
            raise
        await asyncio.to_thread(note_sent, self._database, batch.id, remote.id)
        for key in work.keys:
            self._state.tries[key] = self._state.tries.get(key, 0) + 1
            self._state.n_tries += 1
        return replace(batch, remote_id=remote.id, status=SENT), remote

    async def _await(self, remote: RemoteBatch) -> RemoteBatch:
        """Look at a batch until it has ended."""
        while not remote.has_ended:
            self._report(remote.n_done)
            await self._pause()
            remote = await get_batch(self._connection, remote.id)
        return remote

    async def _collect(self, batch: StoredBatch, remote: RemoteBatch) -> bool:
        """Store what a batch brought, what it did not is asked again; say if there was room."""
        keys = await asyncio.to_thread(lines_of, self._database, batch.id)
        outcomes = await read_outcomes(self._connection, remote)
        has_room = remote.reason_code != NO_ROOM
        self._has_room = self._has_room or has_room
        brought = [self._judge(batch, key, outcomes.get(key), remote) for key in keys]
        for start in range(0, len(brought), SETTLE_BLOCK):
            await self._settle(batch, brought[start : start + SETTLE_BLOCK])
        await asyncio.to_thread(forget_batch, self._database, batch.id)
        self._report()
        return has_room

    def _judge(
        self, batch: StoredBatch, key: str, outcome: LineOutcome | None, remote: RemoteBatch
    ) -> BatchLine:
        """Say whether a line is answered, refused, or to be tried again."""
        if outcome is not None and outcome.reply is not None:
            fault = self._options.accept(outcome.reply.text) if self._options.accept else ""
            if not fault:
                return BatchLine(key=key, paid=self._paid(batch, key, outcome.reply))
            reason, is_refused = f"the answer cannot be used: {fault}", False
            wasted = self._paid(batch, key, outcome.reply)
        else:
            reason = outcome.reason if outcome else remote.reason or "the batch left it out"
            is_refused = outcome.is_refused if outcome else False
            wasted = None
        is_cut = batch.n_lines > 1 or self._has_room
        if remote.reason_code == NO_ROOM and is_cut:  # smaller or later, it will find room
            self._state.tries[key] = self._state.tries.get(key, 1) - 1
        is_last = is_refused or self._state.tries.get(key, 1) >= TRIES
        if not is_last or key not in self._plan.asked:
            return BatchLine(key=key, wasted=wasted)
        error = ModelCallError(reason, where=f"batch {remote.id}", fix="Run it again")
        failed = FailedCall(
            key=key,
            stage=batch.stage,
            provider=self._connection.endpoint.provider,
            model=batch.model,
            question=beginning(self._plan.asked[key]),
            reason=reason,
            is_refused=is_refused,
            failed_at=time.time(),
        )
        return BatchLine(key=key, wasted=wasted, failed=failed, error=error)

    async def _settle(self, batch: StoredBatch, lines: Sequence[BatchLine]) -> None:
        settlement = Settlement(
            owner=self._owner,
            paid=tuple(each.paid for each in lines if each.paid),
            failed=tuple(each.failed for each in lines if each.failed),
            wasted=tuple(each.wasted for each in lines if each.wasted),
            is_limited=True,
            replaced_before=self._options.answered_since,
        )
        closed = await asyncio.to_thread(settle_lines, self._database, batch.id, settlement)
        for each in lines:
            if each.key not in closed:
                continue
            if each.failed is not None and each.error is not None:
                self._state.errors[each.key] = each.error
                if each.failed.is_refused:
                    self._state.refused.add(each.key)
            elif each.paid is not None:
                self._count(each.key, each.paid)

    def _count(self, key: str, paid: PaidReply) -> None:
        state, stored = self._state, paid.reply
        state.prompt_tokens += stored.prompt_tokens
        state.completion_tokens += stored.completion_tokens
        known = state.cost_usd
        state.cost_usd = None if known is None or paid.cost_usd is None else known + paid.cost_usd
        if key in self._plan.asked:
            state.replies[key] = replace(from_store(stored), is_cached=False)
            state.n_answered += 1

    def _paid(self, batch: StoredBatch, key: str, reply: ChatReply) -> PaidReply:
        cost = self._cost(batch.model, reply.prompt_tokens, reply.completion_tokens)
        stored = StoredReply(
            key=key,
            stage=batch.stage,
            provider=self._connection.endpoint.provider,
            model=batch.model,
            text=reply.text,
            finish_reason=reply.finish_reason,
            prompt_tokens=reply.prompt_tokens,
            completion_tokens=reply.completion_tokens,
            answered_at=time.time(),
        )
        return PaidReply(reply=stored, cost_usd=cost)

    def _cost(self, model: str, prompt_tokens: int, completion_tokens: int) -> float | None:
        return cost_usd(
            ChatRequest(model=model, messages=(), max_tokens=0),
            self._options.prices,
            is_free=False,
            prompt_tokens=prompt_tokens,
            completion_tokens=completion_tokens,
        )

    def _most_usd(self, key: str) -> float:
        """Say what a line may cost at most; only asked where there is a limit."""
        if self._options.max_usd <= 0:
            return 0.0
        request = self._plan.asked[key]
        tokens = estimate_question_tokens(request)
        return self._cost(request.model, tokens, request.max_tokens) or 0.0

    async def _beat(self) -> None:
        """Say that we are still at work, so that nobody takes our claims over."""
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            with contextlib.suppress(StorageError):
                await asyncio.to_thread(renew_claims, self._database, self._owner, time.time())

    async def _pause(self) -> None:
        await asyncio.sleep(self._connection.endpoint.limits.batch_poll_seconds)

    def _report(self, n_done: int = 0) -> None:
        self._progress("asking", len(self._state.replies) + n_done, len(self._plan.asked))

    def _spent(self) -> SpendError:
        return SpendError(
            f"the limit of ${self._options.max_usd:g} is reached; {len(self._state.replies)} of "
            f"{len(self._plan.asked)} are answered and kept, {len(self._missing())} were not sent",
            where="[spend] max_usd",
            fix="Raise it and run again; nothing is paid twice",
        )
