"""Stores what a run pays for, as many replies at a time as have arrived."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

from chatmill.store.calls import FailedCall, PaidReply, Settlement, settle
from chatmill.store.database import Database

SYNC_SECONDS = 1.0
"""A power cut loses no more than the replies of this time; the end of a run waits for the disk."""


class Keeper:
    """Writes for one run; lives on one event loop.

    Args:
        database: The project's; nothing is stored where None.
        owner: Of the claims that end with each reply.
        replaced_before: Unix seconds; stored replies older than this give way.
        is_limited: The claims reserve money.
    """

    def __init__(
        self, database: Database | None, owner: str, *, replaced_before: float, is_limited: bool
    ) -> None:
        self._database = database
        self._owner = owner
        self._replaced_before = replaced_before
        self._is_limited = is_limited
        self._paid: list[PaidReply] = []
        self._failed: list[FailedCall] = []
        self._wasted: list[PaidReply] = []
        self._stored: asyncio.Future[None] | None = None
        self._writing: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="chatmill-replies")
        self._settled_at = self._synced_at = time.monotonic()

    async def keep(self, paid: PaidReply) -> None:
        """Store a reply; returns when no death of this process can lose it.

        Raises:
            StorageError: It cannot be stored.
        """
        self._paid.append(paid)
        await self._flush()

    async def note_failure(self, failed: FailedCall) -> None:
        """Store why a request has no answer."""
        self._failed.append(failed)
        await self._flush()

    def note_waste(self, wasted: PaidReply) -> None:
        """Count an answer that was paid for and cannot be used, with the next that is stored."""
        self._wasted.append(wasted)

    async def close(self) -> None:
        """Store what is left and end the thread."""
        try:
            if self._paid or self._failed or self._wasted:
                await self._flush()
        finally:
            self._thread.shutdown(wait=False)

    async def _flush(self) -> None:
        if self._database is None:
            return
        if self._stored is None:
            self._stored = asyncio.get_running_loop().create_future()
        stored = self._stored
        if self._writing is None:
            self._writing = asyncio.create_task(self._write(self._database))
        await asyncio.shield(stored)

    async def _write(self, database: Database) -> None:
        """Write batch after batch until nothing waits.

        Into SQLite without waiting for the disk takes less than handing it to a thread, and every
        call that just ended holds its slot until then.
        """
        is_local = database.url.startswith("sqlite")
        loop = asyncio.get_running_loop()
        while (stored := self._stored) is not None:
            self._stored = None
            batch = self._take_batch()
            try:
                if batch.is_synced or not is_local:
                    await loop.run_in_executor(self._thread, settle, database, batch)
                else:
                    settle(database, batch)
            except Exception as error:  # noqa: BLE001 - whoever waits for the batch raises it
                stored.set_exception(error)
            else:
                stored.set_result(None)
        self._writing = None

    def _take_batch(self) -> Settlement:
        now = time.monotonic()
        batch = Settlement(
            owner=self._owner,
            paid=tuple(self._paid),
            failed=tuple(self._failed),
            wasted=tuple(self._wasted),
            busy_seconds=now - self._settled_at,
            is_limited=self._is_limited,
            is_synced=self._is_limited or now - self._synced_at >= SYNC_SECONDS,
            replaced_before=self._replaced_before,
        )
        self._settled_at = now
        if batch.is_synced:
            self._synced_at = now
        self._paid.clear()
        self._failed.clear()
        self._wasted.clear()
        return batch
