"""Who speaks in stored conversations, found without reading any text."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from chatmill.frames.columns import SpeakerOverlay, shown_name, source_of
from chatmill.frames.parts import message_keys

FEW_CONVERSATIONS = 1_000
"""Of so many, a scan reads only the parts of files that hold them."""
_KEY_COLUMNS = ["conversation_id", "message_id"]


class StoredSpeaker(NamedTuple):
    """Who sent a message, as a source named them."""

    conversation_id: str
    message_id: str
    speaker: str
    source: str
    """Name of the part the message lies in."""


class SpeakerCount(NamedTuple):
    """How much somebody says in a conversation."""

    conversation_id: str
    speaker: str
    """Under the name that is shown; empty for lines of the platform itself."""
    role: str
    """What the export says; who has several has several counts."""
    n_messages: int


def find_speakers(
    frame: Any,  # noqa: ANN401 - a daft.DataFrame, untyped here
    daft: Any,  # noqa: ANN401 - the module
    message_ids: Mapping[str, Collection[str]],
) -> Iterator[StoredSpeaker]:
    """Say who sent some messages, as exported.

    Args:
        frame: Rows of `SCHEMA` with a column `part`.
        daft: The module.
        message_ids: Conversation id → messages of it, at least one.
    """
    wanted = [(key, each) for key, ids in message_ids.items() for each in ids]
    keys = np.sort(message_keys(pa.table(list(zip(*wanted, strict=True)), names=_KEY_COLUMNS)))
    if len(message_ids) <= FEW_CONVERSATIONS:
        frame = frame.where(daft.col("conversation_id").is_in(list(message_ids)))
    columns = [*_KEY_COLUMNS, "speaker", "part"]
    schema = pa.schema([(name, pa.string()) for name in columns])
    for batch in frame.select(*columns).to_arrow_iter():
        rows = pa.Table.from_batches([batch]).cast(schema)
        found = message_keys(rows)
        at = np.minimum(np.searchsorted(keys, found), len(keys) - 1)
        for row in rows.filter(pa.array(keys[at] == found)).to_pylist():
            conversation_id, message_id, speaker, part = row.values()
            if message_id in message_ids.get(conversation_id, ()):
                yield StoredSpeaker(conversation_id, message_id, speaker, source_of(part))


def count_speakers(
    frame: Any,  # noqa: ANN401 - a daft.DataFrame, untyped here
    daft: Any,  # noqa: ANN401 - the module
    names: SpeakerOverlay,
) -> list[SpeakerCount]:
    """Count messages by conversation, speaker and role.

    Args:
        frame: Rows of `SCHEMA` with a column `part`.
        daft: The module.
        names: What some speakers are called in place of their exported names.
    """
    by = ("conversation_id", "speaker", "role", "part")
    rows = frame.groupby(*by).agg(daft.col("position").count().alias("n")).to_pydict()
    counts: Counter[tuple[str, str, str]] = Counter()
    for conversation_id, speaker, role, part, n_messages in zip(
        *(rows[name] for name in (*by, "n")), strict=True
    ):
        shown = shown_name(speaker, part, names.get(conversation_id, {}))
        counts[conversation_id, shown, role] += n_messages
    return [SpeakerCount(*key, n) for key, n in sorted(counts.items())]
