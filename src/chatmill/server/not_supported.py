"""What of OpenAI's API is not served, from `not_supported.json`: each call says so with a 501."""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from fastapi import APIRouter, Request

from chatmill.server.wire import ApiError, Json

router = APIRouter()
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingCall:
    """A part of the API that is not there."""

    prefix: str
    """Of the addresses."""
    why: str
    """A sentence: what is missing, and what to do instead where there is something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingOption:
    """An option of a served call that is refused."""

    call: str
    """Method and address."""
    option: str
    """The field, as the error's `param` names it."""
    value: Any
    """What is refused, as an example."""
    status: int
    why: str


@cache
def missing_calls() -> tuple[MissingCall, ...]:
    """Return the recorded calls."""
    return tuple(MissingCall(**each) for each in _record()["calls"])


@cache
def missing_options() -> tuple[MissingOption, ...]:
    """Return the recorded options."""
    return tuple(MissingOption(**each) for each in _record()["options"])


@cache
def _record() -> Json:
    text = (files("chatmill.server") / "not_supported.json").read_text(encoding="utf-8")
    record: Json = json.loads(text)
    return record


@router.api_route("/v1/{path:path}", methods=METHODS, include_in_schema=False)
def refuse(request: Request, path: str) -> Json:
    """Answer what no other route answers: recorded calls with a 501, any other with a 404."""
    address = f"/v1/{path}".rstrip("/")
    for call in missing_calls():
        if address == call.prefix or address.startswith(f"{call.prefix}/"):
            raise ApiError(501, call.why, code="not_supported")
    raise ApiError(404, f"Unknown request URL: {request.method} {request.url.path}")
