"""`/v1/chat/completions`, whole or streamed."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from chatmill.errors import ChatmillError, ModelError
from chatmill.server.base_models import ensure_base_model
from chatmill.server.chat_format import ChatFormat
from chatmill.server.choosing import ChosenToken, Sampling, TokenChance, schema_of
from chatmill.server.front import count_tokens
from chatmill.server.generate import ChatRequest, Completion, Piece
from chatmill.server.jobs import context_tokens
from chatmill.server.not_supported import missing_options
from chatmill.server.routes_models import no_such_model, state_of
from chatmill.server.state import ServerState
from chatmill.server.training_file import ChatMessage
from chatmill.server.wire import ApiError, Json, chatmill_error_response, now, unsupported

MAX_CHOICES = 8
MAX_TOP_LOGPROBS = 20
LEAST_LOGPROB = -9999.0
"""What OpenAI's format says of a token that could not have come; JSON knows no infinity."""
HARMLESS = frozenset(
    (
        "user",
        "safety_identifier",
        "prompt_cache_key",
        "prompt_cache_retention",
        "prompt_cache_options",
        "metadata",
    )
)
"""Options that ask for nothing a client could see in the answer."""
NOTHING: dict[str, tuple[Any, ...]] = {
    "modalities": (["text"],),
    "service_tier": ("auto", "default"),
    "store": (False,),
    "tool_choice": ("none",),
    "tools": ([],),
    "functions": ([],),
    "function_call": ("none",),
}
"""Values with which an option of `not_supported.json` asks for what is done anyway."""
router = APIRouter()
_formats: dict[str, tuple[ChatFormat, int]] = {}


class MessageBody(BaseModel):
    """One message; content is text, or a list of text parts."""

    role: str
    content: str | list[dict[str, Any]] | None = None


class ChatBody(BaseModel, extra="allow"):
    """What a client asks."""

    model: str
    messages: Annotated[list[MessageBody], Field(min_length=1)]
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(gt=0, le=1)] | None = None
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    max_completion_tokens: Annotated[int, Field(ge=1)] | None = None
    stop: str | Annotated[list[str], Field(max_length=4)] | None = None
    seed: int | None = None
    n: Annotated[int, Field(ge=1, le=MAX_CHOICES)] | None = None
    frequency_penalty: Annotated[float, Field(ge=-2, le=2)] | None = None
    presence_penalty: Annotated[float, Field(ge=-2, le=2)] | None = None
    logit_bias: dict[int, Annotated[float, Field(ge=-100, le=100)]] | None = None
    logprobs: bool | None = None
    top_logprobs: Annotated[int, Field(ge=0, le=MAX_TOP_LOGPROBS)] | None = None
    response_format: dict[str, Any] | None = None
    stream: bool | None = None
    stream_options: dict[str, Any] | None = None


@router.post("/v1/chat/completions", response_model=None)
async def create_completion(request: Request, body: ChatBody) -> JSONResponse | StreamingResponse:
    """Answer a chat."""
    state = state_of(request)
    _refuse_unsupported(body)
    prompt, context = await run_in_threadpool(_read_prompt, state, body)
    limit = context - len(prompt)
    if limit < 1:
        raise ApiError(
            400,
            f"The chat has {len(prompt)} tokens, but the model sees at most {context}",
            param="messages",
            code="context_length_exceeded",
        )
    samplings = _samplings(body, limit)
    if body.stream:
        events = _stream(request, body, prompt, samplings)
        return StreamingResponse(events, media_type="text/event-stream")
    futures = [
        asyncio.wrap_future(state.engine.submit(ChatRequest(body.model, prompt, sampling)))
        for sampling in samplings
    ]
    try:
        answers: list[Completion] = list(await asyncio.gather(*futures))
    except ChatmillError as error:
        return chatmill_error_response(error)
    _count(request, body, answers)
    return JSONResponse(_completion_json(body.model, answers, has_logprobs=bool(body.logprobs)))


