"""Finds reply links and threads of gold conversations: `links.py GOLD OUT`.

Reads JSONL in the scorer's gold format (`{"id", "messages", "gold"}` a line, also gzipped) and
writes `{"id", "links": [[later, earlier], …], "threads": {message: thread}}` a line. The last line
printed is one JSON object with the time taken.
"""

import json
import sys
import time
from pathlib import Path

from chatmill.settings import Settings
from chatmill.threads import thread_conversation
from gold import conversation_of, opened


def main(gold: Path, out: Path) -> None:
    """Write the links and threads of every conversation."""
    settings = Settings()
    n_messages, seconds = 0, 0.0
    with opened(gold) as lines, out.open("w", encoding="utf-8") as written:
        for line in lines:
            conversation = conversation_of(json.loads(line))
            start = time.perf_counter()
            threaded = thread_conversation(conversation, settings)
            seconds += time.perf_counter() - start
            n_messages += len(conversation.messages)
            found = {
                "id": conversation.id,
                "links": [[link.later, link.earlier] for link in threaded.links],
                "threads": threaded.thread_ids,
            }
            written.write(json.dumps(found, ensure_ascii=False) + "\n")
    print(
        json.dumps(
            {
                "messages": n_messages,
                "seconds": round(seconds, 2),
                "ms_per_message": round(1000 * seconds / max(n_messages, 1), 4),
            }
        )
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
