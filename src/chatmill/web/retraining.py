"""Lets triage learn anew while people review: as a process of its own, now and then."""

import time
from threading import Lock, Timer

from chatmill.errors import ProjectBusyError, StorageError
from chatmill.project import Project
from chatmill.stages.work import StageRunner, StageWish

SECONDS_LATER = 60.0
"""After a decision; many decisions in that time are one."""
SECONDS_BETWEEN = 300.0
"""From one start to the next, at least."""
MOST_NEW = 20_000
"""Examples that are embedded anew in one go, so that it never runs for hours by itself."""
STARTED_BY = "triage"


class Retraining:
    """Waits for decisions; safe to use from several threads.

    Args:
        project: Whose decisions.
        seconds_later: How long it waits after one.
    """

    def __init__(self, project: Project, *, seconds_later: float = SECONDS_LATER) -> None:
        self._project = project
        self._runner = StageRunner(project)
        self._seconds_later = seconds_later
        self._lock = Lock()
        self._is_set = False
        self._started_at = float("-inf")

    def soon(self) -> None:
        """Say that somebody decided; whether that is enough is looked at later."""
        if not self._project.settings.review.triage_every:
            return
        with self._lock:
            if self._is_set or time.monotonic() - self._started_at < SECONDS_BETWEEN:
                return
            self._is_set = True
        timer = Timer(self._seconds_later, self._look)
        timer.daemon = True
        timer.start()

    def _look(self) -> None:
        from chatmill.stages.review.triage import is_training_due

        with self._lock:
            self._is_set = False
        try:
            if is_training_due(self._project):
                wish = StageWish(stage="triage", limit=MOST_NEW)
                self._runner.start(wish, started_by=STARTED_BY)
                with self._lock:
                    self._started_at = time.monotonic()
        except (ProjectBusyError, StorageError):
            return  # something else runs, or the disk is full: the next decision asks again
