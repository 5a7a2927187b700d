"""Trains the chooser of small rooms: `train_talks.py OUT.json GOLD…`, JSONL or `rooms.txt`."""

import argparse
import json
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from talks import Room, Row, fit, read_room, rows_of

sys.path.insert(0, str(Path(__file__).parents[1] / "pairs"))
from data import read_rooms

PENALTY = 5.0
FURTHER, FURTHER_WEIGHT = "rooms_unseen.txt", 0.4
"""The second set is larger than the others together and was written alike: it counts less."""
N_VARIANTS, VARIANT_WEIGHT, LONGEST_SHIFT = 5, 0.4, 10.0
"""Each room is also read with its threads shifted against each other, by up to so many minutes."""
SOURCE = (
    "Trained on the rooms written for this repository (benchmarks/rooms/opened.jsonl,"
    " training/pairs/rooms.txt and rooms_unseen.txt), Apache-2.0."
)


def main() -> None:
    """Train and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("gold", type=Path, nargs="+")
    arguments = parser.parse_args()
    weights = learn([lesson for path in arguments.gold for lesson in lessons_of(path)])
    text = json.dumps({"source": SOURCE, "weights": weights}, indent=1, ensure_ascii=False)
    arguments.out.write_text(text + "\n", encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Lesson:
    """A gold room, and what its threads and the shifted ones teach."""

    row: dict[str, Any]
    room: Room
    weight: float
    rows: list[Row]


def lessons_of(path: Path, seed: int = 1) -> list[Lesson]:
    """Read the gold rooms of a file, JSONL or `rooms.txt`."""
    rng = random.Random(seed)  # noqa: S311 - shuffles training rooms
    if path.suffix == ".txt":
        rows = list(read_rooms(path))
    else:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    weight = FURTHER_WEIGHT if path.name == FURTHER else 1.0
    return [_lesson(row, weight, rng) for row in rows]


def _lesson(row: dict[str, Any], weight: float, rng: random.Random) -> Lesson:
    room = read_room(row)
    variants = [read_room(shifted(row, rng)) for _ in range(N_VARIANTS)]
    learnt = rows_of(room, weight)
    learnt += [each for one in variants for each in rows_of(one, VARIANT_WEIGHT * weight)]
    return Lesson(row, room, weight, learnt)


def shifted(row: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    """Move each thread of a room in time and put its messages back in order."""
    thread = row["gold"]["threads"]
    shifts = {
        name: timedelta(minutes=rng.uniform(-LONGEST_SHIFT, LONGEST_SHIFT))
        for name in dict.fromkeys(thread[message["id"]] for message in row["messages"])
    }
    messages = [
        {
            **message,
            "time": (
                datetime.fromisoformat(message["time"]) + shifts[thread[message["id"]]]
            ).isoformat(),
        }
        for message in row["messages"]
    ]
    return {**row, "messages": sorted(messages, key=lambda message: str(message["time"]))}


def learn(lessons: Sequence[Lesson]) -> dict[str, float]:
    """Fit along the gold threads, then also along the threads these weights find."""
    rows = [row for lesson in lessons for row in lesson.rows]
    draft = fit(rows, penalty=PENALTY)
    rows += [row for lesson in lessons for row in rows_of(lesson.room, lesson.weight, draft)]
    return fit(rows, penalty=PENALTY)


if __name__ == "__main__":
    main()
