"""Tries what a server and one of its models can do, with calls as small as they get."""

import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, Field

from chatmill.errors import ModelError, ServerDownError, SpendError
from chatmill.models.accounts import cost_usd
from chatmill.models.bodies import EmbeddingsBody, UsageBody
from chatmill.models.connection import Connection, RawResponse, RefusedCallError, Result
from chatmill.models.providers import LOCAL
from chatmill.models.requests import ChatRequest
from chatmill.models.retirements import Shutdown, find_shutdown
from chatmill.settings import PriceSettings
from chatmill.store.calls import PaidReply, Settlement, settle, spent_usd
from chatmill.store.database import Database
from chatmill.store.replies import StoredReply

STAGE = "doctor"
ANSWER_TOKENS = 16
"""Longest answer asked for; a model that thinks first may need more to say anything."""
SCHEMA = {
    "type": "object",
    "properties": {"sockets": {"type": "integer"}},
    "required": ["sockets"],
    "additionalProperties": False,
}
QUESTION = "A chip has 8 sockets. Answer with JSON: how many sockets has it?"
TRIES = 2
MISSING = frozenset({404, 405, 501})
"""Statuses of an endpoint that is not there."""


class ProbeMessage(BaseModel):
    """The answer; null where a model has not come to it."""

    content: str | None = None


class ProbeChoice(BaseModel):
    """One answer, with whatever was asked for beside it."""

    message: ProbeMessage
    logprobs: dict[str, Any] | None = None


class ProbeBody(BaseModel):
    """`POST /chat/completions` with more looked at than a run needs."""

    choices: list[ProbeChoice] = Field(min_length=1)
    usage: UsageBody | None = None


