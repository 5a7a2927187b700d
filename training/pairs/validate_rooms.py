"""Measures pairs in rooms with threads as found: `validate_rooms.py LIVECHAT THREADS`.

Opened rooms are left out one by one of the training of both the threads and the pairs; the rooms of
`rooms_unseen.txt` are measured with the shipped weights, which have not seen them. Prints each
room, then message_pair F1, pair F1 and the 95 % interval over rooms of the former.
"""

import argparse
import random
import sys
from collections.abc import Sequence
from pathlib import Path

from data import Gold, Pair, read_gold
from learn import Read, fit, read
from train import HERE, KEEP_PENALTY, OPENED_ROOMS, STEP_PENALTY, load, weighted
from validate import line_of, message_pair_f1, predicted

from chatmill.extractors.scorer import shipped_scorer
from chatmill.records import ThreadedConversation
from chatmill.settings import Settings
from chatmill.threads.chooser import links_by_talks
from chatmill.threads.components import thread_ids

sys.path.insert(0, str(HERE.parent / "links"))
from train_talks import learn, lessons_of

SETTINGS = Settings()
N_DRAWS = 2000
Result = tuple[Sequence[Pair], Sequence[Pair]]
"""Pairs found and gold pairs of a room."""


def main() -> None:
    """Measure both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("livechat", type=Path)
    parser.add_argument("threads", type=Path)
    given = parser.parse_args()
    unseen = read_gold(HERE / "rooms_unseen.txt", gold_threads=False)
    shipped = shipped_scorer()
    _show("unseen", [(gold, (predicted(read(gold), shipped), gold.pairs)) for gold in unseen])
    _show("opened", _left_out(load(given.livechat, given.threads)))


def _left_out(parts: dict[str, list[Read]]) -> list[tuple[Gold, Result]]:
    lessons = lessons_of(OPENED_ROOMS)
    others = lessons_of(HERE / "rooms.txt")
    results: list[tuple[Gold, Result]] = []
    for held_out, lesson in zip(parts["opened"], lessons, strict=True):
        weights = learn([each for each in lessons + others if each is not lesson])
        rest = {**parts, "opened": [each for each in parts["opened"] if each is not held_out]}
        scorer = fit(weighted(rest), step_penalty=STEP_PENALTY, keep_penalty=KEEP_PENALTY)
        found = read(_rethreaded(held_out.gold, weights))
        results.append((held_out.gold, (predicted(found, scorer), held_out.gold.pairs)))
    return results


def _rethreaded(gold: Gold, weights: dict[str, float]) -> Gold:
    """Return a room with the threads these weights find."""
    conversation, roles = gold.threaded.conversation, gold.threaded.roles
    links = links_by_talks(conversation, roles, SETTINGS, weights)
    threaded = ThreadedConversation(
        conversation=conversation,
        roles=roles,
        links=links,
        thread_ids=thread_ids(conversation, links),
    )
    return Gold(threaded, gold.pairs, gold.source, gold.row)


def _show(name: str, results: Sequence[tuple[Gold, Result]]) -> None:
    for gold, result in results:
        print(f"  {gold.row['id']:36} {message_pair_f1([result]):.3f}")
    rooms = [result for _, result in results]
    rng = random.Random(1)  # noqa: S311 - draws, no secret
    drawn = sorted(message_pair_f1(rng.choices(rooms, k=len(rooms))) for _ in range(N_DRAWS))
    low, high = drawn[N_DRAWS // 40], drawn[-N_DRAWS // 40]
    print(f"{name}: {line_of(rooms)}  interval over rooms {low:.3f} to {high:.3f}")


if __name__ == "__main__":
    main()
