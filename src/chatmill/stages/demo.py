"""Demo: makes a project of the sample chats that ship with chatmill, or of a copy of them."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from chatmill.errors import ProjectExistsError, StorageError, UsageError
from chatmill.project import Project
from chatmill.settings import FILE_NAME

PACKAGE = Path(__file__).parent.parent
SAMPLE_NAME = "wiznet-support"
CHATS = "chats"
PARAPHRASES = "paraphrases.jsonl"
REVIEW = "review.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Sample chats and what was decided about them."""

    folder: Path

    @property
    def chats(self) -> Path:
        """Folder of exports."""
        return self.folder / CHATS

    @property
    def review(self) -> Path:
        """Recorded decisions, one JSON object a line."""
        return self.folder / REVIEW


def find_sample(folder: Path | None = None) -> Sample:
    """Return the sample that ships with chatmill, or a copy of it somewhere else.

    Args:
        folder: The copy; None for the one that ships.

    Raises:
        UsageError: The folder holds no sample.
    """
    shipped = (PACKAGE / "examples", PACKAGE.parent.parent / "examples")
    candidates = [folder] if folder else [place / SAMPLE_NAME for place in shipped]
    for candidate in candidates:
        if (candidate / CHATS).is_dir() and (candidate / FILE_NAME).is_file():
            return Sample(folder=candidate)
    raise UsageError(
        f"no sample with {CHATS}/ and {FILE_NAME}",
        where=", ".join(map(str, candidates)),
        fix="Install chatmill again, or name a copy of examples/wiznet-support",
    )


def open_demo(folder: Path, sample: Sample) -> Project:
    """Open the demo's project, making it where there is none; a begun demo goes on.

    Raises:
        ProjectExistsError: The folder is a project of somebody's own.
        StorageError: It cannot be written.
    """
    settings = sample.folder / FILE_NAME
    target = folder / FILE_NAME
    if target.exists() and target.read_bytes() != settings.read_bytes():
        raise ProjectExistsError(
            "is a project of its own, not the demo's",
            where=str(folder),
            fix="Name another folder: chatmill demo DIR",
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(sample.folder / PARAPHRASES, folder / PARAPHRASES)
        shutil.copyfile(settings, target)
    except OSError as error:
        raise StorageError(
            f"cannot be written: {error.strerror}",
            where=str(folder),
            fix="Name another folder: chatmill demo DIR",
        ) from error
    return Project.open(folder)
