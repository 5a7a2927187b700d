"""The store of conversations: append-only Parquet parts, scanned with Daft."""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np

from chatmill.errors import UsageError
from chatmill.frames.columns import Row, conversations_of
from chatmill.frames.parts import PartFile, SeenMessages, storage_errors
from chatmill.records import Conversation

READ_MESSAGES_AT_ONCE = 100_000
"""Messages fetched together when all conversations are read; a longer conversation comes alone."""
_PART_NAME = re.compile(r"^(\d{6,})-(.+)\.parquet$")
_GLOB_SIGNS = re.compile(r"[\[\]*?{}!\\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class PartSummary:
    """What became of one stream of messages."""

    n_conversations: int
    """Conversations in the stream."""
    n_messages: int
    """Messages in the stream."""
    n_new: int
    """Messages the store did not have."""


class StoreCount(NamedTuple):
    """How much a store holds."""

    n_conversations: int
    n_messages: int


@dataclass(frozen=True, slots=True)
class _Share:
    """The rows of one conversation in one part."""

    part: str
    first: int
    n_rows: int


_Index = dict[str, list[_Share]]
"""Conversation id → where its rows lie, in the order of first import."""


class ConversationStore:
    """A folder of Parquet parts, one a source file; a part is never changed once it stands.

    One process writes at a time (the project's lock); any number may read meanwhile.

    Args:
        folder: Where the parts lie; made on the first write.
        runner: Daft runner for scans.
        address: Ray cluster to join; a local one when empty.
    """

    def __init__(
        self, folder: Path, *, runner: Literal["native", "ray"] = "native", address: str = ""
    ) -> None:
        self.folder = folder
        self._runner = runner
        self._address = address
        self._seen: SeenMessages | None = None
        self._seen_parts: frozenset[str] = frozenset()
        self._indexed: _Index = {}
        self._indexed_parts: list[Path] = []

    def __iter__(self) -> Iterator[Conversation]:
        """Stream every conversation, in the order they were first imported."""
        return self.read()

    def write_part(self, name: str, stream: Iterable[Row], *, batch_messages: int) -> PartSummary:
        """Append the messages of a stream that the store does not have yet.

        The part appears whole or not at all; writing the same name again replaces it, so that a
        killed import can simply be run again. Where nothing is new there is no part.

        Args:
            name: Name of the part, made from the source's name and content hash.
            stream: Conversation headers with their messages, in order.
            batch_messages: Messages held in memory at once.

        Raises:
            StorageError: The folder cannot be written (full disk, permission); nothing was kept.
        """
        with storage_errors(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            self._remove_leftovers()
        target = self._target(name)
        counter = _Counter()
        seen = self._seen_without(target)
        self._seen = None  # only a finished part makes it true again
        with PartFile(target) as part:
            for rows in _new_rows(stream, seen, counter, batch_messages):
                part.append(rows)
            part.publish()
        self._indexed_parts = []  # a part may have been replaced under its own name
        self._seen = seen
        self._seen_parts = frozenset(path.name for path in self._parts())
        return counter.summary()

    def count_new(self, stream: Iterable[Row], *, batch_messages: int) -> PartSummary:
        """Count what `write_part` would add, and write nothing."""
        counter = _Counter()
        seen = self._seen_without(None)
        self._seen = None
        for _ in _new_rows(stream, seen, counter, batch_messages):
            pass
        return counter.summary()

    def read(self, conversation_ids: Iterable[str] | None = None) -> Iterator[Conversation]:
        """Stream conversations in the order they were first imported, their messages in order.

        Args:
            conversation_ids: Only these; all when None. Unknown ones are left out.

        Raises:
            StorageError: A part cannot be read.
        """
        index = self._index()
        wanted = set(index) if conversation_ids is None else set(conversation_ids)
        for group in _groups({key: shares for key, shares in index.items() if key in wanted}):
            yield from self._load(group)

    def get(self, conversation_id: str) -> Conversation:
        """Return one conversation.

        Raises:
            UsageError: The store has none of this id.
        """
        for conversation in self.read([conversation_id]):
            return conversation
        raise UsageError(
            f"no conversation {conversation_id!r}", fix="List them: chatmill conversations"
        )

    def known_message_ids(self, conversation_id: str) -> set[str]:
        """Return the ids of a conversation's messages."""
        frame = self._frame(self._parts())
        if frame is None:
            return set()
        daft = self._daft()
        with storage_errors(self.folder):
            found = frame.where(daft.col("conversation_id") == conversation_id)
            return set(found.select("message_id").to_pydict()["message_id"])

    def count(self) -> StoreCount:
        """Count conversations and messages."""
        index = self._index()
        return StoreCount(
            n_conversations=len(index),
            n_messages=sum(share.n_rows for shares in index.values() for share in shares),
        )

    def fingerprints(self) -> dict[str, str]:
        """Return conversation id → a digest that changes exactly when messages come or go.

        Parts are named after their source's content and never change, so the parts a conversation
        lies in, and how many rows of each, say it all without reading a word of text.
        """
        return {
            conversation_id: blake2b(
                "\n".join(f"{share.part} {share.n_rows}" for share in shares).encode(),
                digest_size=16,
            ).hexdigest()
            for conversation_id, shares in self._index().items()
        }

    def _parts(self) -> list[Path]:
        with storage_errors(self.folder):
            if not self.folder.is_dir():
                return []
            return sorted(path for path in self.folder.iterdir() if _PART_NAME.match(path.name))

    def _target(self, name: str) -> Path:
        """Keep the number of a part that stands already; number a new one after all others."""
        last = 0
        for path in self._parts():
            found = _PART_NAME.match(path.name)
            if found and found[2] == name:
                return path
            last = int(found[1]) if found else last
        return self.folder / f"{last + 1:06d}-{name}.parquet"

    def _remove_leftovers(self) -> None:
        for path in self.folder.glob(".*.partial"):
            path.unlink()

    def _seen_without(self, target: Path | None) -> SeenMessages:
        others = [path for path in self._parts() if path != target]
        names = frozenset(path.name for path in others)
        if self._seen is not None and names == self._seen_parts:
            return self._seen
        frame = self._frame(others)
        if frame is None:
            return SeenMessages(np.empty(0, np.uint64))
        daft = self._daft()
        with storage_errors(self.folder):
            key = (daft.col("conversation_id") + daft.lit("\0") + daft.col("message_id")).hash()
            batches = [
                batch.column(0).to_numpy(zero_copy_only=False)
                for batch in frame.select(key.alias("key")).to_arrow_iter()
            ]
        return SeenMessages(np.concatenate([np.empty(0, np.uint64), *batches]))

    def _index(self) -> _Index:
        """Say where each conversation lies, in the order of first import, without any text."""
        parts = self._parts()
        if parts != self._indexed_parts:
            self._indexed = self._scan_index(parts)
            self._indexed_parts = parts
        return self._indexed

    def _scan_index(self, parts: list[Path]) -> _Index:
        frame = self._frame(parts)
        if frame is None:
            return {}
        position = self._daft().col("position")
        with storage_errors(self.folder):
            rows = (
                frame.groupby("conversation_id", "part")
                .agg(position.min().alias("first"), position.count().alias("n_rows"))
                .to_pydict()
            )
        shares = sorted(
            (Path(part).name, first, conversation_id, n_rows)
            for part, first, conversation_id, n_rows in zip(
                rows["part"], rows["first"], rows["conversation_id"], rows["n_rows"], strict=True
            )
        )
        index: _Index = {}
        for part, first, conversation_id, n_rows in shares:
            index.setdefault(conversation_id, []).append(_Share(part, first, n_rows))
        return index

    def _load(self, group: _Index) -> Iterator[Conversation]:
        parts = sorted({share.part for shares in group.values() for share in shares})
        frame = self._frame([self.folder / part for part in parts])
        if frame is None:
            return
        with storage_errors(self.folder):
            chosen = self._daft().col("conversation_id").is_in(list(group))
            table = frame.where(chosen).to_arrow()
        in_order = table.sort_by([("part", "ascending"), ("position", "ascending")])
        yield from conversations_of(in_order, list(group))

    def _frame(self, parts: Sequence[Path]) -> Any:  # noqa: ANN401 - a daft.DataFrame, untyped here
        """Scan parts with a column `part` that holds their address; None where there are none."""
        if not parts:
            return None
        addresses = [_GLOB_SIGNS.sub(r"\\\g<0>", str(path)) for path in parts]
        with storage_errors(self.folder):
            return self._daft().read_parquet(addresses, file_path_column="part")

    def _daft(self) -> Any:  # noqa: ANN401 - the module
        """Import Daft without telemetry and progress bars, on the runner the project asks for."""
        os.environ.update(DAFT_ANALYTICS_ENABLED="0", DO_NOT_TRACK="true", DAFT_PROGRESS_BAR="0")
        import daft

        if self._runner == "ray":
            daft.set_runner_ray(self._address or None, noop_if_initialized=True)
        return daft


class _Counter:
    """Counts a stream while it passes."""

    def __init__(self) -> None:
        self._conversations: set[str] = set()
        self._n_messages = 0
        self._n_new = 0

    def add(self, rows: list[Row], n_new: int) -> None:
        self._conversations.update(conversation.id for conversation, _ in rows)
        self._n_messages += len(rows)
        self._n_new += n_new

    def summary(self) -> PartSummary:
        return PartSummary(
            n_conversations=len(self._conversations),
            n_messages=self._n_messages,
            n_new=self._n_new,
        )


def _new_rows(
    stream: Iterable[Row], seen: SeenMessages, counter: _Counter, batch_messages: int
) -> Iterator[list[Row]]:
    rows = iter(stream)
    while batch := list(islice(rows, batch_messages)):
        new = seen.take_new(batch)
        counter.add(batch, len(new))
        if new:
            yield new


def _groups(index: _Index) -> Iterator[_Index]:
    """Cut conversations into groups that fit in memory, keeping their order."""
    group: _Index = {}
    n_messages = 0
    for conversation_id, shares in index.items():
        n_rows = sum(share.n_rows for share in shares)
        if group and n_messages + n_rows > READ_MESSAGES_AT_ONCE:
            yield group
            group, n_messages = {}, 0
        group[conversation_id] = shares
        n_messages += n_rows
    if group:
        yield group
