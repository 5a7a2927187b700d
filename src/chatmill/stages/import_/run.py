"""Reads units one after the other, or many at once with Daft, and writes what is new."""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from chatmill.errors import (
    ChatmillError,
    ImportProblemsError,
    InputError,
    UnreadableFileError,
)
from chatmill.frames import OverviewMaker, PartSummary, Table
from chatmill.importers import load_importer
from chatmill.importers.assembly import CUT_OFF, DAMAGED
from chatmill.importers.same_speakers import SpeakerWatch
from chatmill.importers.trees import shown
from chatmill.models.progress import Progress, no_progress
from chatmill.project import Project
from chatmill.records import Rejection
from chatmill.stages.import_.bulk import Readers
from chatmill.stages.import_.finding import Job, Unit, find_units
from chatmill.stages.import_.forgotten import ForgottenFilter
from chatmill.stages.import_.reading import Outcome, Piece
from chatmill.stages.import_.reports import FileListener, FileReport, ImportSummary
from chatmill.stages.import_.spool import RejectionSpool
from chatmill.store.rejections import find_rejection
from chatmill.store.sources import SourceRecord, find_source, record_source
from chatmill.store.tombstones import Tombstones, read_tombstones

if TYPE_CHECKING:
    from chatmill.store.speaker_names import SameSpeaker

STAGE = "import"
PART_NAME_CHARACTERS = 16
COLLECT_AFTER = 500_000
"""Objects made before Python looks for cycles."""


def import_files(  # noqa: PLR0913 - what the command line offers
    project: Project,
    paths: Sequence[Path | str],
    *,
    format: str | None = None,  # noqa: A002 - the word people use for it
    room: str = "",
    dry_run: bool = False,
    progress: Progress | None = None,
    on_file: FileListener = lambda _report: None,
) -> ImportSummary:
    """Read files, folders, archives, globs and URLs of object stores into the project.

    Importing a file again, or a grown export of the same room, adds only what is new. Killed at
    any point and called again, it finishes what is missing and duplicates nothing.

    Args:
        project: An open project.
        paths: What to read; hidden files of folders are passed over.
        format: Name of an importer; told by the content when None.
        room: Room that every file belongs to, whatever it says itself.
        dry_run: Read, count and look, write nothing.
        progress: Told how far it is.
        on_file: Told about each file once it is done, or could not be read.

    Raises:
        InputError: A file could not be read, or ended in the middle.
        ImportProblemsError: Several could not; all others are imported.
        UsageError: There is no such importer, or no file.
        StorageError: The project cannot be written.
        ProjectBusyError: Another stage is running.
    """
    job = Job(settings=project.settings.import_, format=format or "", room=room)
    if format:
        load_importer(format)
    found = find_units(paths, job, project.own_paths)
    run = _Run(project, job, dry_run=dry_run, on_file=on_file)
    for problem in found.problems:
        run.refuse(problem.where, problem)
    report = progress or no_progress
    engine = project.settings.engine
    with (
        _rare_collection(),
        Readers(project.engine, engine, found.units, job, run.is_known) as readers,
    ):
        for done, unit in enumerate(found.units):
            report("importing", done, len(found.units))
            run.take(unit, readers)
    report("importing", len(found.units), len(found.units))
    run.raise_problems(len(found.units) + len(found.problems))
    return ImportSummary(files=tuple(run.reports))


