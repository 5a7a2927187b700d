"""One server's connection: sends a call until it is answered, refused, or has had all its tries."""

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import httpx2
import openai
from pydantic import BaseModel, ValidationError

from chatmill.errors import MissingExtraError, ModelCallError, ModelError, ServerDownError
from chatmill.models.congestion import Ticket
from chatmill.models.faults import (
    NO_CREDIT,
    NO_ROOM,
    UNAUTHORISED,
    LateError,
    LostError,
    StatusError,
    TryError,
    from_sdk,
)
from chatmill.models.gate import RAMP_SECONDS, Gate
from chatmill.models.providers import LOCAL, Endpoint
from chatmill.models.retry import asked_delay_seconds, delay_seconds, is_retried_status
from chatmill.models.wire import CONNECT_SECONDS, KEEP_ALIVE_SECONDS, Wire, is_loopback

Body = TypeVar("Body", bound=BaseModel)
T = TypeVar("T")

TRIES_WHILE_DOWN = 2
"""A server that refused every connection so far is down, not busy: say so soon."""
TRIES_WITHOUT_ROOM = 10
"""Times `max_attempts` that a call may be told to come back later (429): it is the server's
speed that is wanting, not the call."""
TOO_MANY_REQUESTS = 429


class RawResponse(Protocol):
    """What the SDK's `with_raw_response` gives: the text as it came."""

    @property
    def text(self) -> str:
        """The body."""
        ...

    @property
    def content(self) -> bytes:
        """The body, undecoded."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, case-insensitive."""
        ...


class RefusedCallError(ModelCallError):
    """The server refused this call, and would refuse it again."""

    status: int | None = None
    """HTTP status, where the server answered."""
    code: str = ""
    """The error's code in the protocol, where the server names one."""


