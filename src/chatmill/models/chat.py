"""Chat completions: many at once through the reply store, or one as a stream."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Any, cast

import httpx2
import openai

from chatmill.errors import ModelCallError, ModelError, ServerDownError
from chatmill.models.bodies import ChatBody
from chatmill.models.connection import UNAUTHORISED, Connection, RefusedCallError, server_words
from chatmill.models.progress import Progress
from chatmill.models.requests import ChatReply, ChatRequest, reply_key, request_body
from chatmill.store.database import Database
from chatmill.store.replies import StoredReply, read_replies, save_reply


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyStore:
    """Where replies of one stage are kept; without a database nothing is read or stored."""

    stage: str
    database: Database | None

    def read(self, keys: Sequence[str]) -> dict[str, ChatReply]:
        """Return the replies there are, by key."""
        if self.database is None:
            return {}
        return {
            key: ChatReply(
                text=stored.text,
                prompt_tokens=stored.prompt_tokens,
                completion_tokens=stored.completion_tokens,
                is_cached=True,
                finish_reason=stored.finish_reason,
            )
            for key, stored in read_replies(self.database, keys).items()
        }

    async def save(self, key: str, model: str, reply: ChatReply) -> None:
        """Store one reply without holding up the other calls."""
        if self.database is None:
            return
        stored = StoredReply(
            key=key,
            stage=self.stage,
            model=model,
            text=reply.text,
            finish_reason=reply.finish_reason,
            prompt_tokens=reply.prompt_tokens,
            completion_tokens=reply.completion_tokens,
        )
        await asyncio.to_thread(save_reply, self.database, stored)


async def ask_all(
    connection: Connection,
    requests: Sequence[ChatRequest],
    store: ReplyStore,
    *,
    concurrency: int,
    progress: Progress,
) -> list[ChatReply]:
    """Answer every request, from the store or from the server; equal requests are sent once.

    Raises:
        ServerDownError: Nothing answers; nothing more was sent.
        ModelCallError: Some calls failed; the others were answered and stored first.
    """
    keys = [reply_key(connection.endpoint.identity, request) for request in requests]
    asked = dict(zip(keys, requests, strict=True))
    replies = store.read(list(asked))
    waiting = {key: request for key, request in asked.items() if key not in replies}
    n_total, n_done = len(asked), len(replies)
    slots = asyncio.Semaphore(concurrency)
    errors: list[ModelError] = []
    progress("asking", n_done, n_total)

    async def ask_one(key: str, request: ChatRequest) -> None:
        nonlocal n_done
        try:
            reply = await ask(connection, request, slots=slots)
        except ModelError as error:
            errors.append(error)
            if _is_hopeless(error):
                raise
            return
        await store.save(key, request.model, reply)
        replies[key] = reply
        n_done += 1
        progress("asking", n_done, n_total)

    try:
        async with asyncio.TaskGroup() as group:
            for key, request in waiting.items():
                group.create_task(ask_one(key, request))
    except ExceptionGroup as group_error:
        raise group_error.exceptions[0] from None
    if errors:
        raise _summary(errors, n_total)
    return [replies[key] for key in keys]


async def ask(
    connection: Connection, request: ChatRequest, *, slots: asyncio.Semaphore | None = None
) -> ChatReply:
    """Send one request and wait for the whole answer.

    Raises:
        ModelError: It was refused, had all its tries, or nothing answers.
    """
    body: Any = request_body(request)
    create = connection.sdk.chat.completions.with_raw_response.create
    answer = await connection.call(lambda: create(**body), ChatBody, slots=slots)
    choice = answer.choices[0]
    return ChatReply(
        text=choice.message.content or "",
        prompt_tokens=answer.usage.prompt_tokens if answer.usage else 0,
        completion_tokens=answer.usage.completion_tokens if answer.usage else 0,
        is_cached=False,
        finish_reason=choice.finish_reason or "",
    )


async def stream(connection: Connection, request: ChatRequest) -> AsyncGenerator[str]:
    """Yield an answer piece by piece as the server sends it; never stored, never repeated.

    Raises:
        ServerDownError: Nothing answers at the address.
        ModelCallError: The server refused, or broke off in the middle.
    """
    where = connection.endpoint.base_url
    body: Any = request_body(request)
    try:
        chunks = cast("Any", await connection.sdk.chat.completions.create(**body, stream=True))
        async for chunk in chunks:
            piece = chunk.choices[0].delta.content if chunk.choices else None
            if piece:
                yield piece
    except openai.APIStatusError as error:
        raise RefusedCallError(
            f"the server refused with {error.status_code}: {server_words(error)}", where=where
        ) from error
    except (openai.APIError, httpx2.HTTPError, ValueError) as error:
        if isinstance(error.__cause__, httpx2.ConnectError):
            raise ServerDownError("nothing answers", where=where, fix="Start the server") from error
        raise ModelCallError(
            f"the answer broke off ({error})", where=where, fix="Ask again"
        ) from error


def _is_hopeless(error: ModelError) -> bool:
    """Say whether every other call would fail the same way."""
    is_locked_out = isinstance(error, RefusedCallError) and error.status in UNAUTHORISED
    return is_locked_out or isinstance(error, ServerDownError)


def _summary(errors: Sequence[ModelError], n_total: int) -> ModelCallError:
    first = errors[0]
    return ModelCallError(
        f"{len(errors)} of {n_total} calls failed, the first because {first.what}",
        where=first.where,
        fix=first.fix or "Correct it and run again; what was answered is kept",
    )
