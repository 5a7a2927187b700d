"""What the pages about the project's work share between requests: readers that remember."""

import time
from dataclasses import dataclass, field
from threading import Lock
from typing import Annotated, cast

from fastapi import Depends, Request

from chatmill.errors import UsageError
from chatmill.project import Project
from chatmill.stages.evaluate import EvaluationReader, NeighbourFinder, Round
from chatmill.stages.masking import masker_of
from chatmill.stages.overview import Overview, project_overview
from chatmill.stages.review import ConversationReader
from chatmill.stages.status import ProjectStatus, project_status
from chatmill.stages.versions import VersionReader
from chatmill.stages.work import Notice, StageRun, StageRunner, read_notices

COUNTS_SECONDS = 3.0
"""So long the same counts are handed out again; counting a million examples takes its time."""
BOARD_SECONDS = 0.4
"""So long the same answer to "what runs?" is handed out again, however many pages ask."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Where the project stands, at one moment."""

    overview: Overview
    status: ProjectStatus
    rounds: tuple[Round, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """What runs, at one moment."""

    notices: tuple[Notice, ...]
    runs: tuple[StageRun, ...]


@dataclass(slots=True, kw_only=True)
class WorkRoom:
    """Readers of one project; safe to use from several threads."""

    project: Project
    conversations: ConversationReader
    runner: StageRunner
    evaluations: EvaluationReader
    neighbours: NeighbourFinder
    versions: VersionReader
    _lock: Lock = field(default_factory=Lock)
    _counts: dict[bool, tuple[float, Counts]] = field(default_factory=dict)
    _board: tuple[float, Board] | None = None

    @classmethod
    def at(cls, project: Project, conversations: ConversationReader) -> "WorkRoom":
        """Set up the room of a project."""
        return cls(
            project=project,
            conversations=conversations,
            runner=StageRunner(project),
            evaluations=EvaluationReader(project),
            neighbours=NeighbourFinder(project),
            versions=VersionReader(project),
        )

    def counts(self, *, sees_original: bool) -> Counts:
        """Count the project, not more often than every few seconds.

        Args:
            sees_original: Whether names of rooms are shown as they are.
        """
        with self._lock:
            made = self._counts.get(sees_original)
            if made is not None and time.monotonic() - made[0] < COUNTS_SECONDS:
                return made[1]
            found = self._counted(sees_original=sees_original)
            self._counts[sees_original] = (time.monotonic(), found)
        return found

    def look_anew(self) -> None:
        """Count and look anew the next time: something was just changed."""
        with self._lock:
            self._counts.clear()
            self._board = None

    def board(self) -> Board:
        """Tell what runs."""
        made = self._board
        if made is None or time.monotonic() - made[0] >= BOARD_SECONDS:
            board = Board(
                notices=tuple(read_notices(self.project.folder)),
                runs=tuple(self.runner.list_runs()),
            )
            made = (time.monotonic(), board)
            self._board = made
        return made[1]

    def _counted(self, *, sees_original: bool) -> Counts:
        rounds = tuple(self.evaluations.rounds())
        newest = rounds[-1].evaluation if rounds else None
        lost = self.evaluations.scores(newest).not_followed() if newest else []

        def title_of(conversation_id: str) -> str:
            try:
                conversation = self.conversations.get(conversation_id)
            except UsageError:  # forgotten since
                return conversation_id
            title = conversation.title or conversation.id
            if sees_original:
                return title
            return str(masker_of(conversation, self.project.settings).mask(title).text)

        return Counts(
            overview=project_overview(self.project, title_of=title_of, not_followed=lost),
            status=project_status(self.project),
            rounds=rounds,
        )


def _room(request: Request) -> WorkRoom:
    return cast("WorkRoom", request.app.state.work_room)


RoomHere = Annotated[WorkRoom, Depends(_room)]
