"""OpenAI's error shape and object shapes: what goes over the wire, and nothing else."""

import time
from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from chatmill.errors import (
    ChatmillError,
    MissingExtraError,
    ModelFetchError,
    SchemaError,
    StorageError,
)
from chatmill.store.server_files import StoredFile
from chatmill.store.server_jobs import StoredCheckpoint, StoredEvent, StoredJob

Json = dict[str, Any]
TYPES = ("int", "float", "str", "bool", "dict", "list", "none")
"""Names pydantic gives to the branches of a union."""


class ApiError(Exception):
    """An answer in OpenAI's error shape.

    Args:
        status: HTTP status.
        message: What is wrong and what to do.
        param: The field it is about.
        code: Short name of the error.
    """

    def __init__(
        self, status: int, message: str, *, param: str | None = None, code: str | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.param = param
        self.code = code


def not_found(what: str, name: str) -> ApiError:
    """Return the 404 of a thing that does not exist."""
    return ApiError(404, f"No such {what}: {name}", param="id", code=None)


def unsupported(param: str, why: str, *, status: int = 400) -> ApiError:
    """Return the refusal of an option that this server does not have."""
    return ApiError(status, f"'{param}' {why}", param=param, code="unsupported_parameter")


def error_response(
    status: int,
    message: str,
    *,
    param: str | None = None,
    code: str | None = None,
    kind: str | None = None,
) -> JSONResponse:
    """Return OpenAI's error object; `kind` is its `type`, which mostly follows from the status."""
    kinds = {401: "authentication_error", 429: "rate_limit_error"}
    usual = "server_error" if status >= 500 else "invalid_request_error"  # noqa: PLR2004 - HTTP
    kind = kind or kinds.get(status, usual)
    body = {"error": {"message": message, "type": kind, "param": param, "code": code}}
    return JSONResponse(body, status_code=status)


def install_error_handlers(app: FastAPI) -> None:
    """Answer every error in OpenAI's shape."""

    @app.exception_handler(ApiError)
    async def _api(_request: Request, error: ApiError) -> JSONResponse:
        return error_response(error.status, error.message, param=error.param, code=error.code)

    @app.exception_handler(RequestValidationError)
    async def _invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        param = _param_of(first["loc"])
        if first["type"] == "extra_forbidden":
            message = f"Unknown parameter: '{param}'."
            return error_response(400, message, param=param, code="unknown_parameter")
        if first["type"] == "missing":
            message = f"Missing required parameter: '{param}'."
            return error_response(400, message, param=param, code="missing_required_parameter")
        code = "invalid_json" if first["type"] == "json_invalid" else "invalid_value"
        message = f"Invalid '{param or 'body'}': {first['msg']}"
        return error_response(400, message, param=param or None, code=code)

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> JSONResponse:
        message = str(error.detail)
        if error.status_code in (404, 405):
            message = f"Unknown request URL: {request.method} {request.url.path}"
        return error_response(error.status_code, message, code=None)

    @app.exception_handler(Exception)
    async def _unforeseen(request: Request, _error: Exception) -> JSONResponse:
        """Answer what we did not foresee; Starlette writes its traceback to the log."""
        request_id = getattr(request.state, "request_id", "")
        message = f"The server had an error while answering; its log says more ({request_id})"
        response = error_response(500, message, code="internal_error")
        response.headers["x-request-id"] = request_id
        return response

    @app.exception_handler(ChatmillError)
    async def _ours(_request: Request, error: ChatmillError) -> JSONResponse:
        return chatmill_error_response(error)


def _param_of(places: Sequence[int | str]) -> str:
    """Return where in a request something is wrong, as OpenAI's `param` writes it.

    Pydantic also names the branch of a union (`int`, `constrained-str`, `literal['auto']`): those
    are no fields.
    """
    written = ""
    for part in places:
        if isinstance(part, int):
            written += f"[{part}]"
        elif part not in ("body", "query", "path") and part.isidentifier() and part not in TYPES:
            written += f".{part}" if written else part
    return written


def chatmill_error_response(error: ChatmillError) -> JSONResponse:
    """Return one of our own errors in OpenAI's shape."""
    status = 500
    if isinstance(error, SchemaError):
        return error_response(400, str(error), param="response_format", code="invalid_json_schema")
    if isinstance(error, (ModelFetchError, MissingExtraError)):
        status = 503
    elif isinstance(error, StorageError):
        status = 507
    return error_response(status, str(error), code=type(error).__name__)


def page_json(data: Sequence[Json], *, has_more: bool) -> Json:
    """Return OpenAI's list object."""
    return {
        "object": "list",
        "data": list(data),
        "has_more": has_more,
        "first_id": data[0]["id"] if data else None,
        "last_id": data[-1]["id"] if data else None,
    }


def file_json(file: StoredFile) -> Json:
    """Return OpenAI's file object."""
    return {
        "id": file.id,
        "object": "file",
        "bytes": file.bytes,
        "created_at": file.created_at,
        "filename": file.filename,
        "purpose": file.purpose,
        "status": "processed",
        "status_details": None,
        "expires_at": file.expires_at,
    }


def job_json(job: StoredJob) -> Json:
    """Return OpenAI's fine-tuning job object, and what only we know under `chatmill`."""
    error = None
    if job.error_code is not None:
        error = {"code": job.error_code, "message": job.error_message, "param": job.error_param}
    return {
        "id": job.id,
        "object": "fine_tuning.job",
        "created_at": job.created_at,
        "finished_at": job.finished_at,
        "estimated_finish": job.estimated_finish,
        "model": job.model,
        "fine_tuned_model": job.fine_tuned_model,
        "organization_id": "chatmill",
        "status": job.status,
        "error": error,
        "hyperparameters": job.hyperparameters,
        "method": {
            "type": job.method,
            job.method: {"hyperparameters": job.hyperparameters},
        },
        "result_files": [] if job.result_file is None else [job.result_file],
        "seed": job.seed,
        "trained_tokens": job.trained_tokens,
        "training_file": job.training_file,
        "validation_file": job.validation_file,
        "user_provided_suffix": job.suffix,
        "integrations": [],
        "metadata": None if job.metadata is None else dict(job.metadata),
        "chatmill": {
            "base_model": job.base_model,
            "adapter_sha256": job.adapter_sha256,
            "adapter_path": job.adapter_path,
        },
    }


def event_json(event: StoredEvent) -> Json:
    """Return OpenAI's event object."""
    return {
        "id": event.id,
        "object": "fine_tuning.job.event",
        "created_at": event.created_at,
        "level": event.level,
        "message": event.message,
        "type": event.type,
        "data": event.data or {},
    }


def checkpoint_json(checkpoint: StoredCheckpoint) -> Json:
    """Return OpenAI's checkpoint object."""
    return {
        "id": checkpoint.id,
        "object": "fine_tuning.job.checkpoint",
        "created_at": checkpoint.created_at,
        "fine_tuned_model_checkpoint": checkpoint.fine_tuned_model_checkpoint,
        "fine_tuning_job_id": checkpoint.job_id,
        "step_number": checkpoint.step_number,
        "metrics": checkpoint.metrics,
    }


def model_json(name: str, created_at: int) -> Json:
    """Return OpenAI's model object; nothing here is ever shut down."""
    return {
        "id": name,
        "object": "model",
        "created": created_at,
        "owned_by": "chatmill",
        "shutdown_date": None,
    }


def now() -> int:
    """Return the time as Unix seconds."""
    return int(time.time())
