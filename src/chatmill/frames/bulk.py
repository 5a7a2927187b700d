"""Does the same work for many items at once with Daft, and hands the results back in order."""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence

from chatmill.frames.engine import Engine

END = b""
"""After the last result of an item."""
Work = Callable[[str], Iterator[bytes]]


def map_in_order(engine: Engine, work: Work, items: Sequence[str]) -> Iterator[tuple[int, bytes]]:
    """Work on items in parallel processes, or on a cluster.

    Each item is a batch of its own, so that one that fails or takes long holds up nothing else, and
    what comes too early waits on disk.

    Args:
        engine: Where to run.
        work: A function of a module, so that workers find it; yields no empty bytes.
        items: One text for each piece of work.

    Returns:
        Place of the item in `items` and one result: all results of an item before the next item's.
    """
    return in_order(_results(engine, work, items))


def in_order(results: Iterable[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    """Put results in the order of their items; what comes too early waits on disk.

    Args:
        results: Place of an item and one result, `END` after an item's last; the results of one
            item in order, the items in any.
    """
    waiting = _Waiting()
    due = 0
    for index, data in results:
        if index != due:
            waiting.put(index, data)
            continue
        if data != END:
            yield index, data
            continue
        due += 1
        while waiting.is_done(due):
            for early in waiting.take(due):
                yield due, early
            due += 1
        for early in waiting.take(due):
            yield due, early


def _results(engine: Engine, work: Work, items: Sequence[str]) -> Iterator[tuple[int, bytes]]:
    daft = engine.daft()

    def results(item: str) -> Iterator[bytes]:
        yield from work(item)
        yield END

    run = daft.func(results, return_dtype=daft.DataType.binary(), use_process=True)
    frame = daft.from_pydict({"index": list(range(len(items))), "item": list(items)})
    frame = frame.into_batches(1).select(daft.col("index"), run(daft.col("item")).alias("result"))
    for batch in frame.to_arrow_iter():
        yield from zip(batch.column(0).to_pylist(), batch.column(1).to_pylist(), strict=True)


class _Waiting:
    """Results whose turn has not come, on disk."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - goes with the process
        self._places: dict[int, list[tuple[int, int]]] = {}
        self._done: set[int] = set()

    def put(self, index: int, data: bytes) -> None:
        places = self._places.setdefault(index, [])
        if data == END:
            self._done.add(index)
            return
        start = self._file.seek(0, 2)
        self._file.write(data)
        places.append((start, len(data)))

    def is_done(self, index: int) -> bool:
        return index in self._done

    def take(self, index: int) -> Iterator[bytes]:
        for start, length in self._places.pop(index, ()):
            self._file.seek(start)
            yield self._file.read(length)
        self._done.discard(index)
