"""`/v1/files`: uploads and job results."""

import hashlib
import os
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Query, Request, UploadFile
from fastapi.responses import FileResponse
from starlette.concurrency import run_in_threadpool

from chatmill.errors import StorageError
from chatmill.server.routes_models import state_of
from chatmill.server.wire import ApiError, Json, file_json, not_found, now, page_json
from chatmill.store import server_files
from chatmill.store.server_pages import Page, new_id

MAX_FILE_BYTES = 512 * 1024 * 1024
BLOCK_BYTES = 1 << 20
LIFETIMES = (3600, 2_592_000)
"""Shortest and longest time after which an upload may go by itself, in seconds."""
PURPOSES = ("fine-tune", "user_data", "evals")
router = APIRouter()


@router.post("/v1/files")
async def upload_file(
    request: Request,
    file: UploadFile,
    purpose: Annotated[str, Form()],
    expires_anchor: Annotated[str | None, Form(alias="expires_after[anchor]")] = None,
    expires_seconds: Annotated[int | None, Form(alias="expires_after[seconds]")] = None,
) -> Json:
    """Store an upload; it is on disk and recorded before the answer goes out."""
    if purpose not in PURPOSES:
        raise ApiError(
            400,
            f"'{purpose}' is not one of {', '.join(PURPOSES)} - 'purpose'",
            param="purpose",
            code="invalid_value",
        )
    lifetime = _lifetime(expires_anchor, expires_seconds)
    filename = Path(file.filename or "file").name
    if purpose == "fine-tune" and not filename.lower().endswith(".jsonl"):
        raise ApiError(
            400,
            f"Invalid file format for Fine-Tuning API. Must be .jsonl, but it is {filename}",
            param="file",
        )
    state = state_of(request)
    file_id = new_id("file")

    def keep() -> server_files.StoredFile:
        n_bytes, sha256 = _write(file, state.home.file_content(file_id))
        created_at = now()
        stored = server_files.StoredFile(
            id=file_id,
            filename=filename,
            purpose=purpose,
            bytes=n_bytes,
            sha256=sha256,
            created_at=created_at,
            expires_at=None if lifetime is None else created_at + lifetime,
        )
        server_files.add_file(state.database, stored)
        return stored

    return file_json(await run_in_threadpool(keep))


def _lifetime(anchor: str | None, seconds: int | None) -> int | None:
    """Return after how many seconds a file goes; None where it stays."""
    if anchor is None and seconds is None:
        return None
    if anchor != "created_at":
        raise ApiError(
            400,
            "expires_after.anchor must be created_at",
            param="expires_after.anchor",
            code="invalid_value",
        )
    shortest, longest = LIFETIMES
    if seconds is None or not shortest <= seconds <= longest:
        raise ApiError(
            400,
            f"expires_after.seconds is {shortest} (an hour) to {longest} (30 days)",
            param="expires_after.seconds",
            code="invalid_value",
        )
    return seconds


@router.get("/v1/files")
def list_files(
    request: Request,
    purpose: str | None = None,
    after: str | None = None,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 10_000,
    order: Literal["asc", "desc"] = "desc",
) -> Json:
    """List files, newest first unless told otherwise."""
    page = Page(after=after, limit=limit, is_oldest_first=order == "asc")
    files, has_more = server_files.list_files(state_of(request).database, page, purpose=purpose)
    return page_json([file_json(each) for each in files], has_more=has_more)


@router.get("/v1/files/{file_id}")
def get_file(request: Request, file_id: str) -> Json:
    """Return one file's record."""
    return file_json(_find(request, file_id))


@router.get("/v1/files/{file_id}/content")
def get_content(request: Request, file_id: str) -> FileResponse:
    """Return a file's bytes as they were uploaded."""
    file = _find(request, file_id)
    path = state_of(request).home.file_content(file.id)
    return FileResponse(path, media_type="application/octet-stream", filename=file.filename)


@router.delete("/v1/files/{file_id}")
def delete_file(request: Request, file_id: str) -> Json:
    """Delete a file; jobs that use it have their own copy."""
    state = state_of(request)
    file = _find(request, file_id)
    server_files.delete_file(state.database, file.id)
    state.home.file_content(file.id).unlink(missing_ok=True)
    return {"id": file.id, "object": "file", "deleted": True}


def _find(request: Request, file_id: str) -> server_files.StoredFile:
    file = server_files.find_file(state_of(request).database, file_id)
    if file is None or (file.expires_at is not None and file.expires_at <= now()):
        raise not_found("File object", file_id)
    return file


def _write(upload: UploadFile, target: Path) -> tuple[int, str]:
    """Copy an upload to disk, whole or not at all; returns its size and SHA-256."""
    fresh = target.with_name(f".{target.name}")
    digest = hashlib.sha256()
    n_bytes = 0
    try:
        with fresh.open("wb") as sink:
            while block := upload.file.read(BLOCK_BYTES):
                n_bytes += len(block)
                if n_bytes > MAX_FILE_BYTES:
                    raise ApiError(
                        413, f"The file is larger than {MAX_FILE_BYTES} bytes", param="file"
                    )
                digest.update(block)
                sink.write(block)
            sink.flush()
            os.fsync(sink.fileno())
        fresh.replace(target)
        if not n_bytes:
            target.unlink()
            raise ApiError(400, "The file is empty", param="file", code="empty_file")
    except OSError as error:
        raise StorageError(
            f"the upload cannot be stored: {error.strerror}",
            where=str(target.parent),
            fix="Free some disk space and upload again",
        ) from error
    finally:
        fresh.unlink(missing_ok=True)
    return n_bytes, digest.hexdigest()
