"""The door of the server: whose key it is, how much it may, and what every answer's head says."""

import math
import secrets
import time
import uuid
from typing import Any

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chatmill.server.limits import Refusal
from chatmill.server.state import ServerState
from chatmill.server.wire import error_response
from chatmill.store.server_keys import ApiKey, find_key

OPEN = ("/health",)
"""Addresses that need no key."""
HOME_KEY = ApiKey(name="home", created_at=0, requests_per_minute=0, tokens_per_minute=0)


class Front:
    """ASGI middleware around the routes.

    Args:
        app: What answers.
        state: The server's.
    """

    def __init__(self, app: ASGIApp, state: ServerState) -> None:
        self._app = app
        self._state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        visit = _Visit(scope, send)
        if scope["path"] in OPEN:
            await self._app(scope, receive, visit.send)
            return
        self._state.activity.begin()
        try:
            await self._admitted(visit, scope, receive)
        finally:
            self._state.activity.end()
            route = getattr(scope.get("route"), "path", "unknown")
            self._state.measures.answered(
                scope["method"], route, visit.status, time.perf_counter() - visit.began
            )

    async def _admitted(self, visit: "_Visit", scope: Scope, receive: Receive) -> None:
        key = await self._key_of(Request(scope))
        if key is None:
            refused = error_response(
                401,
                "Incorrect or missing API key. It stands in server.json in the server's home; "
                "chatmill serve --add-key NAME makes more.",
                code="invalid_api_key",
            )
            await refused(scope, receive, visit.send)
            return
        refusal = self._state.limits.admit(key)
        visit.limits = self._state.limits.headers(key)
        if refusal is not None:
            self._state.measures.limited(key.name, refusal.kind)
            await _too_many(key, refusal)(scope, receive, visit.send)
            return
        try:
            await self._app(scope, receive, visit.send)
        finally:
            self._count_tokens(key, scope["state"])

    async def _key_of(self, request: Request) -> ApiKey | None:
        """Return whose key a request brings; None where it brings none that is known."""
        scheme, _, sent = request.headers.get("authorization", "").partition(" ")
        sent = sent.strip() or request.headers.get("api-key", "")
        if scheme.lower() not in ("bearer", "") or not sent:
            return None
        if secrets.compare_digest(sent.encode(), self._state.api_key.encode()):
            return HOME_KEY
        return await run_in_threadpool(find_key, self._state.database, sent)

    def _count_tokens(self, key: ApiKey, told: dict[str, Any]) -> None:
        """Take note of the tokens a route says it used."""
        tokens: dict[str, int] = told.get("n_tokens", {})
        self._state.limits.spend(key, sum(tokens.values()))
        for kind, n_tokens in tokens.items():
            self._state.measures.spent(told["model"], kind, n_tokens)


def count_tokens(request: Request, model: str, *, prompt: int, completion: int = 0) -> None:
    """Say how many tokens a request used, for its key's limit and the metrics."""
    request.state.model = model
    request.state.n_tokens = {"prompt": prompt, "completion": completion}


class _Visit:
    """One request: writes the head of its answer."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self.began = time.perf_counter()
        self.status = 500
        self.limits: dict[str, str] = {}
        self._send = send
        self._id = f"req_{uuid.uuid4().hex}"
        scope.setdefault("state", {})["request_id"] = self._id

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["x-request-id"] = self._id
            headers["openai-version"] = "2020-10-01"
            headers["openai-organization"] = "chatmill"
            milliseconds = (time.perf_counter() - self.began) * 1000
            headers["openai-processing-ms"] = str(max(1, round(milliseconds)))
            for name, value in self.limits.items():
                headers[name] = value
        await self._send(message)


def _too_many(key: ApiKey, refusal: Refusal) -> Any:  # noqa: ANN401 - a response
    unit = {"requests": "requests per min (RPM)", "tokens": "tokens per min (TPM)"}[refusal.kind]
    response = error_response(
        429,
        f"Rate limit reached for key {key.name} on {unit}: Limit {refusal.limit}. "
        f"Please try again in {refusal.seconds:.3g}s.",
        code="rate_limit_exceeded",
        kind=refusal.kind,
    )
    response.headers["retry-after"] = str(math.ceil(refusal.seconds))
    response.headers["retry-after-ms"] = str(math.ceil(refusal.seconds * 1000))
    return response
