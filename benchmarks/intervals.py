"""Do the intervals cover? Simulated evaluations whose truth is known, in many shapes.

Run: python benchmarks/intervals.py [--replicates N] [--confidence C].
Each shape draws conversations with an effect of their own and rows around it: few and many
conversations, one to four rows each or sizes as uneven as real rooms (up to 12 or 30 rows), scores
skewed against 1, answers that follow or do not, shares, and paired differences. The truth is the
mean over a million conversations. `covered` is the share of the intervals given that hold the
truth; `above` and `below` where the truth lay above or below them; `given` the share of runs with
an interval at all (the others say "too few"). Shapes named `limit` are outside of what is
promised: sizes that say how well a conversation is followed, one conversation holding a sixth of
all rows. The last line is one JSON object with the figures.
"""

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from chatmill.metrics.intervals import (
    IntervalMethod,
    MeanEstimate,
    estimate_mean,
    estimate_mean_difference,
    estimate_share,
)
from measuring import machine

Draw = Callable[[np.random.Generator, int], np.ndarray]
Noise = Callable[[np.random.Generator, np.ndarray], np.ndarray]
PROMISED = (0.93, 0.97)
TRUTH_CONVERSATIONS = 1_000_000
MIN_CLUSTERS = 8
UNCHANGED = 0.6
"""Share of questions that two runs answer alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One kind of evaluation."""

    name: str
    n_clusters: int
    sizes: Draw
    effects: Callable[[np.random.Generator, np.ndarray], np.ndarray]
    """Sizes → one effect a conversation."""
    rows: Noise
    """Effects, one a row → values."""
    kind: Literal["mean", "share", "difference"] = "mean"
    is_limit: bool = False


def one_to(most: int) -> Draw:
    """Sizes of 1 to `most` rows, evenly."""
    return lambda random, n: np.asarray(random.integers(1, most + 1, size=n))


def uneven(most: int) -> Draw:
    """Sizes with a heavy tail, cut at `most`."""

    def drawn_sizes(random: np.random.Generator, n: int) -> np.ndarray:
        return np.asarray(np.minimum(most, random.uniform(size=n) ** -0.9).astype(int))

    return drawn_sizes


def beta_rows(random: np.random.Generator, effects: np.ndarray) -> np.ndarray:
    """Scores in (0, 1) around their conversation's effect, skewed where it is near 1."""
    near = np.clip(effects, 0.01, 0.99)
    return np.asarray(random.beta(12 * near, 12 * (1 - near)))


def followed_or_not(random: np.random.Generator, effects: np.ndarray) -> np.ndarray:
    """Near 1 where an answer follows, about 0.45 where it does not."""
    near_one = 1 - 0.05 * random.exponential(size=len(effects)).clip(0, 3)
    lost = random.normal(0.45, 0.12, size=len(effects)).clip(0, 1)
    return np.where(random.uniform(size=len(effects)) < effects, near_one, lost)


def flags(random: np.random.Generator, effects: np.ndarray) -> np.ndarray:
    """1 with the probability of the effect, else 0."""
    return (random.uniform(size=len(effects)) < effects).astype(float)


def changes(random: np.random.Generator, effects: np.ndarray) -> np.ndarray:
    """Six in ten questions unchanged, the others better or worse by 0.1 to 0.5."""
    luck = random.uniform(size=len(effects))
    gain = random.normal(0.3, 0.1, size=len(effects))
    loss = random.normal(-0.2, 0.1, size=len(effects))
    moved = np.where(luck < UNCHANGED + (1 - UNCHANGED) * effects, gain, loss)
    return np.where(luck < UNCHANGED, 0.0, moved)


def of_beta(a: float, b: float) -> Callable[[np.random.Generator, np.ndarray], np.ndarray]:
    """Effects that do not depend on the conversation's size."""
    return lambda random, sizes: np.asarray(random.beta(a, b, size=len(sizes)))


def worse_when_long(random: np.random.Generator, sizes: np.ndarray) -> np.ndarray:
    """Effects that fall with the conversation's size."""
    return np.asarray(
        np.clip(random.beta(6, 1.2, size=len(sizes)) - 0.01 * np.minimum(sizes, 20), 0, 1)
    )


