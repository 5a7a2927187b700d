"""Work: what runs in a project, whoever started it, and stages started from the page."""

from chatmill.stages.work.menu import OPTIONS_OF, STARTED_STAGES, StageWish, arguments_of
from chatmill.stages.work.notices import Announcer, Notice, read_notices
from chatmill.stages.work.runs import LogPart, StageRun, StageRunner

__all__ = [
    "OPTIONS_OF",
    "STARTED_STAGES",
    "Announcer",
    "LogPart",
    "Notice",
    "StageRun",
    "StageRunner",
    "StageWish",
    "arguments_of",
    "read_notices",
]