class MalformedReplyError(ModelCallError):
    """The server answered something that is not the protocol."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result(Generic[T]):
    """What a successful try brings."""

    answer: T
    headers: Mapping[str, str]
    n_tokens: int | None = None
    """What it cost, where the server says."""


class Connection:
    """Calls one server; every method runs on the client's event loop."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self.gate = Gate(
            endpoint.limits, ramp_seconds=0.0 if endpoint.provider == LOCAL else RAMP_SECONDS
        )
        self._chance = random.Random()  # noqa: S311 - jitter, not a secret
        self._has_answered = False
        http = _http_client(endpoint)
        self.sdk = openai.AsyncOpenAI(
            base_url=endpoint.base_url,
            api_key=endpoint.api_key,
            default_headers=endpoint.headers or None,
            default_query=endpoint.query or None,
            max_retries=0,  # we retry, so that a waiting call holds no slot
            http_client=http,
        )
        self.wire = Wire(endpoint, self.sdk, http)

    async def close(self) -> None:
        """Close its sockets."""
        await self.wire.close()
        await self.sdk.close()

    async def call(
        self,
        send: Callable[[], Awaitable[RawResponse]],
        kind: type[Body],
        *,
        max_attempts: int | None = None,
    ) -> Body:
        """Send one call through the SDK, again where it is worth it, and check what comes back.

        Args:
            send: Starts the call; called once a try.
            kind: Shape of the body.
            max_attempts: Tries; the provider's setting when None.

        Raises:
            ServerDownError: Nothing answers at the address.
            ModelCallError: It was refused, or had all its tries.
        """

        async def try_once() -> Result[Body]:
            response = await _through_sdk(send)
            return Result(answer=self.checked(response.text, kind), headers=response.headers)

        return await self.repeat(try_once, max_attempts=max_attempts)

    async def download(self, send: Callable[[], Awaitable[RawResponse]]) -> bytes:
        """Fetch bytes, again where it is worth it.

        Raises:
            ServerDownError: Nothing answers at the address.
            ModelCallError: It was refused, or had all its tries.
        """

        async def try_once() -> Result[bytes]:
            response = await _through_sdk(send)
            return Result(answer=response.content, headers=response.headers)

        return await self.repeat(try_once)

    async def repeat(
        self,
        try_once: Callable[[], Awaitable[Result[T]]],
        *,
        max_attempts: int | None = None,
        tokens: int = 0,
        place: "Place | None" = None,
        settle: Callable[[T], Awaitable[None]] | None = None,
    ) -> T:
        """Try until there is an answer, the server refuses, or all tries are used.

        Args:
            try_once: One try.
            max_attempts: Tries; the provider's setting when None.
            tokens: What a try costs of a budget of tokens.
            place: Where the call stands in a run of many; alone when None.
            settle: What is done with the answer before the call gives up its slot.

        Raises:
            ServerDownError: Nothing answers at the address.
            ModelCallError: It was refused, or had all its tries.
        """
        place = place or Place(self.gate)
        tries = _Tries(max_attempts or self.endpoint.limits.max_attempts)
        while True:
            ticket = await place.enter(tokens)
            try:
                async with asyncio.timeout(self.endpoint.limits.timeout_seconds):
                    result = await try_once()
                self._has_answered = True
                self.gate.answered(ticket, result.headers, result.n_tokens)
            except (TryError, TimeoutError, MalformedReplyError) as fault:
                asked = self._weigh(fault, ticket)
                if (final := self._final(fault, tries)) is not None or place.is_halted:
                    raise (final or self._error(fault, tries.n_made)) from fault
            else:
                if settle is not None:
                    await settle(result.answer)
                return result.answer
            finally:
                place.leave()
            tries.n_untold += asked is None
            await place.rest(delay_seconds(tries.n_untold, asked, self._chance))

    def _weigh(self, fault: Exception, ticket: Ticket) -> float | None:
        """Tell the gate of a fault; return how long the server asks us to wait."""
        if isinstance(fault, StatusError):
            self._has_answered = True
            asked = asked_delay_seconds(fault.headers)
            if fault.status in NO_ROOM:
                self.gate.refused(ticket, fault.headers, asked)
            return asked
        if isinstance(fault, (LateError, TimeoutError)):
            self.gate.refused(ticket, {}, None)
        return None

    def _final(self, fault: Exception, tries: "_Tries") -> ModelError | None:
        """Count a failed try; return the error where it was the last."""
        if isinstance(fault, StatusError):
            is_last = tries.are_used_by(fault)
        else:
            is_last = tries.count() >= self._tries_without_answer(fault, tries.limit)
        return self._error(fault, tries.n_made) if is_last else None

    def _error(self, fault: Exception, attempts: int) -> ModelError:
        if isinstance(fault, ModelError):
            return fault
        if isinstance(fault, StatusError):
            return self._refused(fault, attempts)
        return self._unreachable(fault, attempts)

    def checked(self, text: str | bytes, kind: type[Body]) -> Body:
        """Read a body of the protocol.

        Raises:
            MalformedReplyError: It is not what it should be.
        """
        try:
            return kind.model_validate_json(text)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            place = ".".join(str(part) for part in first["loc"]) or "body"
            raise MalformedReplyError(
                f"the server's answer is not the protocol ({place}: {first['msg']})",
                where=self.endpoint.base_url,
                fix="Run it again; what was answered is kept",
            ) from error

    def _tries_without_answer(self, fault: Exception, limit: int) -> int:
        is_refused = isinstance(fault, LostError) and fault.is_connect
        is_startable = self.endpoint.provider == LOCAL  # the caller starts it again at once
        if is_refused and (is_startable or not self._has_answered):
            return min(limit, TRIES_WHILE_DOWN)
        return limit

    def _refused(self, fault: StatusError, attempts: int) -> ModelError:
        tries = f" {attempts} times" if attempts > 1 else ""
        refused = RefusedCallError(
            f"the server refused{tries} with {fault.status}: {fault.words}",
            where=self.endpoint.base_url,
            fix=self._remedy(fault),
        )
        refused.status = fault.status
        refused.code = fault.code
        return refused

    def _remedy(self, fault: StatusError) -> str:
        if fault.status in UNAUTHORISED and self.endpoint.provider != LOCAL:
            return f"Check the key in {self.endpoint.limits.api_key_env or 'api_key_env'}"
        if fault.code in NO_CREDIT:
            return "Add credit to the account; what was answered is kept"
        if is_retried_status(fault.status):
            return "Run it again later; what was answered is kept"
        return ""

    def _unreachable(self, fault: Exception, attempts: int) -> ModelError:
        if not isinstance(fault, LostError):
            seconds = self.endpoint.limits.timeout_seconds
            return ModelCallError(
                f"no complete answer within {seconds:g} s, {attempts} times",
                where=self.endpoint.base_url,
                fix="Run it again, or raise timeout_seconds of the provider",
            )
        if self._has_answered and not fault.is_connect:
            return ModelCallError(
                f"the connection broke {attempts} times ({fault.reason})",
                where=self.endpoint.base_url,
                fix="Run it again; what was answered is kept",
            )
        if self.endpoint.provider == LOCAL:
            remedy = "Run the command again, it starts the server; its log: server.log"
        else:
            remedy = f"Start it, or correct base_url in [providers.{self.endpoint.provider}]"
        return ServerDownError(
            f"nothing answers ({fault.reason})", where=self.endpoint.base_url, fix=remedy
        )


