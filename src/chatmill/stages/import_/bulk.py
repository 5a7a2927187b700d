"""Decides where units are read: one by one here, or many at once with Daft."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import Self

from chatmill.errors import InputError, UnreadableFileError
from chatmill.frames import Engine, map_in_order
from chatmill.settings import EngineSettings
from chatmill.stages.import_.finding import Job, Unit
from chatmill.stages.import_.reading import (
    Outcome,
    Piece,
    piece_from_bytes,
    read_as_bytes,
    read_unit,
)

PACKED = (".zip", ".gz", ".tgz", ".tar")
PACKED_TIMES = 10
"""How much larger an archive is guessed to be once it is unpacked."""


class Readers:
    """Reads units in the order they are asked for, some of them ahead of their turn.

    Args:
        engine: Where Daft runs.
        settings: What is worth reading in parallel.
        units: All of them, in order.
        job: How to read them.
        is_known: Says of a checksum whether it need not be read at all.
    """

    def __init__(
        self,
        engine: Engine,
        settings: EngineSettings,
        units: Sequence[Unit],
        job: Job,
        is_known: Callable[[str], bool],
    ) -> None:
        self._engine = engine
        self._settings = settings
        self._units = units
        self._job = job
        self._is_known = is_known
        self._keys: dict[Unit, str] = {}
        self._ahead: dict[Unit, int] = {}
        self._results: Iterator[tuple[int, bytes]] = iter(())

    def __enter__(self) -> Self:
        """Start reading ahead what is worth it."""
        chosen = [unit for unit in self._units if self._is_fit(unit)]
        if len(chosen) > 1 and self._is_worth_it(chosen):
            self._start(chosen)
        return self

    def __exit__(self, *_exc: object) -> None:
        """Stop."""
        self._results = iter(())

    def key(self, unit: Unit) -> str:
        """Return the checksum of a unit.

        Raises:
            UnreadableFileError: It cannot be read.
        """
        return self._keys.get(unit) or unit.checksum(self._job)

    def pieces(self, unit: Unit) -> Iterator[Piece]:
        """Stream what is in a unit."""
        index = self._ahead.get(unit)
        if index is None:
            yield from read_unit(unit, self._job)
            return
        for at, data in self._results:
            if at < index:
                continue  # of a unit that turned out to be known
            piece = piece_from_bytes(data)
            yield piece
            if isinstance(piece, Outcome):
                return
        raise UnreadableFileError(
            "its worker ended without a word", where=unit.name, fix="Import it once more"
        )

    def _is_fit(self, unit: Unit) -> bool:
        """Say whether a worker may hold all of a unit's messages."""
        if unit.files:
            return False
        try:
            return _weight(unit) <= self._settings.max_parallel_file_bytes
        except (OSError, InputError):
            return False  # said when its turn comes

    def _is_worth_it(self, units: Sequence[Unit]) -> bool:
        if self._engine.runner == "ray":
            return True
        return sum(map(_weight, units)) >= self._settings.parallel_bytes

    def _start(self, units: Sequence[Unit]) -> None:
        self._keys = dict(self._checksums(units))
        new: dict[str, Unit] = {}
        for unit, key in self._keys.items():
            if not self._is_known(key):
                new.setdefault(key, unit)
        ahead = list(new.values())
        self._ahead = {unit: index for index, unit in enumerate(ahead)}
        work = partial(read_as_bytes, job_text=self._job.to_text())
        self._results = map_in_order(self._engine, work, [unit.to_text() for unit in ahead])

    def _checksums(self, units: Sequence[Unit]) -> Iterator[tuple[Unit, str]]:
        """Read everything once; on a cluster where the files are, here one after the other."""
        if self._engine.runner == "native":
            for unit in units:
                with suppress(UnreadableFileError):  # said when its turn comes
                    yield unit, unit.checksum(self._job)
            return
        work = partial(_checksum_as_bytes, job_text=self._job.to_text())
        for index, data in map_in_order(self._engine, work, [unit.to_text() for unit in units]):
            if data != UNREADABLE:
                yield units[index], data.decode()


UNREADABLE = b"-"


def _checksum_as_bytes(unit_text: str, job_text: str) -> Iterator[bytes]:
    try:
        yield Unit.from_text(unit_text).checksum(Job.from_text(job_text)).encode()
    except UnreadableFileError:
        yield UNREADABLE


def _weight(unit: Unit) -> int:
    size = unit.source().size
    return size * PACKED_TIMES if unit.location.lower().endswith(PACKED) else size
