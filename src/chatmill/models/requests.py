"""What a chat model is asked and what it answers, and the key one answer is stored under."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any, Literal

KEY_VERSION = 1
"""Raise it when the meaning of a stored reply changes: all old replies are then asked again."""
SCHEMA_NAME = "answer"
"""The protocol wants the schema of an answer to have a name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatMessage:
    """One message of a request."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRequest:
    """One question to a chat model."""

    model: str
    messages: tuple[ChatMessage, ...]
    max_tokens: int
    """Longest answer, in the model's tokens."""
    temperature: float = 0.0
    """0 is greedy."""
    seed: int | None = None
    """Asked of servers that know it; two requests that differ in it are two questions."""
    schema: str = ""
    """JSON Schema of the answer, as JSON text; empty for free text. Servers may ignore it."""
    prompt_version: str = ""
    """Of the prompt the messages come from; not sent, but a new version is asked anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatReply:
    """One answer of a chat model."""

    text: str
    prompt_tokens: int
    """As the server counted them; 0 where it does not say."""
    completion_tokens: int
    """As the server counted them; 0 where it does not say."""
    is_cached: bool
    """It was read from the project's store, nothing was sent."""
    finish_reason: str
    """`stop`, `length` …; empty where the server does not say."""


def request_body(request: ChatRequest) -> dict[str, Any]:
    """Return the request as it goes over the wire."""
    body: dict[str, Any] = {
        "model": request.model,
        "messages": [{"role": each.role, "content": each.content} for each in request.messages],
        "max_tokens": request.max_tokens,
        "temperature": request.temperature,
    }
    if request.seed is not None:
        body["seed"] = request.seed
    if request.schema:
        body["response_format"] = {
            "type": "json_schema",
            "json_schema": {
                "name": SCHEMA_NAME,
                "schema": json.loads(request.schema),
                "strict": True,
            },
        }
    return body


def request_bytes(request: ChatRequest) -> bytes:
    """Return the request as JSON in UTF-8; a letter that is none (a lone surrogate) becomes `?`."""
    return _WIRE_ENCODER.encode(request_body(request)).encode("utf-8", "replace")


def reply_key(endpoint: str, request: ChatRequest) -> str:
    """Hash everything that determines the reply.

    Args:
        endpoint: What tells this server from others, see `providers.Endpoint.identity`.
        request: The request.

    Returns:
        SHA-256, 64 hexadecimal digits.
    """
    determining = {"version": KEY_VERSION, "endpoint": endpoint, "body": request_body(request)}
    if request.prompt_version:
        determining["prompt"] = request.prompt_version
    encoded = _KEY_ENCODER.encode(determining)
    return hashlib.sha256(encoded.encode("utf-8", "surrogatepass")).hexdigest()


_KEY_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))
_WIRE_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
