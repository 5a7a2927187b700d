"""Import: reads chat exports and appends the messages the project does not have yet."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from chatmill.errors import InputError, UnreadableFileError, UsageError
from chatmill.importers import detect_importer, load_importer
from chatmill.importers.base import ExportFile, Importer, Room
from chatmill.importers.decoding import ends_inside_line, file_sha256, look_at, open_text, printable
from chatmill.importers.sources import LocalFile
from chatmill.models.progress import Progress, no_progress
from chatmill.project import Project
from chatmill.records import Conversation, Message, Rejection
from chatmill.store.sources import SourceRecord, find_source, record_source

if TYPE_CHECKING:
    from chatmill.frames import PartSummary, Row

STAGE = "import"
PART_NAME_CHARACTERS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReport:
    """What became of one file."""

    name: str
    """As the person gave it."""
    format: str
    """Name of the importer."""
    encoding: str
    n_conversations: int
    n_messages: int
    """Messages in the file."""
    n_new: int
    """Messages the project did not have."""
    n_rejected: int
    is_unchanged: bool = False
    """The very same file was imported before and was not read again."""
    rejections: tuple[Rejection, ...] = ()
    """What could not be used; empty for an unchanged file."""


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


def import_files(  # noqa: PLR0913 - what the command line offers
    project: Project,
    paths: Sequence[Path],
    *,
    format: str | None = None,  # noqa: A002 - the word people use for it
    dry_run: bool = False,
    progress: Progress | None = None,
    on_file: FileListener = lambda _report: None,
) -> ImportSummary:
    """Read files and folders into the project.

    Importing a file again, or a grown export of the same room, adds only what is new. Killed at
    any point and called again, it finishes what is missing and duplicates nothing.

    Args:
        project: An open project.
        paths: Files, and folders to walk (hidden files are passed over).
        format: Name of an importer; told by the content when None.
        dry_run: Read and count, write nothing.
        progress: Told how far it is.
        on_file: Told about each file once it is done.

    Raises:
        InputError: Files could not be read, or ended in the middle; all others are imported.
        UsageError: There is no such importer, or no file.
        StorageError: The project cannot be written.
        ProjectBusyError: Another stage is running.
    """
    importer = load_importer(format) if format else None
    sources = _find_sources(paths)
    report = progress or no_progress
    reports: list[FileReport] = []
    problems: list[InputError] = []
    for done, source in enumerate(sources):
        report("importing", done, len(sources))
        try:
            file_report = _import_one(project, source, importer, dry_run=dry_run)
        except InputError as error:
            problems.append(error)
            continue
        reports.append(file_report)
        on_file(file_report)
        problems.extend(_problems_of(source, file_report))
    report("importing", len(sources), len(sources))
    if problems:
        raise _all_problems(problems, len(sources))
    return ImportSummary(files=tuple(reports))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """One file to import."""

    path: Path
    name: str
    """As the person gave it, or as found below a folder they gave."""
    place: str
    """The name without the folders above what was given; the same on every machine."""
    room_key: str
    """Name of the file; with its folder where two files of this import share a name."""


def _find_sources(paths: Sequence[Path]) -> list[_Source]:
    found: dict[str, tuple[Path, str]] = {}
    for path in paths:
        if path.is_dir():
            for each in sorted(path.rglob("*")):
                inside = each.relative_to(path)
                if each.is_file() and not any(part.startswith(".") for part in inside.parts):
                    found.setdefault(str(each), (each, inside.as_posix()))
        else:
            found.setdefault(str(path), (path, path.name))
    if not found:
        raise UsageError(
            "no files to import", where=", ".join(map(str, paths)), fix="Name chat exports"
        )
    names = Counter(path.name for path, _ in found.values())
    return [
        _Source(
            path=path,
            name=name,
            place=place,
            room_key=path.name
            if names[path.name] == 1
            else f"{path.absolute().parent.name}/{path.name}",
        )
        for name, (path, place) in found.items()
    ]


def _import_one(
    project: Project, source: _Source, importer: Importer | None, *, dry_run: bool
) -> FileReport:
    checksum = file_sha256(LocalFile(source.path), source.name)
    if not dry_run:
        before = find_source(project.database, source.name, checksum)
        if before is not None and _is_done(before, source.path, importer):
            return _unchanged(before)
    file = look_at(
        LocalFile(source.path),
        source.name,
        room_key=source.room_key,
        settings=project.settings.import_,
    )
    chosen = importer or detect_importer(file)
    stream = _Stream(file, source, chosen)
    batch = project.settings.import_.batch_messages
    if dry_run:
        summary = project.conversations.count_new(stream, batch_messages=batch)
        return _report(file, chosen, summary, stream)
    with project.lock(STAGE):
        summary = project.conversations.write_part(
            _part_name(source, checksum), stream, batch_messages=batch
        )
        report = _report(file, chosen, summary, stream)
        record_source(project.database, _record(report, checksum), stream.rejections)
    return report


class _Stream:
    """The messages of a file with their conversations; what cannot be used is put aside."""

    def __init__(self, file: ExportFile, source: _Source, importer: Importer) -> None:
        self._file = file
        self._source = source
        self._importer = importer
        self.rejections: list[Rejection] = []

    def __iter__(self) -> Iterator["Row"]:
        header = self._header(Room(key=self._source.room_key, title=self._source.room_key))
        for item in self._importer.read(self._file):
            if isinstance(item, Message):
                yield header, item
            elif isinstance(item, Rejection):
                self.rejections.append(item)
            else:
                header = self._header(item)

    def _header(self, room: Room) -> Conversation:
        key = printable(room.key)
        return Conversation(
            id=key if room.native_id else f"{self._importer.name}:{key}",
            source=self._source.place,
            platform=self._importer.name,
            title=printable(room.title),
            language=printable(room.language),
        )


def _is_done(before: SourceRecord, path: Path, importer: Importer | None) -> bool:
    """Say whether this very file was read whole; one that failed is read, and fails, again."""
    return (
        before.n_messages > 0
        and (importer is None or importer.name == before.importer)
        and not (before.n_rejected and ends_inside_line(LocalFile(path), str(path)))
    )


def _problems_of(source: _Source, report: FileReport) -> Iterator[InputError]:
    """Say what is wrong with a file that was read, though perhaps not to its end."""
    if report.is_unchanged:
        return
    if report.n_messages == 0:
        yield UnreadableFileError(
            f"no message could be read as {report.format} ({report.n_rejected} lines left out)",
            where=source.name,
            fix="See chatmill rejections, or name the format with --format",
        )
        return
    if not report.rejections or not ends_inside_line(LocalFile(source.path), source.name):
        return
    last = report.rejections[-1].line
    if last == sum(1 for _ in open_text(source.path, source.name).lines()):
        yield UnreadableFileError(
            f"ends in the middle of line {last}; everything before it is imported",
            where=source.name,
            fix="Export it again and import it once more",
        )


def _all_problems(problems: list[InputError], n_files: int) -> InputError:
    if len(problems) == 1:
        return problems[0]
    return InputError(
        f"{len(problems)} of {n_files} files have problems, the others are read: "
        + "; ".join(str(problem) for problem in problems)
    )


def _part_name(source: _Source, checksum: str) -> str:
    """Name a part so that the same file rewrites its own part and never another's."""
    digest = sha256(f"{source.name}\0{checksum}".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()[:PART_NAME_CHARACTERS]


def _report(
    file: ExportFile, importer: Importer, summary: "PartSummary", stream: _Stream
) -> FileReport:
    return FileReport(
        name=file.name,
        format=importer.name,
        encoding=file.encoding,
        n_conversations=summary.n_conversations,
        n_messages=summary.n_messages,
        n_new=summary.n_new,
        n_rejected=len(stream.rejections),
        rejections=tuple(stream.rejections),
    )


def _record(report: FileReport, checksum: str) -> SourceRecord:
    return SourceRecord(
        name=report.name,
        sha256=checksum,
        importer=report.format,
        encoding=report.encoding,
        n_conversations=report.n_conversations,
        n_messages=report.n_messages,
        n_new=report.n_new,
        n_rejected=report.n_rejected,
    )


def _unchanged(before: SourceRecord) -> FileReport:
    return FileReport(
        name=before.name,
        format=before.importer,
        encoding=before.encoding,
        n_conversations=before.n_conversations,
        n_messages=before.n_messages,
        n_new=0,
        n_rejected=before.n_rejected,
        is_unchanged=True,
    )