def shapes() -> list[Shape]:
    """List every shape."""
    made = []
    for n in (12, 15, 25, 60, 300):
        made += [
            Shape(
                name="symmetric",
                n_clusters=n,
                sizes=one_to(4),
                effects=lambda random, sizes: random.normal(0.7, 0.08, size=len(sizes)),
                rows=lambda random, means: random.normal(means, 0.05).clip(-1, 1),
            ),
            Shape(
                name="skewed against 1",
                n_clusters=n,
                sizes=one_to(4),
                effects=of_beta(6, 1.2),
                rows=beta_rows,
            ),
            Shape(
                name="followed or not",
                n_clusters=n,
                sizes=one_to(4),
                effects=of_beta(3, 0.75),
                rows=followed_or_not,
            ),
            Shape(
                name="one row each",
                n_clusters=n,
                sizes=one_to(1),
                effects=of_beta(3, 0.75),
                rows=followed_or_not,
            ),
            Shape(
                name="paired differences",
                n_clusters=n,
                sizes=one_to(4),
                effects=of_beta(3, 0.75),
                rows=changes,
                kind="difference",
            ),
            Shape(
                name="share of 0.8",
                n_clusters=n,
                sizes=one_to(4),
                effects=of_beta(3, 0.75),
                rows=flags,
                kind="share",
            ),
        ]
    for n in (25, 60, 300):
        made += [
            Shape(
                name="share of 0.9",
                n_clusters=n,
                sizes=one_to(4),
                effects=of_beta(4.5, 0.5),
                rows=flags,
                kind="share",
            ),
            Shape(
                name="uneven sizes to 12, skewed",
                n_clusters=n,
                sizes=uneven(12),
                effects=of_beta(6, 1.2),
                rows=beta_rows,
            ),
            Shape(
                name="uneven sizes to 30, skewed",
                n_clusters=n,
                sizes=uneven(30),
                effects=of_beta(6, 1.2),
                rows=beta_rows,
            ),
            Shape(
                name="uneven sizes to 12, differences",
                n_clusters=n,
                sizes=uneven(12),
                effects=of_beta(3, 0.75),
                rows=changes,
                kind="difference",
            ),
            Shape(
                name="limit: long conversations go worse, to 12",
                n_clusters=n,
                sizes=uneven(12),
                effects=worse_when_long,
                rows=beta_rows,
                is_limit=True,
            ),
            Shape(
                name="limit: long conversations go worse, to 30",
                n_clusters=n,
                sizes=uneven(30),
                effects=worse_when_long,
                rows=beta_rows,
                is_limit=True,
            ),
        ]
    return made


def truth_of(shape: Shape) -> float:
    """Return the mean over very many conversations."""
    values, _ = drawn(shape, TRUTH_CONVERSATIONS, np.random.default_rng(11))
    return float(values.mean())


def drawn(
    shape: Shape, n_clusters: int, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw values and the conversation each belongs to."""
    sizes = shape.sizes(random, n_clusters)
    clusters = np.repeat(np.arange(n_clusters), sizes)
    return shape.rows(random, shape.effects(random, sizes)[clusters]), clusters


def estimated(
    shape: Shape, values: np.ndarray, clusters: np.ndarray, method: IntervalMethod
) -> MeanEstimate:
    """Estimate as chatmill does."""
    rows, rooms = values.tolist(), clusters.tolist()
    if shape.kind == "share":
        return estimate_share([value > 0 for value in rows], rooms, method)
    if shape.kind == "difference":
        return estimate_mean_difference([0.0] * len(rows), rows, rooms, method)
    return estimate_mean(rows, rooms, method)


def simulated(shape: Shape, n_replicates: int, confidence: float) -> dict[str, object]:
    """Count how often the interval holds the truth."""
    truth = truth_of(shape)
    random = np.random.default_rng(7)
    method = IntervalMethod(confidence=confidence, min_clusters=MIN_CLUSTERS)
    ends, n_rows = [], 0
    for _ in range(n_replicates):
        values, clusters = drawn(shape, shape.n_clusters, random)
        n_rows += len(values)
        found = estimated(shape, values, clusters, method)
        if found.low is not None and found.high is not None:
            ends.append((found.low, found.high))
    low, high = np.array(ends).reshape(-1, 2).T
    is_held = (low <= truth) & (truth <= high)

    def share(flags: np.ndarray) -> float | None:
        return round(float(flags.mean()), 4) if len(ends) else None

    return {
        "shape": shape.name,
        "conversations": shape.n_clusters,
        "rows": round(n_rows / n_replicates),
        "truth": round(truth, 4),
        "given": round(len(ends) / n_replicates, 3),
        "covered": share(is_held),
        "above": share(truth > high),
        "below": share(truth < low),
        "width": share(high - low),
        "is_limit": shape.is_limit,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--replicates", type=int, default=2000)
    parser.add_argument("--confidence", type=float, default=0.95)
    options = parser.parse_args()
    began = time.perf_counter()
    results = []
    for shape in shapes():
        found = simulated(shape, options.replicates, options.confidence)
        print(*(f"{key} {value}" for key, value in found.items()), sep=" · ", flush=True)
        results.append(found)
    covered = [
        float(str(each["covered"]))
        for each in results
        if not each["is_limit"] and each["covered"] is not None
    ]
    print(
        json.dumps(
            {
                "benchmark": "intervals",
                "replicates": options.replicates,
                "confidence": options.confidence,
                "shapes": results,
                "lowest": min(covered),
                "highest": max(covered),
                "within_93_97": sum(PROMISED[0] <= each <= PROMISED[1] for each in covered),
                "of": len(covered),
                "seconds": round(time.perf_counter() - began, 1),
                **machine(),
            }
        )
    )


if __name__ == "__main__":
    main()
