"""Select: the few examples that stand for all, by facility location over questions and answers."""

import heapq
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatmill.checks.duplicates.meaning import fact_values
from chatmill.errors import DatasetError, UsageError
from chatmill.project import Project
from chatmill.records import Example
from chatmill.store.clusters import list_clusters
from chatmill.store.examples import list_findings

if TYPE_CHECKING:
    import numpy as np

MOST = 20_000
"""Examples chosen among; the time grows with the square."""
KEPT_WITHIN = 0.03
"""`auto` takes the smallest size whose proxy is within this of all examples'."""
WARNED = 0.9
"""What a warning of a check leaves of an example's worth."""
CURVE_POINTS = 20
RANDOM_DRAWS = 5
SEED = 7
EMBEDDED_CHARACTERS = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoint:
    """How well so many examples stand for all."""

    n: int
    proxy: float
    """Mean cosine of every example's answer and that of the nearest chosen question; 0 where facts
    differ."""
    proxy_random: float
    """The same for random subsets of this size, the mean of some."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The examples that stand for all."""

    example_ids: tuple[str, ...]
    """In the order they were chosen."""
    n_candidates: int
    """Examples that would be trained on."""
    n_conflicting: int
    """Left out because their answers contradict each other."""
    curve: tuple[CurvePoint, ...]


def select_examples(
    project: Project, examples: Sequence[Example], size: int | None = None
) -> Selection:
    """Choose the examples that cover the others best.

    Args:
        project: Whose findings and clusters say what is odd or contradicts.
        examples: Those that would be trained on.
        size: How many; None for the smallest number whose proxy is within 0.03 of all.

    Raises:
        DatasetError: There are none, too many, or all contradict each other.
        UsageError: There are fewer than `size` that do not contradict each other.
        ModelError: The embedding model does not answer.
    """
    import numpy as np

    if len(examples) > MOST:
        raise DatasetError(f"{len(examples)} examples, a subset is chosen among at most {MOST}")
    against = {
        example_id
        for cluster in list_clusters(project.database)
        if cluster.kind == "conflict"
        for example_id in cluster.example_ids
    }
    free = [at for at, each in enumerate(examples) if each.id not in against]
    if not free:
        raise DatasetError("no example to choose from", fix="Keep some: chatmill review")
    if size is not None and not 1 <= size <= len(free):
        raise UsageError(
            f"{size} examples cannot be selected: {len(free)} can be trained on without conflicts",
            where="--select",
        )
    pairs = _pairs(project, examples)
    both = np.concatenate([pairs.asked, pairs.answered], axis=1) / np.sqrt(2)
    order = facility_order(both, _worth(project, examples), free)
    sizes = _sizes(len(free), size)
    proxies = {n: proxy(pairs, order[:n]) for n in sizes}
    if size is None:
        size = _smallest(pairs, order)
    rng = np.random.default_rng(SEED)
    curve = tuple(
        CurvePoint(
            n=n,
            proxy=proxies[n],
            proxy_random=float(
                np.mean(
                    [
                        proxy(pairs, rng.choice(free, n, replace=False).tolist())
                        for _ in range(RANDOM_DRAWS)
                    ]
                )
            ),
        )
        for n in sizes
    )
    return Selection(
        example_ids=tuple(examples[at].id for at in order[:size]),
        n_candidates=len(examples),
        n_conflicting=len(examples) - len(free),
        curve=curve,
    )


