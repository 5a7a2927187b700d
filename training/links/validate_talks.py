"""Measures the chooser of small rooms, each room left out in turn: `validate_talks.py GOLD…`."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gold import Tally
from talks import SETTINGS, Room
from train_talks import learn, lessons_of

from chatmill.threads.chooser import links_by_talks
from chatmill.threads.components import thread_ids
from chatmill.threads.roles import message_roles


def main(paths: list[Path]) -> None:
    """Print link F1 and exact thread F1 of the rooms of each file, held out."""
    lessons = {path: lessons_of(path) for path in paths}
    every = [lesson for part in lessons.values() for lesson in part]
    for path, part in lessons.items():
        links, threads = Tally(), Tally()
        for held_out in part:
            weights = learn([each for each in every if each is not held_out])
            count(held_out.row, held_out.room, weights, links, threads)
        print(f"{path.name}: link F1 {links.f1():.3f}, exact thread F1 {threads.f1():.3f}")


def count(
    row: dict[str, Any], room: Room, weights: dict[str, float], links: Tally, threads: Tally
) -> None:
    """Add what was found in one room."""
    roles = message_roles(room.conversation, SETTINGS)
    found = links_by_talks(room.conversation, roles, SETTINGS, weights)
    gold = {tuple(link) for link in row["gold"]["links"]}
    later = {link[0] for link in gold}
    gold |= {(each.message.id, each.message.id) for each in room.seen} - {(a, a) for a in later}
    guessed = {(link.later, link.earlier) for link in found}
    named = thread_ids(room.conversation, found)
    for tally, right, guess in (
        (links, gold, guessed),
        (threads, _groups(room.thread), _groups({m: named[m] for m in room.thread})),
    ):
        tally.hits += len(right & guess)
        tally.guessed += len(guess)
        tally.gold += len(right)


def _groups(thread_of: Mapping[str, str]) -> set[frozenset[str]]:
    groups: dict[str, set[str]] = {}
    for message, thread in thread_of.items():
        groups.setdefault(thread, set()).add(message)
    return {frozenset(group) for group in groups.values() if len(group) > 1}


if __name__ == "__main__":
    main([Path(each) for each in sys.argv[1:]])
