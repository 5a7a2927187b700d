"""One server's connection: sends a call until it is answered, refused, or has had all its tries."""

import asyncio
import contextlib
import ipaddress
import random
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar
from urllib.parse import urlsplit

import httpx2
import openai
from pydantic import BaseModel, ValidationError

from chatmill.errors import ModelCallError, ModelError, ServerDownError
from chatmill.models.providers import LOCAL, Endpoint
from chatmill.models.retry import asked_delay_seconds, delay_seconds, is_retried_status

Body = TypeVar("Body", bound=BaseModel)
T = TypeVar("T")

CONNECT_SECONDS = 10.0
TRIES_WHILE_DOWN = 2
"""A server that refused every connection so far is down, not busy: say so soon."""
UNAUTHORISED = frozenset({401, 403})
ERROR_TEXT_CHARACTERS = 300


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


class RefusedCallError(ModelCallError):
    """The server refused this call, and would refuse it again."""

    status: int | None = None
    """HTTP status, where the server answered."""


class MalformedReplyError(ModelCallError):
    """The server answered something that is not the protocol."""


class Connection:
    """Calls one server through the official SDK; every method runs on the client's event loop."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self._chance = random.Random()  # noqa: S311 - jitter, not a secret
        self._slots = asyncio.Semaphore(endpoint.limits.max_concurrency)
        self._has_answered = False
        self.sdk = openai.AsyncOpenAI(
            base_url=endpoint.base_url,
            api_key=endpoint.api_key,
            max_retries=0,  # we retry, so that a waiting call holds no slot
            http_client=_http_client(endpoint),
        )

    async def close(self) -> None:
        """Close its sockets."""
        await self.sdk.close()

    async def call(
        self,
        send: Callable[[], Awaitable[RawResponse]],
        kind: type[Body],
        *,
        slots: asyncio.Semaphore | None = None,
        max_attempts: int | None = None,
    ) -> Body:
        """Send one call, again where it is worth it, and check what comes back.

        Args:
            send: Starts the call; called once a try.
            kind: Shape of the body.
            slots: Bounds the calls in flight; the connection's own when None. A call that
                waits for its next try holds none.
            max_attempts: Tries; the provider's setting when None.

        Raises:
            ServerDownError: Nothing answers at the address.
            ModelCallError: It was refused, or had all its tries.
        """

        async def try_once() -> Body:
            response = await send()
            return self._checked(response.text, kind)

        return await self._repeat(try_once, slots, max_attempts)

    async def download(self, send: Callable[[], Awaitable[RawResponse]]) -> bytes:
        """Fetch bytes, again where it is worth it.

        Raises:
            ServerDownError: Nothing answers at the address.
            ModelCallError: It was refused, or had all its tries.
        """

        async def try_once() -> bytes:
            response = await send()
            return response.content

        return await self._repeat(try_once, None, None)

    async def _repeat(
        self,
        try_once: Callable[[], Awaitable[T]],
        slots: asyncio.Semaphore | None,
        max_attempts: int | None,
    ) -> T:
        limit = max_attempts or self.endpoint.limits.max_attempts
        attempt = 0
        while True:
            attempt += 1
            asked: float | None = None
            try:
                async with slots or self._slots:
                    async with asyncio.timeout(self.endpoint.limits.timeout_seconds):
                        answer = await try_once()
                    self._has_answered = True
                    return answer
            except openai.APIStatusError as error:
                self._has_answered = True
                if attempt >= limit or not is_retried_status(error.status_code):
                    raise self._refused(error, attempt) from error
                asked = asked_delay_seconds(error.response.headers)
            except (openai.APIConnectionError, TimeoutError, httpx2.HTTPError) as error:
                if attempt >= self._tries_without_answer(error, limit):
                    raise self._unreachable(error, attempt) from error
            except MalformedReplyError:
                if attempt >= limit:
                    raise
            await asyncio.sleep(delay_seconds(attempt, asked, self._chance))

    def _checked(self, text: str, kind: type[Body]) -> Body:
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

    def _tries_without_answer(self, error: Exception, limit: int) -> int:
        is_refused = isinstance(error.__cause__, httpx2.ConnectError)
        is_startable = self.endpoint.provider == LOCAL  # the caller starts it again at once
        if is_refused and (is_startable or not self._has_answered):
            return min(limit, TRIES_WHILE_DOWN)
        return limit

    def _refused(self, error: openai.APIStatusError, attempts: int) -> ModelError:
        said = server_words(error)
        tries = f" {attempts} times" if attempts > 1 else ""
        refused = RefusedCallError(
            f"the server refused{tries} with {error.status_code}: {said}",
            where=self.endpoint.base_url,
            fix=self._remedy(error.status_code),
        )
        refused.status = error.status_code
        return refused

    def _remedy(self, status: int) -> str:
        if status in UNAUTHORISED and self.endpoint.provider != LOCAL:
            return f"Check the key in {self.endpoint.limits.api_key_env or 'api_key_env'}"
        if is_retried_status(status):
            return "Run it again later; what was answered is kept"
        return ""

    def _unreachable(self, error: Exception, attempts: int) -> ModelError:
        if isinstance(error, (TimeoutError, openai.APITimeoutError, httpx2.TimeoutException)):
            seconds = self.endpoint.limits.timeout_seconds
            return ModelCallError(
                f"no complete answer within {seconds:g} s, {attempts} times",
                where=self.endpoint.base_url,
                fix="Run it again, or raise timeout_seconds of the provider",
            )
        if self.endpoint.provider == LOCAL:
            remedy = "Run the command again, it starts the server; its log: server.log"
        else:
            remedy = f"Start it, or correct base_url in [providers.{self.endpoint.provider}]"
        reason = error.__cause__ or error
        return ServerDownError(
            f"nothing answers ({str(reason) or type(reason).__name__})",
            where=self.endpoint.base_url,
            fix=remedy,
        )


def server_words(error: openai.APIStatusError) -> str:
    """Return what the server says about an error, in one short line."""
    body = error.body
    said = body.get("message") if isinstance(body, dict) else None
    text = said if isinstance(said, str) else error.response.text
    return " ".join(text.split())[:ERROR_TEXT_CHARACTERS] or error.response.reason_phrase


def _http_client(endpoint: Endpoint) -> httpx2.AsyncClient:
    limits = endpoint.limits
    return openai.DefaultAsyncHttpxClient(
        timeout=httpx2.Timeout(limits.timeout_seconds, connect=CONNECT_SECONDS),
        limits=httpx2.Limits(
            max_connections=None, max_keepalive_connections=limits.max_concurrency
        ),
        trust_env=not _is_loopback(endpoint.base_url),  # no proxy can reach this machine's loopback
    )


def _is_loopback(base_url: str) -> bool:
    host = urlsplit(base_url).hostname or ""
    if host == "localhost":
        return True
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False
