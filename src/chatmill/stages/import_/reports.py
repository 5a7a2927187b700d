"""What an import tells of the files it read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from chatmill.frames import Overview
from chatmill.records import Rejection
from chatmill.store.speaker_names import SameSpeaker


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReport:
    """What became of one file, archive, or folder of files that belong together."""

    name: str
    """As the person gave it."""
    format: str = ""
    """Name of the importer; several of an archive, with commas; empty where none read it."""
    encoding: str = ""
    n_conversations: int = 0
    n_messages: int = 0
    """Messages in the file."""
    n_new: int = 0
    """Messages the project did not have."""
    n_rejected: int = 0
    n_forgotten: int = 0
    """Messages that were forgotten earlier (`chatmill forget`) and are left out."""
    same_speakers: tuple[SameSpeaker, ...] = ()
    """Names this file showed to be one person's."""
    is_unchanged: bool = False
    """The very same bytes were imported before and were not read again."""
    reasons: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """Why something was left out → how often; empty for an unchanged file."""
    rejections: tuple[Rejection, ...] = ()
    """The first of what could not be used; `chatmill rejections` has all."""
    overview: Overview | None = None
    """What is in it; only in a dry run."""
    error: str = ""
    """Why the file, or the rest of it, could not be read, in one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportSummary:
    """What became of all files."""

    files: tuple[FileReport, ...]

    @property
    def n_new(self) -> int:
        """Messages the project did not have."""
        return sum(file.n_new for file in self.files)

    @property
    def n_rejected(self) -> int:
        """Lines and messages that could not be used."""
        return sum(file.n_rejected for file in self.files)


FileListener = Callable[[FileReport], None]
