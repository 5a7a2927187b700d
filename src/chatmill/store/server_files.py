"""The server's files: uploads and job results."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from chatmill.store.database import Database
from chatmill.store.server_pages import Page, read_page
from chatmill.store.server_tables import files


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """An uploaded file or a job's result; its content lies in the home's files folder."""

    id: str
    filename: str
    purpose: str
    bytes: int
    sha256: str
    created_at: int
    """Unix seconds."""
    expires_at: int | None = None
    """Unix seconds; None stays until it is deleted."""


def add_file(database: Database, file: StoredFile) -> None:
    """Record a file whose content is on disk already."""
    with database.write() as connection:
        connection.execute(
            sa.insert(files).values(
                id=file.id,
                filename=file.filename,
                purpose=file.purpose,
                bytes=file.bytes,
                sha256=file.sha256,
                created_at=file.created_at,
                expires_at=file.expires_at,
            )
        )


def find_file(database: Database, file_id: str) -> StoredFile | None:
    """Return one file, or None."""
    with database.read() as connection:
        row = connection.execute(sa.select(files).where(files.c.id == file_id)).one_or_none()
    return None if row is None else _file(row)


def list_files(
    database: Database, page: Page, *, purpose: str | None = None
) -> tuple[list[StoredFile], bool]:
    """Return files newest first, and whether more follow."""
    query = sa.select(files)
    if purpose is not None:
        query = query.where(files.c.purpose == purpose)
    with database.read() as connection:
        rows, has_more = read_page(connection, query, files, page)
    return [_file(row) for row in rows], has_more


def delete_file(database: Database, file_id: str) -> bool:
    """Forget a file; its content is the caller's to remove.

    Returns:
        Whether there was such a file.
    """
    with database.write() as connection:
        return connection.execute(sa.delete(files).where(files.c.id == file_id)).rowcount > 0


def expired_files(database: Database, now: int) -> list[str]:
    """Return the ids of files whose time is over (`now` in Unix seconds)."""
    with database.read() as connection:
        return list(connection.scalars(sa.select(files.c.id).where(files.c.expires_at <= now)))


def _file(row: sa.Row[Any]) -> StoredFile:
    return StoredFile(
        id=row.id,
        filename=row.filename,
        purpose=row.purpose,
        bytes=row.bytes,
        sha256=row.sha256,
        created_at=row.created_at,
        expires_at=row.expires_at,
    )
