"""The store of conversations: append-only Parquet parts, scanned with Daft."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from chatmill.errors import UsageError
from chatmill.frames.columns import PART_NAME, Row, SpeakerOverlay, conversations_of, table_of
from chatmill.frames.engine import Engine
from chatmill.frames.nearby import NearbyRows
from chatmill.frames.parts import LocalFolder, PartFile, SeenMessages, folder_of, storage_errors
from chatmill.frames.speakers import SpeakerCount, StoredSpeaker, count_speakers, find_speakers
from chatmill.records import Conversation

READ_MESSAGES_AT_ONCE = 100_000
"""Messages fetched together when all conversations are read; a longer conversation comes alone."""


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
    """A folder of Parquet parts, one a source; a part is never changed once it stands.

    One process writes at a time (the project's lock); any number may read meanwhile.

    Args:
        location: Folder where the parts lie, made on the first write; or a URL of an object store.
        engine: What runs scans.
        names: Tells what some speakers are called in place of their exported names.
    """

    def __init__(
        self,
        location: Path | str,
        *,
        engine: Engine | None = None,
        names: Callable[[], SpeakerOverlay] = dict,
    ) -> None:
        self._folder = folder_of(location)
        self._engine = engine or Engine()
        self._names = names
        self._seen: SeenMessages | None = None
        self._seen_parts: frozenset[str] = frozenset()
        self._nearby = NearbyRows()
        self._indexed: _Index = {}
        self._indexed_parts: list[str] = []

    @property
    def address(self) -> str:
        """Where the parts lie."""
        return self._folder.address

    def state(self) -> str:
        """Return what changes whenever messages come, without reading any."""
        return self._folder.state()

    def __iter__(self) -> Iterator[Conversation]:
        """Stream every conversation, in the order they were first imported."""
        return self.read()

    def write_part(self, name: str, stream: Iterable[Row], *, batch_messages: int) -> PartSummary:
        """Append the messages of a stream that the store does not have yet.

        Args:
            name: Name of the part, made from the source's name and content hash.
            stream: Conversation headers with their messages, in order.
            batch_messages: Messages held in memory at once.

        Raises:
            StorageError: The store cannot be written (full disk, permission); nothing was kept.
        """
        return self.write_tables(name, tables_of(stream, batch_messages))

    def write_tables(self, name: str, tables: Iterable[pa.Table]) -> PartSummary:
        """Append the messages of some tables that the store does not have yet.

        The part appears whole or not at all; writing the same name again replaces it, so that a
        killed import can simply be run again. Where nothing is new there is no part.

        Args:
            name: Name of the part, made from the source's name and content hash.
            tables: Rows of `UNPLACED_SCHEMA`, in order; each becomes one row group.

        Raises:
            StorageError: The store cannot be written (full disk, permission); nothing was kept.
        """
        with storage_errors(self.address):
            self._folder.prepare()
        parts = self._parts()
        target = _target(parts, name)
        counter = _Counter()
        seen = self._seen_in([part for part in parts if part != target])
        self._seen = None  # only a finished part makes it true again
        with PartFile(self._folder, target) as part:
            for rows in _new_rows(tables, seen, counter):
                part.append(rows)
            part.publish()
        self._indexed_parts = []  # a part may have been replaced under its own name
        if counter.n_new or target not in parts:  # else the part that stands is not in `seen`
            self._seen = seen
        self._seen_parts = frozenset(parts) | ({target} if counter.n_new else frozenset())
        return counter.summary()

    def seen(self) -> SeenMessages:
        """Return the keys of all messages there are, to count with and to throw away."""
        return self._seen_in(self._parts(), fresh=True)

    def count_new(self, tables: Iterable[pa.Table], seen: SeenMessages) -> PartSummary:
        """Count what `write_tables` would add, and write nothing.

        Args:
            tables: Rows of `UNPLACED_SCHEMA`.
            seen: What counts as known; grows by what is new.
        """
        counter = _Counter()
        for _ in _new_rows(tables, seen, counter):
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
        names = self._names()
        for group in _groups({key: shares for key, shares in index.items() if key in wanted}):
            yield from self._load(group, names)

    def get(self, conversation_id: str) -> Conversation:
        """Return one conversation.

        Raises:
            UsageError: The store has none of this id.
        """
        for conversation in self._nearby_one(conversation_id) or self.read([conversation_id]):
            return conversation
        raise UsageError(
            f"no conversation {conversation_id!r}", fix="List them: chatmill conversations"
        )

    def _nearby_one(self, conversation_id: str) -> list[Conversation]:
        """Read a conversation whose rows lie side by side on this machine; else nothing."""
        shares = self._index().get(conversation_id, [])
        if not shares or not isinstance(self._folder, LocalFolder):
            return []
        pieces = []
        with storage_errors(self.address):
            for share in shares:
                path = self._folder.folder / share.part
                rows = self._nearby.rows(path, conversation_id, share.first, share.n_rows)
                if rows is None:
                    return []
                part = pa.array([str(path)] * len(rows), pa.string())
                pieces.append(rows.append_column("part", part))
        table = pa.concat_tables(pieces)
        return list(conversations_of(table, [conversation_id], self._names()))

    def known_message_ids(self, conversation_id: str) -> set[str]:
        """Return the ids of a conversation's messages."""
        frame = self._frame(self._parts())
        if frame is None:
            return set()
        daft = self._engine.daft()
        with storage_errors(self.address):
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
        """Return conversation id → a digest that changes when messages or names come or go.

        Parts are named after their source's content and never change, so the parts a conversation
        lies in, and how many rows of each, say it all without reading a word of text.
        """
        names = self._names()
        return {
            conversation_id: blake2b(
                "\n".join(
                    [f"{share.part} {share.n_rows}" for share in shares]
                    + [f"{each!r}" for each in sorted(names.get(conversation_id, {}).items())]
                ).encode("utf-8", "surrogatepass"),
                digest_size=16,
            ).hexdigest()
            for conversation_id, shares in self._index().items()
        }

    def has_parts(self) -> bool:
        """Say whether there is any message, without reading any."""
        return bool(self._parts())

    def speakers(self, message_ids: Mapping[str, Collection[str]]) -> Iterator[StoredSpeaker]:
        """Say who sent some messages, as exported.

        Args:
            message_ids: Conversation id → messages of it; others are left out.

        Raises:
            StorageError: A part cannot be read.
        """
        frame = self._frame(self._parts())
        if frame is not None and any(message_ids.values()):
            with storage_errors(self.address):
                yield from find_speakers(frame, self._engine.daft(), message_ids)

    def speaker_counts(self) -> list[SpeakerCount]:
        """Count messages by conversation, speaker and role, without reading any text.

        Raises:
            StorageError: A part cannot be read.
        """
        frame = self._frame(self._parts())
        if frame is None:
            return []
        with storage_errors(self.address):
            return count_speakers(frame, self._engine.daft(), self._names())

    def _parts(self) -> list[str]:
        with storage_errors(self.address):
            return [name for name in self._folder.names() if PART_NAME.match(name)]

    def _seen_in(self, parts: list[str], *, fresh: bool = False) -> SeenMessages:
        if not fresh and self._seen is not None and frozenset(parts) == self._seen_parts:
            return self._seen
        frame = self._frame(parts)
        if frame is None:
            return SeenMessages(np.empty(0, np.uint64))
        daft = self._engine.daft()
        with storage_errors(self.address):
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

    def _scan_index(self, parts: list[str]) -> _Index:
        frame = self._frame(parts)
        if frame is None:
            return {}
        position = self._engine.daft().col("position")
        with storage_errors(self.address):
            rows = (
                frame.groupby("conversation_id", "part")
                .agg(position.min().alias("first"), position.count().alias("n_rows"))
                .to_pydict()
            )
        shares = sorted(
            (_name_of(part), first, conversation_id, n_rows)
            for part, first, conversation_id, n_rows in zip(
                rows["part"], rows["first"], rows["conversation_id"], rows["n_rows"], strict=True
            )
        )
        index: _Index = {}
        for part, first, conversation_id, n_rows in shares:
            index.setdefault(conversation_id, []).append(_Share(part, first, n_rows))
        return index

    def _load(self, group: _Index, names: SpeakerOverlay) -> Iterator[Conversation]:
        frame = self._frame(sorted({share.part for shares in group.values() for share in shares}))
        if frame is None:
            return
        with storage_errors(self.address):
            chosen = self._engine.daft().col("conversation_id").is_in(list(group))
            table = frame.where(chosen).to_arrow()
        del frame
        if not _is_in_order(table):
            table = table.sort_by([("part", "ascending"), ("position", "ascending")])
        yield from conversations_of(table, list(group), names)

    def _frame(self, parts: Sequence[str]) -> Any:  # noqa: ANN401 - a daft.DataFrame, untyped here
        """Scan parts with a column `part` that holds their address; None where there are none."""
        if not parts:
            return None
        with storage_errors(self.address):
            return self._engine.daft().read_parquet(
                self._folder.addresses(parts),
                file_path_column="part",
                io_config=self._folder.io_config(),
            )


def tables_of(stream: Iterable[Row], batch_messages: int) -> Iterator[pa.Table]:
    """Cut a stream of messages into tables.

    Args:
        stream: Conversation headers with their messages, in order.
        batch_messages: Most rows of one table.
    """
    rows = iter(stream)
    while batch := list(islice(rows, batch_messages)):
        yield table_of(batch)


def _target(parts: list[str], name: str) -> str:
    """Keep the number of a part that stands already; number a new one after all others."""
    last = 0
    for part in parts:
        found = PART_NAME.match(part)
        if found and found[2] == name:
            return part
        last = int(found[1]) if found else last
    return f"{last + 1:06d}-{name}.parquet"


def _name_of(address: str) -> str:
    return re.split(r"[/\\]", address)[-1]


def _is_in_order(table: pa.Table) -> bool:
    """Say whether rows of one part come by position, as they mostly do."""
    positions = table.column("position")
    parts = table.column("part")
    is_rising = pc.all(pc.greater(positions[1:], positions[:-1]), min_count=0)
    return len(pc.unique(parts)) == 1 and bool(is_rising.as_py())


class _Counter:
    """Counts a stream while it passes."""

    def __init__(self) -> None:
        self.n_new = 0
        self._conversations: set[str] = set()
        self._n_messages = 0

    def add(self, rows: pa.Table, n_new: int) -> None:
        self._conversations.update(pc.unique(rows.column("conversation_id")).to_pylist())
        self._n_messages += len(rows)
        self.n_new += n_new

    def summary(self) -> PartSummary:
        return PartSummary(
            n_conversations=len(self._conversations),
            n_messages=self._n_messages,
            n_new=self.n_new,
        )


def _new_rows(
    tables: Iterable[pa.Table], seen: SeenMessages, counter: _Counter
) -> Iterator[pa.Table]:
    for rows in tables:
        new = seen.take_new(rows)
        counter.add(rows, len(new))
        if len(new):
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
