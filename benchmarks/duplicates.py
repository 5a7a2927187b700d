"""Find planted near-duplicates among many questions: how many, how purely, how fast, beside others.

Run: python benchmarks/duplicates.py [--rows N …] [--runner native|ray] [--no-others] [--repeats N]
[--most-minutes N].
A fifth of the rows are copies with one to three edits (see planted_questions.py), and look-alikes
that differ in one number, part name, negation or opposite are added, a twentieth of the rows.
Recall is the share of copies that end in one cluster with their original, precision the share of
pairs in clusters that are of one family. Every tool runs in a process of its own on the same rows,
in the same run; one that takes longer than --most-minutes is ended and said to be. `peak_mb` is of
the tool's process alone, the rows included; `peak_with_workers_mb` adds the processes it starts,
shared pages counted once (PSS, looked at twice a second; Linux only). The last line is one JSON
object with the figures.
"""

import argparse
import contextlib
import json
import multiprocessing
import os
import resource
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import combinations
from pathlib import Path
from typing import Literal, cast

from measuring import machine
from planted_questions import Planted, plant

ROWS = (100_000, 1_000_000)
LOOK_ALIKES = 20
"""One to so many rows."""
THRESHOLD = 0.6
"""Jaccard similarity the other tools are asked for; their other settings are as they come."""
N_HASHES = 128
MEGABYTE_KB = 1024
WATCHED_EVERY_SECONDS = 0.5
LARGEST_PAIRED = 200
"""Of a larger cluster only its first members are paired, so that one heap does not take hours."""

Clusters = list[list[int]]


def ours(texts: Sequence[str], runner: str) -> Clusters:
    """Find clusters as `chatmill check` does."""
    from chatmill.checks.duplicates.near import clusters_of, near_duplicates
    from chatmill.frames import Engine

    engine = Engine(runner=cast("Literal['native', 'ray']", runner))
    return clusters_of(len(texts), near_duplicates(engine, texts))


def with_rensa(texts: Sequence[str], _runner: str) -> Clusters:
    """Use rensa's MinHash and its LSH, each text asking for those alike."""
    from rensa import RMinHash, RMinHashLSH  # type: ignore[import-untyped] # has no types

    index = RMinHashLSH(threshold=THRESHOLD, num_perm=N_HASHES, num_bands=32)
    hashes = []
    for row, text in enumerate(texts):
        made = RMinHash(num_perm=N_HASHES, seed=7)
        made.update(shingles(text))
        index.insert(row, made)
        hashes.append(made)
    pairs = (
        (row, other)
        for row, made in enumerate(hashes)
        for other in index.query(made)
        if other > row and made.jaccard(hashes[other]) >= THRESHOLD
    )
    return joined(len(texts), pairs)


def with_datasketch(texts: Sequence[str], _runner: str) -> Clusters:
    """Use datasketch's MinHash and its LSH, each text asking for those before it."""
    from datasketch import MinHash, MinHashLSH  # type: ignore[import-untyped] # has no types

    index = MinHashLSH(threshold=THRESHOLD, num_perm=N_HASHES)
    pairs = []
    encoded = ([each.encode() for each in shingles(text)] for text in texts)
    for row, made in enumerate(MinHash.generator(encoded, num_perm=N_HASHES, seed=7)):
        pairs += [(row, other) for other in index.query(made)]
        index.insert(row, made)
    return joined(len(texts), pairs)


TOOLS: dict[str, Callable[[Sequence[str], str], Clusters]] = {
    "chatmill": ours,
    "rensa": with_rensa,
    "datasketch": with_datasketch,
}


def shingles(text: str) -> list[str]:
    """Cut a text into three letters each, as ours does, without case and white space."""
    letters = "".join(text.lower().split())
    return sorted({letters[at : at + 3] for at in range(max(1, len(letters) - 2))})


def joined(n_rows: int, pairs: Iterable[tuple[int, int]]) -> Clusters:
    """Put rows together that are paired."""
    import numpy as np

    from chatmill.checks.duplicates.near import clusters_of

    return clusters_of(n_rows, np.array(list(pairs), dtype=np.int64).reshape(-1, 2))


