"""Versions: what dataset versions hold, and example by example how two of them differ."""

from collections import Counter, OrderedDict
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Literal

from chatmill.errors import DatasetError, UsageError
from chatmill.project import Project
from chatmill.records import DatasetVersion, Split
from chatmill.store.datasets import (
    MANIFEST_NAME,
    SPLITS,
    DatasetRow,
    QuestionAnswer,
    get_dataset,
    list_datasets,
    read_manifest,
    read_rows,
)

CARD_NAME = "README.md"
MOST_COMPARED = 200_000
"""Lines of a version up to which the page compares it; it is read into memory whole."""
DIFFS_IN_MEMORY = 2
FILE_NAMES = (*(f"{split}.jsonl" for split in SPLITS), MANIFEST_NAME, CARD_NAME)
"""What a version's folder holds, and what may be downloaded."""
Kind = Literal["added", "removed", "changed"]
KINDS: tuple[Kind, ...] = ("added", "removed", "changed")


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionFile:
    """One file of a version."""

    name: str
    n_bytes: int
    n_lines: int | None
    """None where it holds no examples."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionAbout:
    """What a version says of itself."""

    version: DatasetVersion
    files: tuple[VersionFile, ...]
    languages: dict[str, int]
    """Language → lines, paraphrases left out."""
    masked: dict[str, int]
    """Kind of personal data → places that placeholders stand for."""
    card: str
    """README.md, in Markdown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleWords:
    """An example as it stands in a version."""

    split: Split
    system: str
    turns: tuple[QuestionAnswer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedExample:
    """One example two versions differ in."""

    example_id: str
    kind: Kind
    before: ExampleWords | None
    """None where it was added."""
    after: ExampleWords | None
    """None where it was removed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionDiff:
    """Everything two versions differ in."""

    earlier: str
    later: str
    n_same: int
    changes: tuple[ChangedExample, ...]
    """Added first, then removed, then changed; each in the order of its version."""

    def of(self, kind: Kind | None) -> tuple[ChangedExample, ...]:
        """Return the changes of one kind, or all."""
        return tuple(each for each in self.changes if kind is None or each.kind == kind)


class VersionReader:
    """Reads dataset versions for the pages; keeps the last comparisons. Safe to use from threads.

    Args:
        project: Whose versions.
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        self._lock = Lock()
        self._diffs: OrderedDict[tuple[str, str], VersionDiff] = OrderedDict()

    def versions(self) -> list[DatasetVersion]:
        """List the versions, newest first."""
        return list_datasets(self._project.database)[::-1]

    def about(self, name: str) -> VersionAbout:
        """Return what a version says of itself.

        Raises:
            DatasetError: There is no such version, or its folder is damaged.
        """
        version = get_dataset(self._project.database, name)
        folder = self._project.folder / version.folder
        manifest = read_manifest(folder)
        files = []
        for file_name in FILE_NAMES:
            path = folder / file_name
            if path.is_file():
                lines = manifest["files"].get(file_name, {}).get("lines")
                files.append(
                    VersionFile(name=file_name, n_bytes=path.stat().st_size, n_lines=lines)
                )
        languages = Counter(
            entry["language"] for entry in manifest["examples"] if entry["split"] != "paraphrase"
        )
        return VersionAbout(
            version=version,
            files=tuple(files),
            languages=dict(languages.most_common()),
            masked=dict(manifest.get("masked", {}).get("counts", {})),
            card=_text(folder / CARD_NAME),
        )

    def file(self, name: str, file_name: str) -> Path:
        """Return where a file of a version lies; its text is masked as it was built.

        Raises:
            DatasetError: There is no such version.
            UsageError: It has no such file.
        """
        version = get_dataset(self._project.database, name)
        path = self._project.folder / version.folder / file_name
        if file_name not in FILE_NAMES or not path.is_file():
            raise UsageError(f"{name} has no file {file_name}")
        return path

    def diff(self, earlier: str, later: str) -> VersionDiff:
        """Compare two versions example by example.

        Raises:
            DatasetError: One of them does not exist or is damaged.
            UsageError: One holds more lines than the page compares.
        """
        versions = [get_dataset(self._project.database, name) for name in (earlier, later)]
        key = (versions[0].fingerprint, versions[1].fingerprint)
        with self._lock:
            found = self._diffs.get(key)
            if found is None:
                before, after = (self._words(each) for each in versions)
                found = _compared(earlier, later, before, after)
                self._diffs[key] = found
            self._diffs.move_to_end(key)
            while len(self._diffs) > DIFFS_IN_MEMORY:
                self._diffs.popitem(last=False)
        return found

    def _words(self, version: DatasetVersion) -> dict[str, ExampleWords]:
        n_lines = sum(version.n_examples.values())
        if n_lines > MOST_COMPARED:
            raise UsageError(
                f"{version.name} holds {n_lines} lines, the page compares up to {MOST_COMPARED}",
                fix=f"On the command line: chatmill build --diff {version.name} …",
            )
        rows = read_rows(self._project.folder / version.folder)
        return {row.example_id: _words_of(row) for row in rows if row.split != "paraphrase"}


def _words_of(row: DatasetRow) -> ExampleWords:
    return ExampleWords(split=row.split, system=row.system, turns=row.turns)


def _compared(
    earlier: str, later: str, before: dict[str, ExampleWords], after: dict[str, ExampleWords]
) -> VersionDiff:
    added = [
        ChangedExample(example_id=key, kind="added", before=None, after=words)
        for key, words in after.items()
        if key not in before
    ]
    removed = [
        ChangedExample(example_id=key, kind="removed", before=words, after=None)
        for key, words in before.items()
        if key not in after
    ]
    changed = [
        ChangedExample(example_id=key, kind="changed", before=words, after=after[key])
        for key, words in before.items()
        if key in after and words != after[key]
    ]
    return VersionDiff(
        earlier=earlier,
        later=later,
        n_same=len(after) - len(added) - len(changed),
        changes=(*added, *removed, *changed),
    )


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise DatasetError(
            f"cannot be read: {error.strerror}", where=str(path), fix="Build again: chatmill build"
        ) from error
