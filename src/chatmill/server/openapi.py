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
    schemas["Error"] = ERROR
    failed = {"$ref": "#/components/schemas/Error"}
    for path, verbs in document["paths"].items():
        for call in verbs.values():
            call["responses"].pop("422", None)
            call["responses"]["default"] = {
                "description": "OpenAI's error object",
                "content": {"application/json": {"schema": failed}},
            }
            call["security"] = [] if path in OPEN else [{"key": []}]
    return document
