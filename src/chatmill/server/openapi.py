"""The OpenAPI document of the server: what FastAPI knows, with the key and OpenAI's errors."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from chatmill.server.front import OPEN
from chatmill.server.wire import Json

_NULLABLE = {"anyOf": [{"type": "string"}, {"type": "null"}]}
ERROR: Json = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["message", "type", "param", "code"],
            "properties": {
                "message": {"type": "string"},
                "type": {"type": "string"},
                "param": _NULLABLE,
                "code": _NULLABLE,
            },
        }
    },
}
"""What every answer that is no success looks like."""
ANSWERS = {
    ("/v1/models", "get"): ("Model", True),
    ("/v1/models/{name}", "get"): ("Model", False),
    ("/v1/models/{name}", "delete"): ("ModelDeleted", False),
    ("/v1/chat/completions", "post"): ("ChatCompletion", False),
    ("/v1/embeddings", "post"): ("CreateEmbeddingResponse", False),
    ("/v1/files", "post"): ("FileObject", False),
    ("/v1/files", "get"): ("FileObject", True),
    ("/v1/files/{file_id}", "get"): ("FileObject", False),
    ("/v1/files/{file_id}", "delete"): ("FileDeleted", False),
    ("/v1/fine_tuning/jobs", "post"): ("FineTuningJob", False),
    ("/v1/fine_tuning/jobs", "get"): ("FineTuningJob", True),
    ("/v1/fine_tuning/jobs/{job_id}", "get"): ("FineTuningJob", False),
    ("/v1/fine_tuning/jobs/{job_id}/cancel", "post"): ("FineTuningJob", False),
    ("/v1/fine_tuning/jobs/{job_id}/pause", "post"): ("FineTuningJob", False),
    ("/v1/fine_tuning/jobs/{job_id}/resume", "post"): ("FineTuningJob", False),
    ("/v1/fine_tuning/jobs/{job_id}/events", "get"): ("FineTuningJobEvent", True),
    ("/v1/fine_tuning/jobs/{job_id}/checkpoints", "get"): ("FineTuningJobCheckpoint", True),
}
"""Method and address → the official SDK's type of the answer, and whether it is a list of them."""


def describe(app: FastAPI) -> None:
    """Let the app answer `/openapi.json` with the whole truth."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign] # FastAPI documents this as the way


def _document(app: FastAPI) -> Json:
    document = get_openapi(
        title=app.title,
        version=app.version,
        routes=app.routes,
        summary="OpenAI's files, fine-tuning, chat and embeddings for open models of one machine",
    )
    components = document.setdefault("components", {})
    components["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    schemas = components.setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["ErrorAnswer"] = ERROR
    failed = {"$ref": "#/components/schemas/ErrorAnswer"}
    schemas.update(_sdk_schemas())
    for path, verbs in document["paths"].items():
        for verb, call in verbs.items():
            if (path, verb) in ANSWERS:
                answer = {"application/json": {"schema": _answer_schema(path, verb)}}
                call["responses"]["200"]["content"] = answer
            call["responses"].pop("422", None)
            call["responses"]["default"] = {
                "description": "OpenAI's error object",
                "content": {"application/json": {"schema": failed}},
            }
            call["security"] = [] if path in OPEN else [{"key": []}]
    return document


def _answer_schema(path: str, verb: str) -> Json:
    """Return the schema of a successful answer."""
    name, is_list = ANSWERS[path, verb]
    one = {"$ref": f"#/components/schemas/{name}"}
    if not is_list:
        return one
    properties = {
        "object": {"const": "list"},
        "data": {"type": "array", "items": one},
        "has_more": {"type": "boolean"},
    }
    return {"type": "object", "required": ["object", "data"], "properties": properties}


def _sdk_schemas() -> Json:
    """Return the schemas of the official SDK's types, with what they do not know of."""
    from openai import types
    from openai.types import chat, fine_tuning
    from openai.types.fine_tuning.jobs import FineTuningJobCheckpoint
    from pydantic.json_schema import models_json_schema

    kinds: list[Any] = [
        types.Model,
        types.ModelDeleted,
        types.FileObject,
        types.FileDeleted,
        types.CreateEmbeddingResponse,
        chat.ChatCompletion,
        fine_tuning.FineTuningJob,
        fine_tuning.FineTuningJobEvent,
        FineTuningJobCheckpoint,
    ]
    _, made = models_json_schema(
        [(kind, "serialization") for kind in kinds],
        ref_template="#/components/schemas/{model}",
    )
    schemas: Json = made["$defs"]
    schemas["FineTuningJob"]["properties"]["status"]["enum"].append("paused")
    schemas["FileObject"]["properties"]["purpose"]["enum"].append("evals")
    return schemas
