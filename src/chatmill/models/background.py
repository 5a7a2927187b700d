"""An event loop in a thread of its own, so that callers stay synchronous, in a notebook too."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

CLEAN_UP_SECONDS = 5.0
"""Longest wait for a cancelled call to close its sockets."""


class BackgroundLoop:
    """Runs coroutines for synchronous callers; `close` cancels what is left."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="chatmill-models", daemon=True
        )
        self._thread.start()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Wait for a coroutine's result; an interrupt in the caller cancels it.

        Raises:
            KeyboardInterrupt: The person pressed Ctrl-C.
        """
        has_ended = threading.Event()

        async def report_end() -> T:
            try:
                return await coroutine
            finally:
                has_ended.set()

        future = asyncio.run_coroutine_threadsafe(report_end(), self._loop)
        try:
            return future.result()
        except KeyboardInterrupt:
            future.cancel()
            has_ended.wait(CLEAN_UP_SECONDS)
            raise

    @property
    def is_closed(self) -> bool:
        """Say whether nothing can run here any more."""
        return self._loop.is_closed()

    def close(self, goodbye: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Cancel what runs, let it clean up, say goodbye, and end the thread.

        Args:
            goodbye: Awaited last, such as the closing of sockets.
        """
        if self.is_closed:
            return
        asyncio.run_coroutine_threadsafe(_wind_up(goodbye), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


async def _wind_up(goodbye: Callable[[], Coroutine[Any, Any, None]]) -> None:
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await goodbye()
    await asyncio.get_running_loop().shutdown_asyncgens()
    await asyncio.get_running_loop().shutdown_default_executor()