class Place:
    """Where one call stands: it passes the gate for each try, and rests between tries.

    Args:
        gate: The server's.
        lane: Bounds the calls of one run in flight, where it wants fewer than the server bears.
        halt: Set when the run is to end: nothing is tried again.
    """

    def __init__(
        self,
        gate: Gate,
        *,
        lane: asyncio.Semaphore | None = None,
        halt: asyncio.Event | None = None,
    ) -> None:
        self._gate = gate
        self._lane = lane
        self._halt = halt
        self._ticket: Ticket | None = None
        self.n_entered = 0
        """Tries so far."""

    @property
    def is_halted(self) -> bool:
        """Say whether nothing is to be tried again."""
        return self._halt is not None and self._halt.is_set()

    async def enter(self, tokens: int) -> Ticket:
        """Pass the gate."""
        if self._ticket is not None:
            ticket, self._ticket = self._ticket, None
            return ticket
        if self._lane is not None:
            await self._lane.acquire()
        try:
            ticket = await self._gate.enter(tokens)
        except BaseException:
            if self._lane is not None:
                self._lane.release()
            raise
        self.n_entered += 1
        return ticket

    def keep(self, ticket: Ticket) -> None:
        """Use this ticket for the next try: the gate was passed already."""
        self._ticket = ticket

    def leave(self) -> None:
        """Make room for the next call."""
        self._gate.leave()
        if self._lane is not None:
            self._lane.release()

    async def rest(self, seconds: float) -> None:
        """Wait for the next try; no longer than until the run is to end."""
        if self._halt is None:
            await asyncio.sleep(seconds)
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._halt.wait(), seconds)


class _Tries:
    """Counts the tries of one call; being told to come back later counts for little."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.n_made = 0
        self.n_untold = 0
        """Those after which the server did not say how long to wait; our waits grow with them."""
        self._n_without_room = 0

    def count(self) -> int:
        """Count one more; return how many there were."""
        self.n_made += 1
        return self.n_made - self._n_without_room

    def are_used_by(self, fault: StatusError) -> bool:
        """Count a try the server answered with an error; say whether there is none left."""
        if not is_retried_status(fault.status) or fault.code in NO_CREDIT:
            self.count()
            return True
        if fault.status == TOO_MANY_REQUESTS and self.limit > 1:
            self.n_made += 1
            self._n_without_room += 1
            return self._n_without_room >= TRIES_WITHOUT_ROOM * self.limit
        return self.count() >= self.limit


async def _through_sdk(send: Callable[[], Awaitable[RawResponse]]) -> RawResponse:
    try:
        return await send()
    except (openai.APIError, httpx2.HTTPError) as error:
        raise from_sdk(error) from error


def _http_client(endpoint: Endpoint) -> httpx2.AsyncClient:
    limits = endpoint.limits
    try:
        return openai.DefaultAsyncHttpxClient(
            timeout=httpx2.Timeout(limits.timeout_seconds, connect=CONNECT_SECONDS),
            limits=httpx2.Limits(
                max_connections=None,
                max_keepalive_connections=limits.max_concurrency,
                keepalive_expiry=KEEP_ALIVE_SECONDS,
            ),
            http2=limits.http2,
            trust_env=not is_loopback(endpoint.base_url),
        )
    except ImportError as error:
        raise MissingExtraError(
            "HTTP/2 needs the package h2",
            where=f"[providers.{endpoint.provider}] http2",
            fix="pip install h2, or set http2 = false",
        ) from error