@contextmanager
def _rare_collection() -> Iterator[None]:
    """Let Python look for cycles less often: messages have none, and the search took a fifth."""
    before = gc.get_threshold()
    gc.set_threshold(COLLECT_AFTER, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


class _Run:
    """One call of `import_files`: what was read so far, and what went wrong."""

    def __init__(self, project: Project, job: Job, *, dry_run: bool, on_file: FileListener) -> None:
        self.reports: list[FileReport] = []
        self._project = project
        self._job = job
        self._dry_run = dry_run
        self._on_file = on_file
        self._problems: list[ChatmillError] = []
        self._seen = project.conversations.seen() if dry_run else None
        is_new = dry_run and not project.has_database
        self._tombstones = Tombstones(b"") if is_new else read_tombstones(project.database)

    def is_known(self, key: str) -> bool:
        """Say whether these bytes were imported before."""
        return not self._dry_run and self._before(key, "") is not None

    def take(self, unit: Unit, readers: Readers) -> None:
        """Import one unit, or note why it could not be."""
        try:
            key = readers.key(unit)
            before = None if self._dry_run else self._before(key, unit.name)
            report, problems = (
                self._read(unit, key, readers) if before is None else self._known(unit, before)
            )
        except InputError as error:
            self.refuse(unit.name, error)
            return
        self._problems.extend(problems)
        if problems:
            report = replace(report, error="; ".join(map(str, problems)))
        self.reports.append(report)
        self._on_file(report)

    def refuse(self, name: str, error: InputError) -> None:
        """Note that something could not be read at all."""
        self._problems.append(error)
        self._on_file(FileReport(name=name, error=str(error)))

    def raise_problems(self, n_units: int) -> None:
        """Raise what went wrong.

        Raises:
            ChatmillError: One thing did.
            ImportProblemsError: Several did.
        """
        if len(self._problems) == 1:
            raise self._problems[0]
        if self._problems:
            raise ImportProblemsError(self._problems, n_units)

    def _before(self, key: str, name: str) -> SourceRecord | None:
        """Return the record of bytes that were read before, whatever they were called."""
        before = find_source(self._project.database, key, name=name)
        if before is None or not before.n_messages:
            return None
        return before if self._job.format in ("", before.importer) else None

    def _known(self, unit: Unit, before: SourceRecord) -> tuple[FileReport, list[ChatmillError]]:
        report = FileReport(
            name=unit.name,
            format=before.importer,
            encoding=before.encoding,
            n_conversations=before.n_conversations,
            n_messages=before.n_messages,
            n_rejected=before.n_rejected,
            is_unchanged=True,
        )
        if not before.n_rejected:
            return report, []
        for reason in (CUT_OFF, DAMAGED):
            found = find_rejection(self._project.database, STAGE, before.name, reason)
            if found is not None:
                return report, [_broken_off(replace(found, source=unit.name))]
        return report, []

    def _read(
        self, unit: Unit, key: str, readers: Readers
    ) -> tuple[FileReport, list[ChatmillError]]:
        overview = OverviewMaker() if self._dry_run else None
        busy = nullcontext() if self._dry_run else self._project.lock(STAGE)
        same: tuple[SameSpeaker, ...] = ()
        with RejectionSpool() as spool, busy:
            intake = _Intake(readers.pieces(unit), spool, overview)
            forgotten = ForgottenFilter(self._tombstones)
            tables = forgotten.rest(intake)
            if self._seen is not None:
                summary = self._project.conversations.count_new(tables, self._seen)
            else:
                part = _part_name(unit, key)
                watch = SpeakerWatch(self._project, part)
                summary = self._project.conversations.write_tables(part, watch.watch(tables))
                same = watch.learn() if summary.n_new < summary.n_messages else ()
            report = replace(
                _report(unit, summary, intake, spool),
                same_speakers=same,
                n_forgotten=forgotten.n_left_out,
            )
            problems = _problems_of(unit, report, intake.outcome, spool)
            is_worth_keeping = report.n_messages or (spool.n_rejections and not self._job.format)
            if is_worth_keeping and not self._dry_run:
                files = [shown(f"{unit.name}/{name}") for name in unit.files]
                record_source(self._project.database, _record(report, key), spool, files)
        return report, problems


class _Intake:
    """The tables of a unit; rejections and the outcome are put aside while they pass."""

    def __init__(
        self, pieces: Iterator[Piece], spool: RejectionSpool, overview: OverviewMaker | None
    ) -> None:
        self.outcome = Outcome()
        self.overview = overview
        self._pieces = pieces
        self._spool = spool

    def __iter__(self) -> Iterator[Table]:
        for piece in self._pieces:
            if isinstance(piece, tuple):
                self._spool.extend(piece)
            elif isinstance(piece, Outcome):
                self.outcome = piece
                if piece.refusal is not None:
                    raise piece.refusal
            else:
                if self.overview is not None:
                    self.overview.add(piece)
                yield piece


def _problems_of(
    unit: Unit, report: FileReport, outcome: Outcome, spool: RejectionSpool
) -> list[ChatmillError]:
    """Say what is wrong with a unit that was read, though perhaps not to its end."""
    problems = list(outcome.problems)
    n_messages = report.n_messages + report.n_forgotten
    if not n_messages and not problems and outcome.formats:
        first = spool.first[0] if spool.first else None
        why = f", the first: {first.reason}" if first else ""
        problems.append(
            UnreadableFileError(
                f"no message could be read as {', '.join(outcome.formats)} "
                f"({spool.n_rejections} left out{why})",
                where=unit.name,
                fix="Look at it with --dry-run, or name the format with --format",
            )
        )
    elif spool.broken_off is not None:
        problems.append(_broken_off(spool.broken_off))
    return problems


def _broken_off(rejection: Rejection) -> InputError:
    if rejection.reason == DAMAGED:
        what = f"{DAMAGED}; what was read is imported"
    else:
        place = f" of line {rejection.line}" if rejection.line else ""
        what = f"ends in the middle{place}; everything before it is imported"
    return UnreadableFileError(
        what,
        where=rejection.source,
        fix="Export it again and import it once more",
    )


def _part_name(unit: Unit, key: str) -> str:
    """Name a part so that the same file rewrites its own part and never another's."""
    digest = sha256(f"{unit.name}\0{key}".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()[:PART_NAME_CHARACTERS]


def _report(unit: Unit, summary: PartSummary, intake: _Intake, spool: RejectionSpool) -> FileReport:
    return FileReport(
        name=unit.name,
        format=", ".join(intake.outcome.formats),
        encoding=", ".join(filter(None, intake.outcome.encodings)),
        n_conversations=summary.n_conversations,
        n_messages=summary.n_messages,
        n_new=summary.n_new,
        n_rejected=spool.n_rejections,
        reasons=spool.reasons,
        rejections=tuple(spool.first),
        overview=None if intake.overview is None else intake.overview.overview(),
    )


def _record(report: FileReport, key: str) -> SourceRecord:
    return SourceRecord(
        name=report.name,
        sha256=key,
        importer=report.format,
        encoding=report.encoding,
        n_conversations=report.n_conversations,
        n_messages=report.n_messages,
        n_new=report.n_new,
        n_rejected=report.n_rejected,
    )
