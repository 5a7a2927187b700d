"""Reads gold conversations for training and measuring the pair scorer."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from chatmill.records import Conversation, Message, ReplyLink, ThreadedConversation
from chatmill.settings import RolesSettings, Settings
from chatmill.threads import thread_conversation

Pair = tuple[frozenset[str], frozenset[str]]
"""Ids of the question's and of the answer's messages."""


APART_MINUTES = (0, 4, 8, 12)
"""By so much the threads of a paced room are moved apart, one of these for each room."""


@dataclass(frozen=True, slots=True)
class Gold:
    """One conversation with its pairs."""

    threaded: ThreadedConversation
    pairs: tuple[Pair, ...]
    source: str
    row: dict[str, Any]


def read_gold(path: Path, *, gold_threads: bool) -> Iterator[Gold]:
    """Yield the conversations of a file in the scorer's format that have gold pairs.

    Args:
        path: JSONL.
        gold_threads: Take the file's threads and links where it has them.
    """
    if path.suffix == ".txt":
        rows: Iterator[dict[str, Any]] = read_rooms(path)
    else:
        rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    for row in rows:
        yield from _gold(row, path.name, gold_threads=gold_threads)


def read_labelled(threads: Path, labels: Path) -> Iterator[Gold]:
    """Yield the conversations of `threads` that `labels` (`{"id", "qa"}` a line) has pairs of."""
    rows = [json.loads(line) for line in labels.read_text(encoding="utf-8").splitlines()]
    pairs = {row["id"]: row["qa"] for row in rows}
    for line in threads.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["id"] in pairs:
            yield from _gold({**row, "gold": {"qa": pairs[row["id"]]}}, labels.name)


def _gold(row: dict[str, Any], source: str, *, gold_threads: bool = False) -> Iterator[Gold]:
    qa = (row.get("gold") or {}).get("qa")
    if qa is not None:
        conversation = _conversation(row)
        agents = tuple(
            dict.fromkeys(m["speaker"] for m in row["messages"] if m.get("known_role") == "agent")
        )
        threaded = thread_conversation(conversation, Settings(roles=RolesSettings(agents=agents)))
        if gold_threads and row["gold"].get("threads"):
            threaded = _with_gold(threaded, row["gold"])
        pairs = tuple((frozenset(p["question_ids"]), frozenset(p["answer_ids"])) for p in qa)
        yield Gold(threaded, pairs, source, row)


def read_rooms(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the rooms of `rooms.txt` in the scorer's format, with threads and links."""
    row: dict[str, Any] = {}
    clock = _Clock("", is_paced=False)
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        if line.startswith("@room"):
            if row:
                yield _finished(row)
            _, name, *options = line.split()
            row = {"id": name, "told": "told" in options, "messages": []}
            clock = _Clock(name, is_paced="paced" in options)
            continue
        if line.startswith("@wait"):
            clock.wait(float(line.split()[1]))
            continue
        head, text, marks = (part.strip() for part in line.split("|", 2))
        thread, speaker = head.split(" ", 1)
        is_agent = speaker.startswith("*")
        number = len(row["messages"])
        row["messages"].append(
            {
                "id": f"m{number}",
                "speaker": speaker.lstrip("*"),
                "role": ("agent" if is_agent else "customer") if row["told"] else None,
                "time": clock.next(speaker, thread),
                "text": text,
                "thread": thread,
            }
        )
        row["messages"][-1]["marks"] = marks.split()
    yield _finished(row)


class _Clock:
    """Gives the messages of a room their times."""

    def __init__(self, name: str, *, is_paced: bool) -> None:
        self._rng = random.Random(name) if is_paced else None  # noqa: S311 - no secret
        self._now = datetime(2025, 3, 4, 9)  # noqa: DTZ001 - wall time, as exported
        self._speaker = ""
        self._begun: dict[str, None] = {}
        self._apart = self._rng.choice(APART_MINUTES) if self._rng is not None else 0

    def wait(self, minutes: float) -> None:
        """Let time pass."""
        self._now += timedelta(minutes=minutes)

    def next(self, speaker: str, thread: str) -> str:
        """Return the time of the next message: every two minutes, or as people type."""
        at = self._now
        if self._rng is None:
            self.wait(2)
        else:
            is_same = speaker == self._speaker
            at += timedelta(seconds=self._rng.randint(5, 40) if is_same else 0)
            at += timedelta(seconds=0 if is_same else self._rng.choice((20, 45, 90, 150, 300)))
            self._now, self._speaker = at, speaker
            self._begun.setdefault(thread)
            at += timedelta(minutes=self._apart * list(self._begun).index(thread))
        return at.isoformat()


def _finished(row: dict[str, Any]) -> dict[str, Any]:
    pairs: dict[str, dict[str, list[str]]] = {}
    last: dict[str, str] = {}
    links, threads = [], {}
    row["messages"].sort(key=lambda message: str(message["time"]))
    for message in row["messages"]:
        thread, marks = message.pop("thread"), message.pop("marks")
        first = last.setdefault(f"first {thread}", message["id"])
        threads[message["id"]] = first
        if thread in last:
            links.append([message["id"], last[thread]])
        last[thread] = message["id"]
        for mark in marks:
            pair = pairs.setdefault(mark[1:], {"question_ids": [], "answer_ids": []})
            pair["question_ids" if mark[0] == "Q" else "answer_ids"].append(message["id"])
    gold = {"qa": list(pairs.values()), "links": links, "threads": threads}
    return {"id": row["id"], "messages": row["messages"], "gold": gold}


def _conversation(row: dict[str, Any]) -> Conversation:
    return Conversation(
        id=str(row["id"]),
        source="gold",
        platform="gold",
        messages=tuple(
            Message(
                id=str(each["id"]),
                speaker=each["speaker"],
                role=each.get("role") or "unknown",
                kind=each.get("kind") or "text",
                sent_at=each.get("time") or "",
                text=each["text"],
                reply_to=each.get("reply_to"),
            )
            for each in row["messages"]
        ),
    )


def _with_gold(threaded: ThreadedConversation, gold: dict[str, Any]) -> ThreadedConversation:
    links = tuple(ReplyLink(later=str(a), earlier=str(b)) for a, b in gold["links"])
    ids = {message.id: message.id for message in threaded.conversation.messages}
    threads = gold["threads"]
    if isinstance(threads, dict):
        ids |= {str(key): str(value) for key, value in threads.items()}
    else:
        ids |= {str(each): str(thread[0]) for thread in threads for each in thread}
    return ThreadedConversation(
        conversation=threaded.conversation, roles=threaded.roles, links=links, thread_ids=ids
    )
