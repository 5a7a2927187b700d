"""What an account at a server holds, every field as the server sends it: files, jobs, events."""

from collections.abc import Awaitable, Callable
from typing import Any

from pydantic import BaseModel, ConfigDict

from chatmill.models.connection import Connection, RawResponse

PAGE_SIZE = 100
Entry = dict[str, Any]
"""One object of the protocol, unknown fields kept."""


class EntriesBody(BaseModel):
    """One page of any listing."""

    model_config = ConfigDict(extra="ignore")

    data: list[Entry]
    has_more: bool = False


async def list_account_files(connection: Connection) -> list[Entry]:
    """List every file of the account, newest first."""
    return await _all_pages(connection, connection.sdk.files.with_raw_response.list)


async def list_account_jobs(connection: Connection) -> list[Entry]:
    """List every fine-tuning job of the account, newest first."""
    return await _all_pages(connection, connection.sdk.fine_tuning.jobs.with_raw_response.list)


async def list_job_events(connection: Connection, job_id: str) -> list[Entry]:
    """List every event of a job, newest first."""
    listing: Any = connection.sdk.fine_tuning.jobs.with_raw_response.list_events
    return await _all_pages(connection, lambda **at: listing(job_id, **at))


async def list_job_checkpoints(connection: Connection, job_id: str) -> list[Entry]:
    """List the checkpoints of a job that the server kept."""
    listing: Any = connection.sdk.fine_tuning.jobs.checkpoints.with_raw_response.list
    return await _all_pages(connection, lambda **at: listing(job_id, **at))


async def list_account_models(connection: Connection) -> list[Entry]:
    """List every model the account may use."""
    listing: Any = connection.sdk.models.with_raw_response.list
    return (await connection.call(listing, EntriesBody)).data


async def _all_pages(
    connection: Connection,
    listing: Callable[..., Awaitable[RawResponse]] | Any,  # noqa: ANN401 - an SDK method
) -> list[Entry]:
    """Read page after page; a server that gives the same page again ends the list."""
    entries: dict[str, Entry] = {}
    position: dict[str, str] = {}
    while True:
        page = await connection.call(
            lambda position=position: listing(limit=PAGE_SIZE, **position),  # type: ignore[misc] # bound now, called later
            EntriesBody,
        )
        n_before = len(entries)
        entries.update((str(each.get("id", n)), each) for n, each in enumerate(page.data, n_before))
        if not page.has_more or len(entries) == n_before:
            return list(entries.values())
        position = {"after": str(page.data[-1].get("id", ""))}