def _refuse_unsupported(body: ChatBody) -> None:
    refused = {
        each.option: each.why for each in missing_options() if each.call.endswith("/completions")
    }
    for name, value in (body.model_extra or {}).items():
        if value is None or name in HARMLESS or value in NOTHING.get(name, ()):
            continue
        if name in refused:
            raise unsupported(name, f"is not supported by this server: {refused[name]}")
        raise ApiError(400, f"Unknown parameter: '{name}'.", param=name, code="unknown_parameter")
    if body.top_logprobs is not None and not body.logprobs:
        raise ApiError(
            400, "top_logprobs needs logprobs: true", param="top_logprobs", code="invalid_value"
        )
    if body.stream_options is not None and not body.stream:
        raise ApiError(
            400, "stream_options needs stream: true", param="stream_options", code="invalid_value"
        )


def _read_prompt(state: ServerState, body: ChatBody) -> tuple[list[int], int]:
    """Return the prompt's token ids and the model's context length."""
    try:
        base, _ = state.shelf.base_of(body.model)
    except ModelError as error:
        raise no_such_model(body.model) from error
    if base not in _formats:
        folder = ensure_base_model(base, home=state.home)
        _formats[base] = (ChatFormat.load(folder), context_tokens(folder))
    chat_format, context = _formats[base]
    messages = [_message(each, f"messages[{at}]") for at, each in enumerate(body.messages)]
    return chat_format.prompt(messages), context


def _message(message: MessageBody, param: str) -> ChatMessage:
    if message.role not in ("system", "developer", "user", "assistant"):
        raise ApiError(400, f"{param}.role is {message.role!r}", param=f"{param}.role")
    content = message.content
    if isinstance(content, list):
        if any(part.get("type") != "text" for part in content):
            raise ApiError(400, f"{param}.content may hold only text here", param=param)
        content = "".join(str(part.get("text", "")) for part in content)
    if content is None:
        raise ApiError(400, f"{param}.content is missing", param=f"{param}.content")
    return ChatMessage(
        role="system" if message.role == "developer" else message.role, content=content
    )


def _samplings(body: ChatBody, limit: int) -> list[Sampling]:
    """Return one sampling a wanted choice; with a seed, each choice gets its own."""
    stop = (body.stop,) if isinstance(body.stop, str) else tuple(body.stop or ())
    schema = None if body.response_format is None else schema_of(body.response_format)
    asked = body.max_completion_tokens or body.max_tokens or limit
    return [
        Sampling(
            max_tokens=min(asked, limit),
            temperature=1.0 if body.temperature is None else body.temperature,
            top_p=1.0 if body.top_p is None else body.top_p,
            stop=tuple(each for each in stop if each),
            seed=None if body.seed is None else body.seed + choice,
            frequency_penalty=body.frequency_penalty or 0.0,
            presence_penalty=body.presence_penalty or 0.0,
            logit_bias=body.logit_bias or {},
            schema=schema,
            n_logprobs=(body.top_logprobs or 0) if body.logprobs else None,
        )
        for choice in range(body.n or 1)
    ]