def facility_order(
    vectors: "np.ndarray", worth: "np.ndarray", candidates: Collection[int]
) -> list[int]:
    """Order candidates by what each adds to the others' likeness to the nearest chosen one.

    Lazy greedy (Minoux 1978): gains only fall, so an old gain below the best new one is not counted
    again.

    Args:
        vectors: float32, shape (n, n_dims), unit rows; all are to be covered.
        worth: float, shape (n,), in (0, 1]: a candidate's gain is multiplied with it.
        candidates: Rows that may be chosen.

    Returns:
        Every candidate, the most telling first.
    """
    import numpy as np

    covered = np.zeros(len(vectors), dtype=np.float32)

    def gain(at: int) -> float:
        likeness = vectors @ vectors[at]
        return float(np.maximum(likeness - covered, 0).sum() * worth[at])

    heap = [(-gain(at), at, 0) for at in sorted(candidates)]
    heapq.heapify(heap)
    order: list[int] = []
    while heap:
        _old, at, counted_at = heapq.heappop(heap)
        if counted_at < len(order):
            heapq.heappush(heap, (-gain(at), at, len(order)))
            continue
        order.append(at)
        covered = np.maximum(covered, vectors @ vectors[at])
    return order


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """What examples ask and answer, row by row."""

    asked: "np.ndarray"
    """float32, shape (n, n_dims), unit rows."""
    answered: "np.ndarray"
    """The same, of the answers."""
    facts: "np.ndarray"
    """int64, shape (n,): equal where two answers hold the same numbers and names."""


def proxy(pairs: Pairs, chosen: Sequence[int]) -> float:
    """Return the mean cosine of each answer and the answer of the nearest chosen question.

    Where their facts differ it counts as 0: another number is another answer.

    It says what a perfect copier of the subset would score on all of it, and nothing of what a
    tuned model does with it.

    Args:
        pairs: All examples.
        chosen: At least one row.
    """
    import numpy as np

    rows = np.asarray(chosen, dtype=np.int64)
    likeness = pairs.asked @ pairs.asked[rows].T
    likeness[rows, np.arange(len(rows))] = 2.0  # its own answer, also where two ask the same
    nearest = rows[likeness.argmax(axis=1)]
    alike = np.einsum("nd,nd->n", pairs.answered, pairs.answered[nearest])
    return float((alike * (pairs.facts == pairs.facts[nearest])).mean())


def _smallest(pairs: Pairs, order: Sequence[int]) -> int:
    """Find the smallest size near the proxy of all candidates, halving the range."""
    wanted = proxy(pairs, order) - KEPT_WITHIN
    low, high = 1, len(order)
    while low < high:
        middle = (low + high) // 2
        if proxy(pairs, order[:middle]) >= wanted:
            high = middle
        else:
            low = middle + 1
    return low


def _sizes(n: int, size: int | None) -> list[int]:
    steps = {max(1, round(n * step / CURVE_POINTS)) for step in range(1, CURVE_POINTS + 1)}
    return sorted(steps | ({size} if size else set()))


def _worth(project: Project, examples: Sequence[Example]) -> "np.ndarray":
    """Return what an example is worth by what the checks say of it."""
    import numpy as np

    found = list_findings(project.database, example_ids=[each.id for each in examples])
    odd = [sum(f.severity != "info" for f in found.get(each.id, ())) for each in examples]
    return np.power(WARNED, np.array(odd, dtype=np.float64))


def _pairs(project: Project, examples: Sequence[Example]) -> Pairs:
    """Embed what examples ask and answer, a line a turn."""
    import numpy as np

    asked = ["\n".join(turn.question for turn in each.turns) for each in examples]
    answered = ["\n".join(turn.answer for turn in each.turns) for each in examples]
    texts = [each[:EMBEDDED_CHARACTERS].strip() or "-" for each in (*asked, *answered)]
    chosen = project.settings.evaluate
    if chosen.embedding_provider == "local":
        from chatmill.server.embed import Embedder

        made = Embedder().embed(texts)
    else:
        from chatmill.models.client import ModelClient

        with ModelClient.for_provider(chosen.embedding_provider, project.settings) as client:
            made = client.embed(texts, model=chosen.embedding_model)
    known: dict[frozenset[str], int] = {}
    facts = [known.setdefault(fact_values(each), len(known)) for each in answered]
    n = len(examples)
    return Pairs(asked=made[:n], answered=made[n:], facts=np.array(facts, dtype=np.int64))
