"""Reads chats with gold reply links, and measures guessed links as Kummerfeld et al. (2019) do."""

import gzip
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from chatmill.records import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldRoom:
    """One chat; places count the messages of people."""

    messages: tuple[Message, ...]
    labelled: tuple[int, ...]
    """Places somebody labelled, in order; the messages before them are context."""
    answers: Mapping[int, frozenset[int]]
    """Labelled place → places it answers; empty where it starts something."""
    links: frozenset[tuple[str, str]]
    """All gold links by message id, starts and system lines linked to themselves."""
    n_system: int
    """Labelled system lines; everybody predicts that they start something."""
    threads: frozenset[frozenset[str]]
    """Gold threads of two or more messages."""
    ids: frozenset[str]
    """All labelled messages."""


@dataclass(slots=True)
class Tally:
    """Counts of right, guessed and gold; F1 over all rooms."""

    hits: int = 0
    guessed: int = 0
    gold: int = 0

    def f1(self) -> float:
        """Return the F-measure of the counts."""
        return 2 * self.hits / (self.guessed + self.gold)


def read_rooms(path: Path) -> list[GoldRoom]:
    """Read a file of the gold format, `{"id", "messages", "gold"}` a line, gzipped or not."""
    packed = path.read_bytes()
    text = gzip.decompress(packed) if path.suffix == ".gz" else packed
    return [_room(json.loads(line)) for line in text.splitlines()]


def measure(rooms: Sequence[GoldRoom], guesses: Iterable[Mapping[int, int]]) -> tuple[float, float]:
    """Return reply link F1 and exact thread F1.

    Args:
        rooms: Gold.
        guesses: For each room, place → place it answers (its own: it starts something).
    """
    links, threads = Tally(), Tally()
    for room, guess in zip(rooms, guesses, strict=True):
        named = {(room.messages[a].id, room.messages[b].id) for a, b in guess.items()}
        counted = {link for link in named if link[0] in room.ids}
        system = room.ids - {message.id for message in room.messages}
        counted |= {(each, each) for each in system}
        links.hits += len(counted & room.links)
        links.guessed += len(counted)
        links.gold += len(room.links)
        found = _components(named, room.ids)
        threads.hits += len(found & room.threads)
        threads.guessed += len(found)
        threads.gold += len(room.threads)
    return links.f1(), threads.f1()


def _components(links: Iterable[tuple[str, str]], ids: frozenset[str]) -> set[frozenset[str]]:
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while parent.setdefault(name, name) != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for later, earlier in links:
        parent[root(later)] = root(earlier)
    groups: dict[str, set[str]] = defaultdict(set)
    for name in ids:
        groups[root(name)].add(name)
    return {frozenset(group) for group in groups.values() if len(group) > 1}


def _room(row: dict) -> GoldRoom:  # type: ignore[type-arg] - a line of JSON
    messages = tuple(
        Message(id=m["id"], speaker=m["speaker"], text=m["text"], sent_at=m["time"] or "")
        for m in row["messages"]
        if m["speaker"]
    )
    place = {message.id: index for index, message in enumerate(messages)}
    ids = frozenset(row["gold"]["threads"])
    links = [link for link in row["gold"]["links"] if link[0] in ids]
    answers: dict[int, set[int]] = {place[each]: set() for each in ids if each in place}
    for later, earlier in links:
        if later in place:
            answers[place[later]].add(place.get(earlier, -1))
    groups: dict[str, set[str]] = defaultdict(set)
    for message_id, thread in row["gold"]["threads"].items():
        groups[thread].add(message_id)
    starts = [each for each in row["gold"]["starts"] if each in ids]
    return GoldRoom(
        messages=messages,
        labelled=tuple(sorted(answers)),
        answers={later: frozenset(earlier) for later, earlier in answers.items()},
        links=frozenset([*((a, b) for a, b in links), *((each, each) for each in starts)]),
        n_system=sum(each not in place for each in ids),
        threads=frozenset(frozenset(g) for g in groups.values() if len(g) > 1),
        ids=ids,
    )