class AnyBody(BaseModel):
    """Any JSON object."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeFinding:
    """One thing that was tried."""

    part: str
    is_there: bool
    state: str
    """What came back, or the server's own words."""
    seconds: float
    """From the call to the whole answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeReport:
    """What a model can do."""

    provider: str
    profile: str
    """Title of the profile its settings name or its address tells."""
    model: str
    findings: tuple[ProbeFinding, ...]
    shutdown: Shutdown | None
    cost_usd: float | None
    """Of all that was tried; None where the model has no price in settings."""

    @property
    def can_chat(self) -> bool:
        """Say whether the model answered at all."""
        return any(each.part == "chat" and each.is_there for each in self.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeOptions:
    """What a probe may use and where it is accounted for."""

    model: str
    embedding_model: str = ""
    """Tried too where it is named; else the model itself is."""
    database: Database | None = None
    prices: Mapping[str, PriceSettings]
    max_usd: float = 0.0


async def probe_model(connection: Connection, options: ProbeOptions) -> ProbeReport:
    """Try chat, JSON Schema, logprobs, embeddings, and what endpoints there are.

    Raises:
        SpendError: The project's limit of money is reached already; nothing was sent.
        ServerDownError: Nothing answers at the address.
    """
    return await _Probe(connection, options).go()


class _Probe:
    def __init__(self, connection: Connection, options: ProbeOptions) -> None:
        self._connection = connection
        self._options = options
        self._cost: float | None = 0.0

    async def go(self) -> ProbeReport:
        self._require_money()
        sdk = self._connection.sdk
        findings = [
            await self._try("chat", self._chat),
            await self._try("JSON schema", self._schema),
            await self._try("logprobs", self._logprobs),
            await self._try("embeddings", self._embeddings),
            await self._try("files", lambda: self._listed(sdk.files.with_raw_response.list)),
            await self._try(
                "fine-tuning", lambda: self._listed(sdk.fine_tuning.jobs.with_raw_response.list)
            ),
            await self._try("batches", lambda: self._listed(sdk.batches.with_raw_response.list)),
        ]
        endpoint = self._connection.endpoint
        return ProbeReport(
            provider=endpoint.provider,
            profile=endpoint.profile.title,
            model=self._options.model,
            findings=tuple(findings),
            shutdown=await find_shutdown(self._connection, self._options.model),
            cost_usd=self._cost,
        )

    async def _try(self, part: str, attempt: Callable[[], Awaitable[str]]) -> ProbeFinding:
        """Try one thing; what the server says against it is a finding, not an error."""
        began = time.monotonic()
        try:
            state, is_there = await attempt(), True
        except ServerDownError:
            raise
        except RefusedCallError as error:
            state, is_there = error.what, False
            if error.status in MISSING and part not in {"chat", "JSON schema", "logprobs"}:
                state = f"not there ({error.status})"
        except (ModelError, _NotKeptError) as error:
            state, is_there = str(getattr(error, "what", error)), False
        return ProbeFinding(
            part=part, is_there=is_there, state=state, seconds=time.monotonic() - began
        )

    async def _chat(self) -> str:
        body = await self._ask({})
        return f"answers ({(body.choices[0].message.content or '')[:40]!r})"

    async def _schema(self) -> str:
        wanted = {"name": "answer", "schema": SCHEMA, "strict": True}
        body = await self._ask({"response_format": {"type": "json_schema", "json_schema": wanted}})
        text = body.choices[0].message.content or ""
        try:
            said = json.loads(text)
        except ValueError:
            said = None
        if not isinstance(said, dict) or list(said) != ["sockets"]:
            raise _NotKeptError(f"accepted, but not kept to ({text[:40]!r})")
        return "kept to"

    async def _logprobs(self) -> str:
        body = await self._ask({"logprobs": True})
        if not body.choices[0].logprobs:
            raise _NotKeptError("accepted, but none came")
        return "given"

    async def _embeddings(self) -> str:
        model = self._options.embedding_model or self._options.model
        create: Any = self._connection.sdk.embeddings.with_raw_response.create
        name = self._connection.endpoint.name_of(model)
        body = await self._connection.call(
            lambda: create(model=name, input=["socket"], encoding_format="float"),
            EmbeddingsBody,
            max_attempts=TRIES,
        )
        vector = body.data[0].embedding if body.data else ""
        return f"{len(vector)} dimensions ({model})"

    async def _listed(self, listing: Callable[..., Awaitable[RawResponse]]) -> str:
        await self._connection.call(lambda: listing(limit=1), AnyBody, max_attempts=TRIES)
        return "there"

    async def _ask(self, extra: Mapping[str, Any]) -> ProbeBody:
        model = self._options.model
        content = json.dumps(
            {
                "model": self._connection.endpoint.name_of(model),
                "messages": [{"role": "user", "content": QUESTION}],
                "max_tokens": ANSWER_TOKENS,
                "temperature": 0,
                **extra,
            }
        ).encode()

        async def try_once() -> Result[ProbeBody]:
            answer = await self._connection.wire.post("chat/completions", content)
            body = self._connection.checked(answer.content, ProbeBody)
            return Result(answer=body, headers=answer.headers)

        body = await self._connection.repeat(try_once, max_attempts=TRIES)
        self._account(body.usage or UsageBody())
        return body

    def _account(self, usage: UsageBody) -> None:
        """Count a call that was paid for; its answer is not kept."""
        provider, model = self._connection.endpoint.provider, self._options.model
        cost = cost_usd(
            ChatRequest(model=model, messages=(), max_tokens=0),
            self._options.prices,
            is_free=provider == LOCAL,
            prompt_tokens=usage.prompt_tokens,
            completion_tokens=usage.completion_tokens,
        )
        self._cost = None if self._cost is None or cost is None else self._cost + cost
        if self._options.database is None:
            return
        reply = StoredReply(
            key="",
            stage=STAGE,
            provider=provider,
            model=model,
            text="",
            finish_reason="",
            prompt_tokens=usage.prompt_tokens,
            completion_tokens=usage.completion_tokens,
            answered_at=datetime.now(UTC).timestamp(),
        )
        paid = PaidReply(reply=reply, cost_usd=cost)
        settle(self._options.database, Settlement(owner="", wasted=(paid,)))

    def _require_money(self) -> None:
        limit, database = self._options.max_usd, self._options.database
        if limit <= 0 or database is None or self._connection.endpoint.provider == LOCAL:
            return
        if spent_usd(database) >= limit:
            raise SpendError(
                f"the limit of ${limit:g} is reached; nothing was sent",
                where="[spend] max_usd",
                fix="Raise it and run again",
            )


class _NotKeptError(Exception):
    """The server took a request and did not do what it asked for."""
