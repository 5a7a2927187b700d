"""Conversations as append-only Parquet: records to columns and back, scans, and what is new."""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import blake2b
from heapq import merge
from itertools import groupby, islice
from pathlib import Path
from typing import Any, Literal, NamedTuple, Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from chatmill.errors import StorageError, UsageError
from chatmill.records import Conversation, Message, Score
from chatmill.text.language import detect_language

Row = tuple[Conversation, Message]
"""The conversation a message belongs to (without messages), and the message."""

SCHEMA = pa.schema(
    [
        pa.field("conversation_id", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("platform", pa.string(), nullable=False),
        pa.field("title", pa.string(), nullable=False),
        pa.field("language", pa.string(), nullable=False),
        pa.field("position", pa.int64(), nullable=False),
        pa.field("message_id", pa.string(), nullable=False),
        pa.field("speaker", pa.string(), nullable=False),
        pa.field("role", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("sent_at", pa.string(), nullable=False),
        pa.field("text", pa.string(), nullable=False),
        pa.field("reply_to", pa.string()),
        pa.field("attachments", pa.list_(pa.string()), nullable=False),
    ]
)
"""One row a message; `position` counts the rows of a part from 0."""

READ_MESSAGES_AT_ONCE = 100_000
"""Messages fetched together when all conversations are read; a longer conversation comes alone."""
LANGUAGE_SAMPLE_CHARACTERS = 20_000
"""Text looked at to name a conversation's language."""

_PART_NAME = re.compile(r"^(\d{6,})-(.+)\.parquet$")
_GLOB_SIGNS = re.compile(r"[\[\]*?{}!\\]")
_DATED = re.compile(r"^\d{4}-\d{2}-\d{2}")
_UNDATED = "~"
"""Sorts after every date: what has none stays at the end."""


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
        self._seen: _SeenMessages | None = None
        self._seen_parts: frozenset[str] = frozenset()

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
        with _storage_errors(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            self._remove_leftovers()
        target = self._target(name)
        counter = _Counter()
        seen = self._seen_without(target)
        self._seen = None  # only a finished part makes it true again
        with _PartFile(target) as part:
            for rows in _new_rows(stream, seen, counter, batch_messages):
                part.append(rows)
            part.publish()
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
        with _storage_errors(self.folder):
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
        with _storage_errors(self.folder):
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

    def _seen_without(self, target: Path | None) -> "_SeenMessages":
        others = [path for path in self._parts() if path != target]
        names = frozenset(path.name for path in others)
        if self._seen is not None and names == self._seen_parts:
            return self._seen
        frame = self._frame(others)
        if frame is None:
            return _SeenMessages(np.empty(0, np.uint64))
        daft = self._daft()
        with _storage_errors(self.folder):
            key = (daft.col("conversation_id") + daft.lit("\0") + daft.col("message_id")).hash()
            batches = [
                batch.column(0).to_numpy(zero_copy_only=False)
                for batch in frame.select(key.alias("key")).to_arrow_iter()
            ]
        return _SeenMessages(np.concatenate([np.empty(0, np.uint64), *batches]))

    def _index(self) -> dict[str, list[_Share]]:
        """Say where each conversation lies, in the order of first import, without any text."""
        frame = self._frame(self._parts())
        if frame is None:
            return {}
        position = self._daft().col("position")
        with _storage_errors(self.folder):
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
        index: dict[str, list[_Share]] = {}
        for part, first, conversation_id, n_rows in shares:
            index.setdefault(conversation_id, []).append(_Share(part, first, n_rows))
        return index

    def _load(self, group: dict[str, list[_Share]]) -> Iterator[Conversation]:
        parts = sorted({share.part for shares in group.values() for share in shares})
        frame = self._frame([self.folder / part for part in parts])
        if frame is None:
            return
        with _storage_errors(self.folder):
            chosen = self._daft().col("conversation_id").is_in(list(group))
            table: pa.Table = frame.where(chosen).to_arrow()
        table = table.sort_by([("part", "ascending"), ("position", "ascending")])
        rows_of: dict[str, list[dict[str, Any]]] = {key: [] for key in group}
        for row in table.to_pylist():
            rows_of[row["conversation_id"]].append(row)
        for rows in rows_of.values():
            yield _conversation(rows)

    def _frame(self, parts: Sequence[Path]) -> Any:  # noqa: ANN401 - a daft.DataFrame, untyped here
        """Scan parts with a column `part` that holds their address; None where there are none."""
        if not parts:
            return None
        addresses = [_GLOB_SIGNS.sub(r"\\\g<0>", str(path)) for path in parts]
        with _storage_errors(self.folder):
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


class _SeenMessages:
    """64-bit keys of all messages met so far: eight bytes a message, whatever their number.

    Args:
        keys: uint64, shape (n_messages,), in any order.
    """

    def __init__(self, keys: np.ndarray) -> None:
        self._runs = [np.sort(keys)]

    def take_new(self, rows: list[Row]) -> list[Row]:
        """Return the rows met for the first time, and remember them."""
        import daft

        names = [f"{conversation.id}\0{message.id}" for conversation, message in rows]
        keys = daft.Series.from_pylist(names).hash().to_arrow().to_numpy(zero_copy_only=False)
        is_new = np.zeros(len(rows), bool)
        is_new[np.unique(keys, return_index=True)[1]] = True
        for run in self._runs:
            if len(run):
                at = np.minimum(np.searchsorted(run, keys), len(run) - 1)
                is_new &= run[at] != keys
        self._remember(np.sort(keys[is_new]))
        return [row for row, new in zip(rows, is_new, strict=True) if new]

    def _remember(self, keys: np.ndarray) -> None:
        """Keep few sorted runs: two of similar length become one."""
        self._runs.append(keys)
        while len(self._runs) > 1 and len(self._runs[-2]) <= 2 * len(self._runs[-1]):
            last = self._runs.pop()
            self._runs[-1] = np.sort(np.concatenate([self._runs[-1], last]), kind="stable")


class _PartFile:
    """Writes a part beside its place and renames it there once it is safely on disk."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self._partial = target.with_name(f".{target.name}.partial")
        self._writer: pq.ParquetWriter | None = None
        self._n_rows = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        with _storage_errors(self._target):
            try:
                if self._writer is not None:
                    self._writer.close()
            finally:
                self._partial.unlink(missing_ok=True)

    def append(self, rows: list[Row]) -> None:
        """Write one row group."""
        with _storage_errors(self._target):
            if self._writer is None:
                self._writer = pq.ParquetWriter(self._partial, SCHEMA, compression="zstd")
            self._writer.write_table(_table(rows, self._n_rows))
        self._n_rows += len(rows)

    def publish(self) -> None:
        """Put the part in its place; nothing happens where nothing was written."""
        if self._writer is None:
            return
        with _storage_errors(self._target):
            self._writer.close()
            self._writer = None
            _sync(self._partial)
            self._partial.replace(self._target)
            _sync(self._target.parent)


def _new_rows(
    stream: Iterable[Row], seen: _SeenMessages, counter: _Counter, batch_messages: int
) -> Iterator[list[Row]]:
    rows = iter(stream)
    while batch := list(islice(rows, batch_messages)):
        new = seen.take_new(batch)
        counter.add(batch, len(new))
        if new:
            yield new


def _table(rows: list[Row], first_position: int) -> pa.Table:
    headers = [header for header, _ in rows]
    messages = [message for _, message in rows]
    columns: dict[str, Any] = {
        "conversation_id": [header.id for header in headers],
        "source": [header.source for header in headers],
        "platform": [header.platform for header in headers],
        "title": [header.title for header in headers],
        "language": [header.language for header in headers],
        "position": range(first_position, first_position + len(rows)),
        "message_id": [message.id for message in messages],
        "speaker": [message.speaker for message in messages],
        "role": [message.role for message in messages],
        "kind": [message.kind for message in messages],
        "sent_at": [message.sent_at for message in messages],
        "text": [message.text for message in messages],
        "reply_to": [message.reply_to for message in messages],
        "attachments": [message.attachments for message in messages],
    }
    return pa.table(columns, schema=SCHEMA)


def _conversation(rows: list[dict[str, Any]]) -> Conversation:
    """Build a conversation from its rows, sorted by part and position."""
    first = rows[0]
    parts = [list(of_part) for _, of_part in groupby(rows, key=lambda row: row["part"])]
    if len(parts) > 1:
        keyed = (zip(_merge_keys(part), part, strict=True) for part in parts)
        rows = [row for _, row in merge(*keyed, key=lambda pair: pair[0])]
    conversation = Conversation(
        id=first["conversation_id"],
        source=first["source"],
        platform=first["platform"],
        title=first["title"],
        language=first["language"],
        messages=tuple(_message(row) for row in rows),
    )
    if conversation.language:
        return conversation
    return replace(conversation, language=detect_language(_sample(conversation)))


def _merge_keys(rows: list[dict[str, Any]]) -> list[str]:
    """Give each row of a part the latest minute up to it: parts merge and keep their own order."""
    minutes = [
        row["sent_at"][:16].replace("T", " ") if _DATED.match(row["sent_at"]) else ""
        for row in rows
    ]
    latest = next((minute for minute in minutes if minute), _UNDATED)
    keys = []
    for minute in minutes:
        latest = max(latest, minute)
        keys.append(latest)
    return keys


def _message(row: dict[str, Any]) -> Message:
    return Message(
        id=row["message_id"],
        speaker=row["speaker"],
        role=row["role"],
        kind=row["kind"],
        sent_at=row["sent_at"],
        text=row["text"],
        reply_to=row["reply_to"],
        attachments=tuple(row["attachments"]),
    )


def _sample(conversation: Conversation) -> str:
    texts: list[str] = []
    n_characters = 0
    for message in conversation.messages:
        if message.kind != "text":
            continue
        texts.append(message.text)
        n_characters += len(message.text)
        if n_characters >= LANGUAGE_SAMPLE_CHARACTERS:
            break
    return "\n".join(texts)


def _groups(index: dict[str, list[_Share]]) -> Iterator[dict[str, list[_Share]]]:
    """Cut conversations into groups that fit in memory, keeping their order."""
    group: dict[str, list[_Share]] = {}
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


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _storage_errors(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"conversations cannot be read or written: {error.strerror or error}",
            where=str(place),
            fix="Check free disk space and permissions; nothing was half-written",
        ) from error
    except ValueError as error:  # what Daft's and Arrow's own errors are
        if not type(error).__module__.startswith(("daft", "pyarrow")):
            raise
        raise StorageError(
            f"a part cannot be read: {str(error).splitlines()[0]}",
            where=str(place),
            fix="Restore the file from a backup, or delete it and import its source again",
        ) from error


SCORE_SCHEMA = pa.schema(
    [
        pa.field("example_id", pa.string(), nullable=False),
        pa.field("conversation_id", pa.string(), nullable=False),
        pa.field("turn", pa.int32(), nullable=False),
        pa.field("split", pa.string(), nullable=False),
        pa.field("language", pa.string(), nullable=False),
        pa.field("prompt", pa.string(), nullable=False),
        pa.field("system", pa.string(), nullable=False),
        pa.field("question", pa.string(), nullable=False),
        pa.field("reference", pa.string(), nullable=False),
        pa.field("answer", pa.string(), nullable=False),
        pa.field("base_answer", pa.string(), nullable=False),
        pa.field("cosine", pa.float64(), nullable=False),
        pa.field("base_cosine", pa.float64()),
        pa.field("nearest_cosine", pa.float64()),
        pa.field("shuffled_cosine", pa.float64()),
        pa.field("rouge_l", pa.float64(), nullable=False),
        pa.field("facts", pa.float64()),
        pa.field("polarity", pa.bool_(), nullable=False),
        pa.field("is_cut", pa.bool_(), nullable=False),
        pa.field("verdict", pa.string(), nullable=False),
    ]
)
"""One row a Score, a column a field, in the record's order."""


def write_scores(path: Path, scores: Sequence[Score]) -> None:
    """Write the scores of an evaluation as one Parquet file.

    Raises:
        OSError: The file cannot be written.
    """
    columns = {name: [getattr(score, name) for score in scores] for name in SCORE_SCHEMA.names}
    pq.write_table(pa.table(columns, schema=SCORE_SCHEMA), path, compression="zstd")


def read_scores(path: Path) -> list[Score]:
    """Read the scores of an evaluation, in the order they were written.

    Raises:
        StorageError: The file is missing or not what `write_scores` wrote.
    """
    try:
        table = pq.read_table(path, schema=SCORE_SCHEMA)
    except (OSError, pa.ArrowException) as error:
        raise StorageError(
            f"scores cannot be read: {str(error).splitlines()[0]}",
            where=str(path),
            fix="Evaluate again, no answer is asked twice: chatmill evaluate",
        ) from error
    return [Score(**row) for row in table.to_pylist()]
