"""Import: reads chat exports and appends the messages the project does not have yet."""

from chatmill.stages.import_.reports import FileListener, FileReport, ImportSummary
from chatmill.stages.import_.run import import_files
from chatmill.stages.import_.wishes import silent_agents, use_wishes

__all__ = [
    "FileListener",
    "FileReport",
    "ImportSummary",
    "import_files",
    "silent_agents",
    "use_wishes",
]
