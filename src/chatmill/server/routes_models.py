"""`/v1/models` and `/v1/embeddings`."""

import base64
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from chatmill.errors import ModelError
from chatmill.server.base_models import EMBEDDED_MODELS
from chatmill.server.embed import CREATED_AT, EMBEDDING_MODEL, N_DIMENSIONS, shortened
from chatmill.server.front import count_tokens
from chatmill.server.state import ServerState
from chatmill.server.wire import ApiError, Json, model_json
from chatmill.store import server_jobs as store

MAX_INPUTS = 2048
router = APIRouter()


class EmbeddingBody(BaseModel, extra="forbid"):
    """What a client sends to be embedded."""

    input: str | list[str] | list[int] | list[list[int]]
    model: str
    encoding_format: str = "float"
    dimensions: int | None = None
    user: str | None = None


def state_of(request: Request) -> ServerState:
    """Return the server a request came to."""
    state: ServerState = request.app.state.server
    return state


@router.get("/v1/models")
def list_models(request: Request) -> Json:
    """List base models, tuned models and the embedder."""
    state = state_of(request)
    data = [model_json(model.id, model.created_at) for model in EMBEDDED_MODELS.values()]
    data.append(model_json(EMBEDDING_MODEL, CREATED_AT))
    data += [model_json(alias, CREATED_AT) for alias in state.shelf.aliases]
    data += [
        model_json(job.fine_tuned_model, job.finished_at or job.created_at)
        for job in reversed(store.jobs_with_status(state.database, "succeeded"))
        if job.fine_tuned_model is not None
    ]
    return {"object": "list", "data": data}


@router.get("/v1/models/{name:path}")
def get_model(request: Request, name: str) -> Json:
    """Return one model."""
    state = state_of(request)
    if state.shelf.resolve(name) == EMBEDDING_MODEL:
        return model_json(name, CREATED_AT)
    job = store.find_job_of_model(state.database, name)
    if job is not None:
        return model_json(name, job.finished_at or job.created_at)
    checkpoint = store.find_checkpoint_of_model(state.database, name)
    if checkpoint is not None:
        return model_json(name, checkpoint.created_at)
    try:
        base, _ = state.shelf.base_of(name)
    except ModelError as error:
        raise no_such_model(name) from error
    return model_json(name, EMBEDDED_MODELS[base].created_at if base in EMBEDDED_MODELS else 0)


@router.delete("/v1/models/{name:path}")
def delete_model(request: Request, name: str) -> Json:
    """Stop serving a tuned model; its job and adapter stay."""
    if not store.delete_model(state_of(request).database, name):
        raise no_such_model(name)
    return {"id": name, "object": "model", "deleted": True}


@router.post("/v1/embeddings")
async def create_embeddings(request: Request, body: EmbeddingBody) -> Json:
    """Embed one text or a list of texts."""
    if state_of(request).shelf.resolve(body.model) != EMBEDDING_MODEL:
        raise ApiError(
            404,
            f"The model '{body.model}' does not embed text here; use {EMBEDDING_MODEL}",
            param="model",
            code="model_not_found",
        )
    n_dimensions = N_DIMENSIONS if body.dimensions is None else body.dimensions
    if not 1 <= n_dimensions <= N_DIMENSIONS:
        raise ApiError(400, f"dimensions is 1 to {N_DIMENSIONS} here", param="dimensions")
    if body.encoding_format not in ("float", "base64"):
        raise ApiError(400, "encoding_format is float or base64", param="encoding_format")
    texts = [body.input] if isinstance(body.input, str) else body.input
    checked = [text for text in texts if isinstance(text, str) and text]
    if not texts or len(checked) != len(texts):
        raise ApiError(400, "input must be text, or a list of texts, none empty", param="input")
    if len(checked) > MAX_INPUTS:
        raise ApiError(400, f"input holds more than {MAX_INPUTS} texts", param="input")
    vectors = await run_in_threadpool(state_of(request).embedder.embed, checked)
    if n_dimensions < N_DIMENSIONS:
        vectors = shortened(vectors, n_dimensions)
    n_tokens = sum(max(1, len(text) // 4) for text in checked)
    count_tokens(request, body.model, prompt=n_tokens)

    def encoded(vector: Any) -> str | list[float]:  # noqa: ANN401 - a row of numpy numbers
        if body.encoding_format == "base64":
            return base64.b64encode(vector.astype("<f4").tobytes()).decode("ascii")
        values: list[float] = vector.tolist()
        return values

    data = [
        {"object": "embedding", "index": index, "embedding": encoded(vector)}
        for index, vector in enumerate(vectors)
    ]
    return {
        "object": "list",
        "data": data,
        "model": body.model,
        "usage": {"prompt_tokens": n_tokens, "total_tokens": n_tokens},
    }


def no_such_model(name: str) -> ApiError:
    """Return the 404 of a model that is not served."""
    return ApiError(
        404, f"The model '{name}' does not exist here", param="model", code="model_not_found"
    )
