"""Extracts question and answer pairs from gold conversations: `pairs.py GOLD OUT [--baseline]`.

Reads JSONL in the scorer's gold format (`{"id", "messages", "gold"}` a line) and writes
`{"id", "pairs": [{"question_ids", "answer_ids"}]}` a line. With `--baseline` the first speaker's
messages before anybody else speaks ask, and everybody else's messages answer.
"""

import json
import sys
from itertools import takewhile
from pathlib import Path

from chatmill.extractors.table import load_extractor
from chatmill.records import Conversation
from chatmill.settings import Settings
from chatmill.threads import thread_conversation
from gold import conversation_of, opened


def extracted(conversation: Conversation) -> list[dict[str, list[str]]]:
    """Return the pairs the rules extractor finds."""
    settings = Settings()
    threaded = thread_conversation(conversation, settings)
    found = load_extractor("rules").extract(threaded, settings)
    return [
        {
            "question_ids": list(dict.fromkeys(c.message_id for c in turn.question_citations)),
            "answer_ids": list(dict.fromkeys(c.message_id for c in turn.answer_citations)),
        }
        for example in found.examples
        for turn in example.turns
    ]


def baseline(conversation: Conversation) -> list[dict[str, list[str]]]:
    """Return one pair: the first speaker's opening messages, and what the others say."""
    messages = [each for each in conversation.messages if each.speaker]
    first = messages[0].speaker
    opening = list(takewhile(lambda each: each.speaker == first, messages))
    return [
        {
            "question_ids": [each.id for each in opening],
            "answer_ids": [each.id for each in messages if each.speaker != first],
        }
    ]


def main(gold: Path, out: Path, *, is_baseline: bool) -> None:
    """Write the pairs of every conversation."""
    find = baseline if is_baseline else extracted
    with opened(gold) as lines, out.open("w", encoding="utf-8") as written:
        for line in lines:
            conversation = conversation_of(json.loads(line))
            written.write(json.dumps({"id": conversation.id, "pairs": find(conversation)}) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), is_baseline="--baseline" in sys.argv[3:])
