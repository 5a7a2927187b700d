"""One chat completion: asked and read to its end, or streamed piece by piece."""

import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import replace
from typing import Any, cast

import httpx2
import openai

from chatmill.errors import ModelCallError, ModelError, ServerDownError
from chatmill.models.bodies import ChatBody
from chatmill.models.connection import (
    Connection,
    MalformedReplyError,
    Place,
    RefusedCallError,
    Result,
)
from chatmill.models.faults import NO_CREDIT, UNAUTHORISED, LostError, StatusError, from_sdk
from chatmill.models.requests import ChatReply, ChatRequest, request_body, request_bytes
from chatmill.models.retry import is_retried_status

PIECES_PER_TOKEN = 4
"""A piece of a stream is a token or more; some servers send single letters."""


async def ask(  # noqa: PLR0913 - what a run has to say of a call
    connection: Connection,
    request: ChatRequest,
    *,
    tokens: int = 0,
    place: Place | None = None,
    settle: Callable[[ChatReply], Awaitable[None]] | None = None,
    accept: Callable[[str], str] | None = None,
    waste: Callable[[ChatReply], None] | None = None,
) -> ChatReply:
    """Send one request and wait for the whole answer.

    Args:
        connection: The server.
        request: The question.
        tokens: What it costs of a budget of tokens.
        place: Where it stands in a run of many.
        settle: What is done with the reply before the call gives up its slot.
        accept: Says what is wrong with an answer, nothing where it can be used.
        waste: Told of every answer that could not be used.

    Raises:
        ModelError: It was refused, had all its tries, or nothing answers.
    """
    named = connection.endpoint.name_of(request.model)
    content = request_bytes(replace(request, model=named) if named != request.model else request)

    async def try_once() -> Result[ChatReply]:
        answer = await connection.wire.post("chat/completions", content)
        body = connection.checked(answer.content, ChatBody)
        choice, usage = body.choices[0], body.usage
        reply = ChatReply(
            text=choice.message.content or "",
            prompt_tokens=usage.prompt_tokens if usage else 0,
            completion_tokens=usage.completion_tokens if usage else 0,
            is_cached=False,
            finish_reason=choice.finish_reason or "",
        )
        fault = accept(reply.text) if accept is not None else ""
        if fault:
            if waste is not None:
                waste(reply)
            raise MalformedReplyError(
                f"the answer cannot be used: {fault}",
                where=connection.endpoint.base_url,
                fix="Run it again, or use a model that keeps to the schema",
            )
        n_tokens = reply.prompt_tokens + reply.completion_tokens
        return Result(answer=reply, headers=answer.headers, n_tokens=n_tokens)

    return await connection.repeat(try_once, tokens=tokens, place=place, settle=settle)


async def stream(connection: Connection, request: ChatRequest) -> AsyncGenerator[str]:
    """Yield an answer piece by piece as the server sends it; never stored, never repeated.

    What comes after the answer has ended is not read, so a server that repeats itself is not
    shown twice; one that never ends is left when it has sent more pieces than it was asked for.

    Raises:
        ServerDownError: Nothing answers at the address.
        ModelCallError: The server refused, or broke off in the middle.
    """
    where = connection.endpoint.base_url
    body: Any = request_body(request)
    body["model"] = connection.endpoint.name_of(request.model)
    n_pieces = 0
    try:
        chunks = cast("Any", await connection.sdk.chat.completions.create(**body, stream=True))
        async with contextlib.aclosing(chunks.response):
            async for chunk in chunks:
                choice = chunk.choices[0] if chunk.choices else None
                if choice is not None and choice.delta.content:
                    n_pieces += 1
                    yield choice.delta.content
                if choice is not None and choice.finish_reason:
                    return
                if n_pieces > PIECES_PER_TOKEN * request.max_tokens:
                    raise ModelCallError(
                        "the answer does not end", where=where, fix="Ask again, or ask another"
                    )
    except (openai.APIError, httpx2.HTTPError) as error:
        fault = from_sdk(error)
        if isinstance(fault, StatusError):
            raise RefusedCallError(
                f"the server refused with {fault.status}: {fault.words}", where=where
            ) from error
        if isinstance(fault, LostError) and fault.is_connect:
            raise ServerDownError("nothing answers", where=where, fix="Start the server") from error
        raise _broken_off(error, where) from error
    except ValueError as error:
        raise _broken_off(error, where) from error


def _broken_off(error: Exception, where: str) -> ModelCallError:
    return ModelCallError(f"the answer broke off ({error})", where=where, fix="Ask again")


def is_refused(error: ModelError) -> bool:
    """Say whether the server would refuse the same call again."""
    if not isinstance(error, RefusedCallError) or error.status is None:
        return False
    return not is_retried_status(error.status) or error.code in NO_CREDIT


def is_hopeless(error: ModelError) -> bool:
    """Say whether every other call would fail the same way."""
    if isinstance(error, RefusedCallError):
        return error.status in UNAUTHORISED or error.code in NO_CREDIT
    return isinstance(error, ServerDownError)
