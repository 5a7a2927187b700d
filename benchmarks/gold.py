"""Reads files in the scorers' gold format, one conversation a line, gzipped or not."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from chatmill.records import Conversation, Message


@contextmanager
def opened(path: Path) -> Iterator[TextIO]:
    """Open a file of text, gzipped or not."""
    if path.suffix == ".gz":
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            yield lines
    else:
        with path.open(encoding="utf-8") as lines:
            yield lines


def conversation_of(row: dict[str, Any]) -> Conversation:
    """Read the conversation of one line; the gold itself is not looked at."""
    return Conversation(
        id=str(row["id"]),
        source="gold",
        platform="gold",
        messages=tuple(
            Message(
                id=str(each["id"]),
                speaker=each.get("speaker") or "",
                role=each.get("role") or "unknown",
                kind=each.get("kind") or "text",
                sent_at=each.get("time") or "",
                text=each["text"],
                reply_to=each.get("reply_to"),
            )
            for each in row["messages"]
        ),
    )