def _usage(answers: list[Completion]) -> Json:
    n_prompt = answers[0].n_prompt_tokens
    n_completion = sum(answer.n_completion_tokens for answer in answers)
    return {
        "prompt_tokens": n_prompt,
        "completion_tokens": n_completion,
        "total_tokens": n_prompt + n_completion,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": 0,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def _count(request: Request, body: ChatBody, answers: list[Completion]) -> None:
    """Take note of the tokens answers cost."""
    if answers:
        count_tokens(
            request,
            body.model,
            prompt=answers[0].n_prompt_tokens,
            completion=sum(each.n_completion_tokens for each in answers),
        )


def _logprobs_json(chances: Sequence[ChosenToken]) -> Json:
    """Return OpenAI's log probabilities; a token may hold only part of a character."""

    def one(chance: TokenChance) -> Json:
        return {
            "token": chance.token.decode(errors="replace"),
            "logprob": max(chance.logprob, LEAST_LOGPROB),
            "bytes": list(chance.token),
        }

    content = [
        {**one(each.chosen), "top_logprobs": [one(other) for other in each.likeliest]}
        for each in chances
    ]
    return {"content": content, "refusal": None}


def _completion_json(model: str, answers: list[Completion], *, has_logprobs: bool) -> Json:
    return {
        "id": f"chatcmpl-{uuid.uuid4().hex}",
        "object": "chat.completion",
        "created": now(),
        "model": model,
        "system_fingerprint": None,
        "service_tier": "default",
        "choices": [
            {
                "index": index,
                "message": {
                    "role": "assistant",
                    "content": answer.text,
                    "refusal": None,
                    "annotations": [],
                },
                "logprobs": _logprobs_json(answer.chances) if has_logprobs else None,
                "finish_reason": answer.finish_reason,
            }
            for index, answer in enumerate(answers)
        ],
        "usage": _usage(answers),
    }


class _Listener:
    """Brings what the engine's thread says into the event loop, for a streamed answer."""

    def __init__(self, body: ChatBody, prompt: list[int], samplings: list[Sampling]) -> None:
        self._loop = asyncio.get_running_loop()
        self._pieces: asyncio.Queue[tuple[int, Piece | Completion | BaseException]] = (
            asyncio.Queue()
        )
        self.requests = [
            self._request(index, body.model, prompt, sampling)
            for index, sampling in enumerate(samplings)
        ]

    async def next(self) -> tuple[int, Piece | Completion | BaseException]:
        """Wait for the next piece of text, finished answer or error, and say whose it is."""
        return await self._pieces.get()

    def _request(
        self, index: int, model: str, prompt: list[int], sampling: Sampling
    ) -> ChatRequest:
        def put(item: Piece | Completion | BaseException) -> None:
            self._loop.call_soon_threadsafe(self._pieces.put_nowait, (index, item))

        request = ChatRequest(model, prompt, sampling, on_piece=put)
        request.future.add_done_callback(
            lambda done: None if done.cancelled() else put(done.exception() or done.result())
        )
        return request


async def _stream(
    request: Request, body: ChatBody, prompt: list[int], samplings: list[Sampling]
) -> AsyncIterator[str]:
    """Yield server-sent events: a role, pieces of text, a finish reason, perhaps usage."""
    state = state_of(request)
    wants_usage = bool((body.stream_options or {}).get("include_usage"))
    head = {
        "id": f"chatcmpl-{uuid.uuid4().hex}",
        "object": "chat.completion.chunk",
        "created": now(),
        "model": body.model,
        "system_fingerprint": None,
        **({"usage": None} if wants_usage else {}),
    }

    def chunk(choices: list[Json], **more: Any) -> str:  # noqa: ANN401 - JSON
        whole = {**head, "choices": choices, **more}
        return f"data: {json.dumps(whole, ensure_ascii=False)}\n\n"

    def choice(
        index: int, delta: Json, reason: str | None = None, logprobs: Json | None = None
    ) -> list[Json]:
        return [{"index": index, "delta": delta, "logprobs": logprobs, "finish_reason": reason}]

    listener = _Listener(body, prompt, samplings)
    for each in listener.requests:
        state.engine.submit(each)
    answers: dict[int, Completion] = {}
    state.activity.begin()
    try:
        for index in range(len(samplings)):
            yield chunk(choice(index, {"role": "assistant", "content": ""}))
        while len(answers) < len(samplings):
            index, item = await listener.next()
            if isinstance(item, Piece):
                logprobs = _logprobs_json(item.chances) if body.logprobs else None
                yield chunk(choice(index, {"content": item.text}, logprobs=logprobs))
            elif isinstance(item, Completion):
                answers[index] = item
                yield chunk(choice(index, {}, item.finish_reason))
            else:
                error = {"message": str(item), "type": "server_error", "param": None, "code": None}
                yield f"data: {json.dumps({'error': error})}\n\n"
                return
        if wants_usage:
            yield chunk([], usage=_usage([answers[index] for index in sorted(answers)]))
        yield "data: [DONE]\n\n"
    finally:
        state.activity.end()
        _count(request, body, list(answers.values()))
        for each in listener.requests:  # whoever went away need not be answered
            each.is_dropped = True
