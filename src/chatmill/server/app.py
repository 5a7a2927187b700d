"""Builds the HTTP app: routes, key check, errors, and the threads that run beside it."""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response

from chatmill.server import routes_chat, routes_files, routes_jobs, routes_models
from chatmill.server.home import ServerHome
from chatmill.server.state import ServerState, open_state
from chatmill.server.wire import error_response, install_error_handlers


def create_app(
    home: ServerHome,
    *,
    api_key: str | None = None,
    max_trainers: int = 1,
    stale_seconds: float | None = None,
    aliases: Mapping[str, str] | None = None,
) -> FastAPI:
    """Build the server of a home.

    Args:
        home: Where its database, files and models lie.
        api_key: Key clients must send; the home's own when None.
        max_trainers: Fine-tuning jobs that may train at once.
        stale_seconds: How long a trainer may be silent before its job is queued again.
        aliases: Other names of models: what old code asks for → what answers and is trained.
    """
    from chatmill import __version__

    key = api_key or home.api_key()
    state = open_state(
        home,
        api_key=key,
        max_trainers=max_trainers,
        stale_seconds=stale_seconds,
        aliases=aliases,
    )

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        state.engine.start()
        state.supervisor.start()
        try:
            yield
        finally:
            state.supervisor.stop()
            state.engine.stop()
            state.database.close()

    app = FastAPI(
        title="chatmill", version=__version__, lifespan=lifespan, docs_url=None, redoc_url=None
    )
    app.state.server = state
    install_error_handlers(app)
    _check_keys(app, state)
    for routes in (routes_models, routes_chat, routes_files, routes_jobs):
        app.include_router(routes.router)

    @app.get("/health")
    async def health() -> dict[str, str]:
        """Say that the server is up, and which version it is; needs no key."""
        return {"status": "ok", "version": __version__}

    return app


def _check_keys(app: FastAPI, state: ServerState) -> None:
    """Refuse every request without the key, and note when the server was last used."""

    @app.middleware("http")
    async def check(
        request: Request, call_next: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        if request.url.path == "/health":
            return await call_next(request)
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        key = key.strip() or request.headers.get("api-key", "")
        right = secrets.compare_digest(key.encode(), state.api_key.encode())
        if not right or scheme.lower() not in ("bearer", ""):
            return error_response(
                401,
                "Incorrect or missing API key. It stands in server.json in the server's home.",
                code="invalid_api_key",
            )
        state.activity.begin()
        try:
            return await call_next(request)
        finally:
            state.activity.end()
