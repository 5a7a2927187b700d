"""Near-duplicates among many texts: candidates from MinHash, each verified word by word."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np

from chatmill.checks.duplicates.wording import is_alike, slips_between, words_of
from chatmill.frames import Engine, map_in_order
from chatmill.frames.near_duplicates import candidate_pairs

MIN_JACCARD = 0.45
"""Below it two texts share too few shingles to be one text with slips."""
PAIRS_AT_ONCE = 5_000
IN_PARALLEL_FROM = 40_000
"""Candidates worth other processes."""
COUNTED_TEXTS = 20_000
"""Texts whose words are counted, to tell slips from words."""
RARE_SHARE = 0.15
FEW = 3

Slips = tuple[tuple[str, str], ...]


def near_duplicates(engine: Engine, texts: Sequence[str]) -> np.ndarray:
    """Find pairs of texts that say the same in nearly the same words.

    Args:
        engine: Where to run; every runner gives the same pairs.
        texts: Any text.

    Returns:
        int64, shape (n_pairs, 2): places in `texts`, the lower first, in order. Equal texts are
        joined with the first of them only.
    """
    first: dict[str, int] = {}
    exact = []
    for at, text in enumerate(texts):
        plain = " ".join(text.split())
        if first.setdefault(plain, at) != at and plain:
            exact.append((first[plain], at))
    places = np.fromiter(first.values(), dtype=np.int64)
    distinct = [texts[at] for at in places]
    candidates = places[candidate_pairs(engine, distinct)]
    verified = _verified(engine, texts, candidates)
    pairs = sorted([*exact, *verified])
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def clusters_of(n_items: int, pairs: np.ndarray) -> list[list[int]]:
    """Put items that are tied, directly or through others, together.

    Returns:
        Groups of two and more, each in order, by their first.
    """
    leader = list(range(n_items))
    for a, b in pairs.tolist():
        low, high = sorted((_leader(leader, a), _leader(leader, b)))
        leader[high] = low
    groups: dict[int, list[int]] = {}
    for item in np.unique(pairs).tolist():
        groups.setdefault(_leader(leader, item), []).append(item)
    return [groups[key] for key in sorted(groups)]


def _leader(leader: list[int], item: int) -> int:
    while leader[item] != item:
        leader[item] = leader[leader[item]]
        item = leader[item]
    return item


def _verified(
    engine: Engine, texts: Sequence[str], candidates: np.ndarray
) -> list[tuple[int, int]]:
    """Keep the candidates whose every difference is explained."""
    batches = [
        candidates[at : at + PAIRS_AT_ONCE] for at in range(0, len(candidates), PAIRS_AT_ONCE)
    ]
    items = (json.dumps([[texts[a], texts[b]] for a, b in batch.tolist()]) for batch in batches)
    results: Iterator[tuple[int, bytes]]
    if len(candidates) < IN_PARALLEL_FROM:
        results = ((at, each) for at, item in enumerate(items) for each in explained(item))
    else:
        results = map_in_order(engine, explained, list(items))
    slips: dict[tuple[int, int], Slips] = {}
    for at, data in results:
        for place, found in json.loads(data):
            low, high = batches[at][place].tolist()
            slips[low, high] = tuple((a, b) for a, b in found)
    doubtful = {word for found in slips.values() for pair in found for word in pair}
    counts = _count_words(texts, slips, doubtful)
    return [pair for pair, found in slips.items() if all(map(partial(_is_slip, counts), found))]


def explained(item: str) -> Iterator[bytes]:
    """Compare pairs of texts, in a process of its own.

    Args:
        item: JSON list of [text, text].

    Returns:
        One JSON list of [place in the list, slips], of the pairs that say the same.
    """
    found = []
    for place, (one, other) in enumerate(json.loads(item)):
        a, b = words_of(one), words_of(other)
        slips = slips_between(a, b)
        if slips is not None and is_alike(a, b, MIN_JACCARD):
            found.append((place, slips))
    yield json.dumps(found).encode()


def _count_words(
    texts: Sequence[str], pairs: dict[tuple[int, int], Slips], wanted: set[str]
) -> Counter[str]:
    """Count some words in the texts at hand, each text once."""
    if not wanted:
        return Counter()
    places = sorted({place for pair in pairs for place in pair})
    step = 1 + len(places) // COUNTED_TEXTS
    counts: Counter[str] = Counter()
    for place in places[::step]:
        counts.update(wanted.intersection(words_of(texts[place]).tokens))
    return counts


def _is_slip(counts: Counter[str], pair: tuple[str, str]) -> bool:
    """Tell a slip from another word: people write the right word far more often."""
    rarer, usual = sorted(counts[word] for word in pair)
    return rarer <= FEW or rarer <= RARE_SHARE * usual
