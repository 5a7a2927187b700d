"""Extracts question and answer pairs from gold conversations: `pairs.py GOLD OUT`.

Reads JSONL in the scorer's gold format (`{"id", "messages", "gold"}` a line) and writes
`{"id", "pairs": [{"question_ids", "answer_ids"}]}` a line.
"""

import json
import sys
from pathlib import Path

from chatmill.extractors.table import load_extractor
from chatmill.records import Conversation, Message
from chatmill.settings import Settings
from chatmill.threads import thread_conversation


def conversation_of(row: dict[str, object]) -> Conversation:
    """Read one line of a gold file."""
    messages = row["messages"]
    assert isinstance(messages, list)  # noqa: S101 - the file's format
    return Conversation(
        id=str(row["id"]),
        source="gold",
        platform="gold",
        messages=tuple(
            Message(
                id=str(each["id"]),
                speaker=each["speaker"],
                role=each.get("role") or "unknown",
                sent_at=each.get("time") or "",
                text=each["text"],
                reply_to=each.get("reply_to"),
            )
            for each in messages
        ),
    )


def main(gold: Path, out: Path) -> None:
    """Write the pairs of every conversation."""
    settings = Settings()
    extractor = load_extractor("rules")
    with gold.open(encoding="utf-8") as lines, out.open("w", encoding="utf-8") as written:
        for line in lines:
            conversation = conversation_of(json.loads(line))
            found = extractor.extract(thread_conversation(conversation, settings), settings)
            pairs = [
                {
                    "question_ids": list(
                        dict.fromkeys(c.message_id for c in turn.question_citations)
                    ),
                    "answer_ids": list(dict.fromkeys(c.message_id for c in turn.answer_citations)),
                }
                for example in found.examples
                for turn in example.turns
            ]
            written.write(json.dumps({"id": conversation.id, "pairs": pairs}) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