def scored(planted: Planted, clusters: Clusters) -> dict[str, object]:
    """Compare clusters with what was planted."""
    cluster_of = {row: number for number, rows in enumerate(clusters) for row in rows}

    def is_together(a: int, b: int) -> bool:
        return a in cluster_of and cluster_of[a] == cluster_of.get(b)

    found = sum(is_together(a, b) for a, b in planted.copies)
    pairs = [pair for rows in clusters for pair in combinations(rows[:LARGEST_PAIRED], 2)]
    right = sum(planted.family[a] == planted.family[b] for a, b in pairs)
    total = Counter(kind for _, _, kind in planted.counterfeits)
    wrong = Counter(kind for a, b, kind in planted.counterfeits if is_together(a, b))
    return {
        "recall": round(found / len(planted.copies), 4),
        "precision": round(right / len(pairs), 4) if pairs else None,
        "wrongly_merged": round(wrong.total() / total.total(), 4),
        "wrongly_merged_by_kind": {kind: round(wrong[kind] / total[kind], 4) for kind in total},
    }


def measured(tool: str, n_rows: int, runner: str) -> dict[str, object]:
    """Run one tool on freshly made rows, in this process."""
    planted = plant(n_rows, n_rows // LOOK_ALIKES)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEGABYTE_KB
    busy = _cpu_seconds()
    began = time.perf_counter()
    clusters = TOOLS[tool](planted.texts, runner)
    took = time.perf_counter() - began
    return {
        "tool": tool,
        "rows": n_rows,
        "seconds": round(took, 2),
        "cpu_seconds": round(_cpu_seconds() - busy, 2),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEGABYTE_KB),
        "rows_mb": round(before),
        **scored(planted, clusters),
    }


def watched(tool: str, n_rows: int, runner: str, most_minutes: float) -> dict[str, object]:
    """Run one tool in a process of its own, and look at the memory of it and of its workers."""
    said = {"tool": tool, "rows": n_rows}
    ends_at = time.monotonic() + 60 * most_minutes
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        running = pool.apply_async(measured, (tool, n_rows, runner))
        most = 0.0
        while not running.ready():
            if time.monotonic() > ends_at:
                return {**said, "error": f"not done after {most_minutes:g} minutes"}
            most = max(most, sum(map(_megabytes, _started_by(os.getpid()))))
            running.wait(WATCHED_EVERY_SECONDS)
        try:
            found = running.get()
        except ImportError as error:
            return {**said, "error": str(error)}
    return {**found, "peak_with_workers_mb": round(most) or None}


def _started_by(process: int) -> set[int]:
    """List the processes a process has started, and those they have."""
    parent_of: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # ended meanwhile
            parent_of[int(stat.parent.name)] = int(stat.read_text().rsplit(")", 1)[1].split()[1])
    found: set[int] = set()
    new = {process}
    while new:
        new = {child for child, parent in parent_of.items() if parent in new} - found
        found |= new
    return found


def _megabytes(process: int) -> float:
    """Return the memory of a process, its part of what it shares; 0 where that is not told."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / MEGABYTE_KB
    return 0.0


def _cpu_seconds() -> float:
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in both)


def main() -> None:
    """Measure each tool at each size, print a line each, and the JSON object."""
    parser = argparse.ArgumentParser(description="Find planted near-duplicates.")
    parser.add_argument("--rows", type=int, nargs="+", default=ROWS)
    parser.add_argument("--runner", choices=("native", "ray"), default="native")
    parser.add_argument("--no-others", action="store_true", help="only ours")
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--most-minutes", type=float, default=15, help="for one tool at one size")
    asked = parser.parse_args()
    figures = []
    for n_rows in asked.rows:
        for tool in ["chatmill"] if asked.no_others else TOOLS:
            for _ in range(asked.repeats):
                found = watched(tool, n_rows, asked.runner, asked.most_minutes)
                print(found, flush=True)
                figures.append(found)
    report = {"benchmark": "duplicates", "runner": asked.runner, "machine": machine()}
    print(json.dumps({**report, "figures": figures}, ensure_ascii=False))


if __name__ == "__main__":
    main()
