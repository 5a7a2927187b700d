"""Lets a stream wait until its end is known: some platforms write the newest message first."""

import pickle
from collections.abc import Iterable, Iterator
from tempfile import TemporaryFile
from types import TracebackType
from typing import Generic, Self, TypeVar

Thing = TypeVar("Thing")


class Waiting(Generic[Thing]):
    """Things that wait to be read in either direction; most of them in a temporary file.

    Args:
        at_once: Held in memory.
    """

    def __init__(self, at_once: int) -> None:
        self._at_once = max(1, at_once)
        self._held: list[Thing] = []
        self._places: list[int] = []
        self._file = TemporaryFile()  # noqa: SIM115 - left with the object's own context

    def __enter__(self) -> Self:
        """Wait."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Forget what waited."""
        self._file.close()

    def add(self, thing: Thing) -> None:
        """Let a plain value or record wait behind those before it."""
        self._held.append(thing)
        if len(self._held) >= self._at_once:
            self._places.append(self._file.tell())
            pickle.dump(self._held, self._file)
            self._held = []

    def first_first(self) -> Iterator[Thing]:
        """Stream what waits in the order it came."""
        for place in self._places:
            yield from self._load(place)
        yield from self._held

    def last_first(self) -> Iterator[Thing]:
        """Stream what waits, the last first."""
        yield from reversed(self._held)
        for place in reversed(self._places):
            yield from reversed(self._load(place))

    def _load(self, place: int) -> list[Thing]:
        self._file.seek(place)
        loaded: list[Thing] = pickle.load(self._file)  # noqa: S301 - written by `add`
        return loaded


def last_first(things: Iterable[Thing], at_once: int) -> Iterator[Thing]:
    """Stream what has come, the last first, holding no more than so many in memory.

    Args:
        things: Plain values and records; read to the end before the first comes out.
        at_once: Held in memory; the rest waits in a temporary file.
    """
    with Waiting[Thing](at_once) as waiting:
        for thing in things:
            waiting.add(thing)
        yield from waiting.last_first()
