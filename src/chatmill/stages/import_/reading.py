"""Reads one unit of an import: here, or on a worker that hands the pieces over as bytes."""

import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace

from chatmill import errors
from chatmill.errors import ChatmillError, InputError, LimitError, UnreadableFileError
from chatmill.frames import Row, Table, pack, table_of, unpack
from chatmill.importers import detect_importer, load_importer
from chatmill.importers.archives import ArchiveTree, archive_kind, open_archive
from chatmill.importers.assembly import CUT_OFF, NOT_DECODED
from chatmill.importers.base import (
    ByteSource,
    ExportFile,
    ExportTree,
    Importer,
    Item,
    Room,
    TreeImporter,
)
from chatmill.importers.decoding import ends_inside_character, look_at, printable
from chatmill.importers.trees import INSIDE
from chatmill.records import Conversation, Message, Rejection
from chatmill.stages.import_.finding import Job, Unit, claims, inner_room_keys

REJECTIONS_AT_ONCE = 1_000
REASONS_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How reading a unit ended."""

    formats: tuple[str, ...] = ()
    """Importers that read it, in order."""
    encodings: tuple[str, ...] = ()
    problems: tuple[ChatmillError, ...] = ()
    """Files of an archive or folder that could not be read."""
    refusal: ChatmillError | None = None
    """Why nothing of the unit may be kept."""


Piece = Table | tuple[Rejection, ...] | Outcome
"""Some messages as rows of `UNPLACED_SCHEMA`, some rejections, or, at last, the outcome."""


def read_unit(unit: Unit, job: Job) -> Iterator[Piece]:
    """Stream what is in a unit; the outcome comes last and no `ChatmillError` is raised."""
    reader = _UnitReader(unit, job)
    rows: list[Row] = []
    rejections: list[Rejection] = []
    refusal: ChatmillError | None = None
    try:
        for item in reader.items():
            if isinstance(item, Rejection):
                rejections.append(item)
                if len(rejections) == REJECTIONS_AT_ONCE:
                    yield tuple(rejections)
                    rejections = []
                continue
            rows.append(item)
            if len(rows) == job.settings.batch_messages:
                yield table_of(rows)
                rows = []
    except ChatmillError as error:
        refusal = error
    if rows:
        yield table_of(rows)
    if rejections:
        yield tuple(rejections)
    yield replace(reader.outcome(), refusal=refusal)


def read_as_bytes(unit_text: str, job_text: str) -> Iterator[bytes]:
    """Do the same on a worker."""
    for piece in read_unit(Unit.from_text(unit_text), Job.from_text(job_text)):
        if isinstance(piece, tuple):
            yield b"J" + json.dumps([asdict(each) for each in piece]).encode()
        elif isinstance(piece, Outcome):
            yield b"O" + json.dumps(_outcome_to_json(piece)).encode()
        else:
            yield b"T" + pack(piece)


def piece_from_bytes(data: bytes) -> Piece:
    """Read what `read_as_bytes` wrote."""
    kind, body = data[:1], memoryview(data)[1:]
    if kind == b"T":
        return unpack(body)
    record = json.load(io.BytesIO(body))
    if kind == b"J":
        return tuple(Rejection(**each) for each in record)
    return Outcome(
        formats=tuple(record["formats"]),
        encodings=tuple(record["encodings"]),
        problems=tuple(map(_error_from_json, record["problems"])),
        refusal=_error_from_json(record["refusal"]) if record["refusal"] else None,
    )


class _UnitReader:
    """The rows and rejections of a unit, and what is learnt on the way."""

    def __init__(self, unit: Unit, job: Job) -> None:
        self._unit = unit
        self._job = job
        self._formats: dict[str, None] = {}
        self._encodings: dict[str, None] = {}
        self._problems: list[ChatmillError] = []

    def items(self) -> Iterator[Row | Rejection]:
        """Stream what is in it.

        Raises:
            ChatmillError: Nothing of it may be kept.
        """
        unit, settings = self._unit, self._job.settings
        if unit.files:
            yield from self._group(unit.tree(settings), unit.importer, unit.files)
            return
        source = unit.source()
        if archive_kind(source, unit.name):
            with open_archive(source, unit.name, settings) as tree:
                yield from self._archive(tree)
        else:
            yield from self._alone(source)

    def outcome(self) -> Outcome:
        """Say what was learnt."""
        return Outcome(
            formats=tuple(self._formats),
            encodings=tuple(self._encodings),
            problems=tuple(self._problems),
        )

    def _archive(self, tree: ArchiveTree) -> Iterator[Row | Rejection]:
        yield from tree.rejections
        if not tree.names():
            self._problems.append(_nothing_in(tree))
        for importer, names in claims(tree, self._job.format):
            if importer:
                yield from self._group(tree, importer, names)
                continue
            keys = inner_room_keys(names, tree.room_key)
            for name in names:
                yield from self._archived(tree, name, keys[name])

    def _alone(self, source: ByteSource) -> Iterator[Row | Rejection]:
        unit = self._unit
        try:
            file = look_at(source, unit.name, room_key=unit.room_key, settings=self._job.settings)
        except InputError as error:
            if not unit.was_found:
                raise
            yield self._left_out(error, unit.name)
            return
        yield from self._file(file, unit.place, was_found=unit.was_found)

    def _archived(self, tree: ArchiveTree, name: str, room_key: str) -> Iterator[Row | Rejection]:
        try:
            file = replace(tree.file(name), room_key=room_key)
            yield from self._file(file, f"{self._unit.place}{INSIDE}{name}", was_found=True)
        except InputError as error:
            if isinstance(error, LimitError) and error.where == tree.name:
                raise
            yield self._left_out(error, tree.name + INSIDE + name)

    def _file(self, file: ExportFile, place: str, *, was_found: bool) -> Iterator[Row | Rejection]:
        try:
            chosen = self._importer(file)
        except InputError as error:
            if not was_found:
                raise
            if file.binary_kind:  # a picture beside the chats
                yield Rejection(stage="import", source=file.name, reason=error.what)
            else:
                yield self._left_out(error, file.name)
            return
        self._encodings.setdefault(file.encoding)
        room = Room(key=file.room_key, title=file.room_key)
        yield from self._rows(_to_the_end(chosen.read(file), file), chosen, place, room)

    def _left_out(self, error: InputError, source: str) -> Rejection:
        """Note what is wrong with one file of many, for the list and for the end."""
        self._problems.append(error)
        return Rejection(stage="import", source=source, reason=error.what)

    def _importer(self, file: ExportFile) -> Importer:
        return load_importer(self._job.format) if self._job.format else detect_importer(file)

    def _group(
        self, tree: ExportTree, name: str, files: Sequence[str]
    ) -> Iterator[Row | Rejection]:
        importer: TreeImporter = load_importer(name)  # type: ignore[assignment]  # it has claimed
        room = Room(key=tree.room_key, title=tree.room_key)
        yield from self._rows(importer.read_tree(tree, files), importer, self._unit.place, room)

    def _rows(
        self, stream: Iterable[Item], importer: Importer, place: str, room: Room
    ) -> Iterator[Row | Rejection]:
        self._formats.setdefault(importer.name)
        header = self._header(room, importer, place)
        keys: set[str] = set()
        try:
            for item in stream:
                if isinstance(item, Message):
                    yield header, item
                elif isinstance(item, Rejection):
                    yield item
                else:
                    if self._job.room:
                        keys.add(item.key)
                        self._require_one(keys)
                    header = self._header(item, importer, place)
        except OSError as error:  # the disk or the network, half way through
            raise UnreadableFileError(
                f"cannot be read: {error.strerror or error}",
                where=self._unit.name,
                fix="Check path and rights, and import it again",
            ) from error

    def _require_one(self, keys: set[str]) -> None:
        if len(keys) > 1:
            raise InputError(
                "holds more than one room",
                where=self._unit.name,
                fix="Import it without --room, which names the only room of a file",
            )

    def _header(self, room: Room, importer: Importer, place: str) -> Conversation:
        key = printable(self._job.room or room.key)
        return Conversation(
            id=key if room.native_id else f"{importer.name}:{key}",
            source=place,
            platform=importer.name,
            title=printable(self._job.room or room.title),
            language=printable(room.language),
        )


def _nothing_in(tree: ArchiveTree) -> UnreadableFileError:
    if not tree.rejections:
        return UnreadableFileError(
            "holds no file that can be read", where=tree.name, fix="Unpack it and look inside"
        )
    reasons = Counter(each.reason for each in tree.rejections)
    why = ", ".join(f"{n} × {reason}" for reason, n in reasons.most_common(REASONS_SHOWN))
    return UnreadableFileError(f"holds no file that can be read: {why}", where=tree.name)


def _to_the_end(items: Iterable[Item], file: ExportFile) -> Iterator[Item]:
    """Stream what is in a file; bytes that do not decode at its very end say that it was cut off.

    Raises:
        ChatmillError: What reading it raises.
    """
    last: Rejection | None = None
    try:
        for item in items:
            if isinstance(item, Rejection):
                if last is not None:
                    yield last
                last = item
            else:
                yield item
    except ChatmillError:
        if last is not None:
            yield last
        raise
    if last is not None:
        is_half = last.reason.startswith(NOT_DECODED) and ends_inside_character(file)
        yield replace(last, reason=CUT_OFF) if is_half else last


def _outcome_to_json(outcome: Outcome) -> dict[str, object]:
    return {
        "formats": outcome.formats,
        "encodings": outcome.encodings,
        "problems": [_error_to_json(each) for each in outcome.problems],
        "refusal": _error_to_json(outcome.refusal) if outcome.refusal else None,
    }


def _error_to_json(error: ChatmillError) -> dict[str, str]:
    return {
        "kind": type(error).__name__,
        "what": error.what,
        "where": error.where,
        "fix": error.fix,
    }


def _error_from_json(record: dict[str, str]) -> ChatmillError:
    kind: type[ChatmillError] = getattr(errors, record["kind"], InputError)
    return kind(record["what"], where=record["where"], fix=record["fix"])
