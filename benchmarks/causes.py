"""How well planted causes are found, and how fast: precision and recall a cause.

    python benchmarks/causes.py [--seeds 7 8 9] [--speed]

The failing questions are given (`planted_causes.py`), nothing is trained. The last line is one JSON
object.
"""

import argparse
import json
import time
from collections import Counter
from dataclasses import dataclass

import numpy as np

from chatmill.causes import CauseHints, CauseVectors, TrainedTurn, find_causes, without_names
from chatmill.server.embed import Embedder
from measuring import machine
from planted_causes import PlantedData, plant

NAMED = {
    "conflict": {"conflicting answers"},
    "one phrasing": {"one phrasing"},
    "no neighbour": {"no neighbour"},
    "held out": {"held out"},
    "none": {"not known"},
}
HINTS = CauseHints(max_answer_tokens=192, ungrounded={})


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One cause over a dataset."""

    n_planted: int
    n_named: int
    n_right: int

    @property
    def precision(self) -> float:
        """Share of those named that were planted; NaN where none was named."""
        return self.n_right / self.n_named if self.n_named else float("nan")

    @property
    def recall(self) -> float:
        """Share of those planted that were named."""
        return self.n_right / self.n_planted if self.n_planted else float("nan")


def measured(data: PlantedData, embedder: Embedder, *, is_told: bool) -> dict[str, Found]:
    """Find the causes of one planted dataset and count."""
    failed = [each for each in data.asked if each.verdict == "not followed"]
    trained = [
        TrainedTurn(example_id=e.example_id, turn=0, question=e.question, answer=e.answer)
        for e in data.trained
    ]
    vectors = CauseVectors(
        asked=embedder.embed([without_names(e.question) for e in failed]),
        references=embedder.embed([e.reference for e in failed]),
        said=embedder.embed([e.answer for e in failed]),
        questions=embedder.embed([without_names(e.question) for e in trained]),
        answers=embedder.embed([e.answer for e in trained]),
    )
    pairs: Counter[tuple[str, str]] = Counter()
    for score, found in zip(failed, find_causes(failed, trained, vectors, HINTS), strict=True):
        planted = data.planted[score.example_id, score.question]
        pairs[planted, found.cause] += 1
        if is_told and found.cause not in NAMED[planted]:
            near = found.neighbours[0] if found.neighbours else None
            print(planted, "→", found.cause, "|", score.question, "|", found.evidence, "|", near)
    return {
        planted: Found(
            n_planted=sum(n for (each, _), n in pairs.items() if each == planted),
            n_named=sum(n for (_, cause), n in pairs.items() if cause in causes),
            n_right=sum(n for (each, c), n in pairs.items() if each == planted and c in causes),
        )
        for planted, causes in NAMED.items()
    }


def speed(n_failed: int = 10_000, n_trained: int = 100_000) -> float:
    """Time the search over random vectors; seconds."""
    rng = np.random.default_rng(7)
    data = plant()
    failed = [each for each in data.asked if each.verdict == "not followed"]
    trained = [
        TrainedTurn(
            example_id=f"e{at}", turn=0,
            question=f"{data.trained[at % len(data.trained)].question} ({at})",
            answer=f"{data.trained[at % len(data.trained)].answer} ({at})",
        )
        for at in range(n_trained)
    ]  # fmt: skip

    def unit(n: int) -> np.ndarray:
        rows = rng.standard_normal((n, 512), dtype=np.float32)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        return rows

    vectors = CauseVectors(
        asked=unit(n_failed), references=unit(n_failed), said=unit(n_failed),
        questions=unit(n_trained), answers=unit(n_trained),
    )  # fmt: skip
    began = time.perf_counter()
    find_causes([failed[at % len(failed)] for at in range(n_failed)], trained, vectors, HINTS)
    return time.perf_counter() - began


def main() -> None:
    """Print precision and recall of each cause, then everything as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, nargs="+", default=[7])
    parser.add_argument("--speed", action="store_true")
    parser.add_argument("--tell", action="store_true", help="print what was missed")
    options = parser.parse_args()
    embedder = Embedder()
    result: dict[str, object] = {"machine": machine()}
    for seed in options.seeds:
        found = measured(plant(seed), embedder, is_told=options.tell)
        print(f"seed {seed}")
        for cause, each in found.items():
            print(
                f"  {cause:14} planted {each.n_planted:3} named {each.n_named:3} "
                f"precision {each.precision:.2f} recall {each.recall:.2f}"
            )
        result[str(seed)] = {
            cause: {"precision": round(each.precision, 3), "recall": round(each.recall, 3)}
            for cause, each in found.items()
        }
    if options.speed:
        result["seconds_10k_100k"] = round(speed(), 1)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
