"""Builds the HTTP app: routes, key check, errors, and the threads that run beside it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.responses import PlainTextResponse

from chatmill.server import (
    measures,
    not_supported,
    routes_chat,
    routes_files,
    routes_jobs,
    routes_models,
)
from chatmill.server.front import Front
from chatmill.server.home import ServerHome
from chatmill.server.openapi import describe
from chatmill.server.state import MAX_JOBS, open_state
from chatmill.server.wire import install_error_handlers
from chatmill.store import server_jobs


def create_app(  # noqa: PLR0913 - what a server is started with
    home: ServerHome,
    *,
    api_key: str | None = None,
    max_trainers: int = 1,
    stale_seconds: float | None = None,
    aliases: Mapping[str, str] | None = None,
    max_jobs: int = MAX_JOBS,
) -> FastAPI:
    """Build the server of a home.

    Args:
        home: Where its database, files and models lie.
        api_key: Key clients must send; the home's own when None.
        max_trainers: Fine-tuning jobs that may train at once.
        stale_seconds: How long a trainer may be silent before its job is queued again.
        aliases: Other names of models: what old code asks for → what answers and is trained.
        max_jobs: Fine-tuning jobs that may wait or run at once.
    """
    from chatmill import __version__

    key = api_key or home.api_key()
    state = open_state(
        home,
        api_key=key,
        max_trainers=max_trainers,
        stale_seconds=stale_seconds,
        aliases=aliases,
        max_jobs=max_jobs,
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
    app.add_middleware(Front, state=state)
    for routes in (routes_models, routes_chat, routes_files, routes_jobs):
        app.include_router(routes.router)

    @app.get("/metrics", response_class=PlainTextResponse)
    def metrics() -> PlainTextResponse:
        """Say what the server did, in Prometheus' text format."""
        jobs = server_jobs.count_jobs(state.database)
        text = state.measures.text(jobs=jobs, n_open=state.activity.n_open)
        return PlainTextResponse(text, media_type=measures.TYPE)

    @app.get("/health")
    async def health() -> dict[str, str]:
        """Say that the server is up, and which version it is; needs no key."""
        return {"status": "ok", "version": __version__}

    app.include_router(not_supported.router)  # last: it answers what nobody else does
    describe(app)
    return app
