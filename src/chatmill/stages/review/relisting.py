"""Brings what examples are found by up to date a moment after decisions, many at once.

One decision after the other costs ten times as much, in the time a reviewer waits for.
"""

from threading import Lock, Timer

from chatmill.errors import StorageError
from chatmill.project import Project

SECONDS_LATER = 0.5


class Relisting:
    """Waits for decisions; safe to use from several threads.

    Args:
        project: Whose examples.
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        self._lock = Lock()
        self._is_due = False

    def soon(self) -> None:
        """Say that somebody decided; the work is done in a thread of its own, once for many."""
        with self._lock:
            if self._is_due:
                return
            self._is_due = True
        timer = Timer(SECONDS_LATER, self._catch_up)
        timer.daemon = True
        timer.start()

    def _catch_up(self) -> None:
        with self._lock:
            self._is_due = False
        try:
            self._project.database.catch_up()
        except StorageError:
            return  # the next list to be read tries again, and says it
