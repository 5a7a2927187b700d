"""Near-duplicates among many texts: candidates from MinHash, each verified word by word."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import partial

import numpy as np

from chatmill.checks.duplicates.wording import is_alike, slips_between, words_of
from chatmill.frames import Engine
from chatmill.frames.near_duplicates import candidate_pairs, compare_pairs, text_column

MIN_JACCARD = 0.45
"""Below it two texts share too few shingles to be one text with slips."""
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
        plain = _plain(text)
        known = first.setdefault(plain, at)
        if known != at and plain:
            exact.append((known, at))
    places = np.fromiter(first.values(), dtype=np.int64)
    del first
    column = text_column([texts[at] for at in places.tolist()])
    candidates = candidate_pairs(engine, column)
    said: Iterator[tuple[int, str]]
    if len(candidates) < IN_PARALLEL_FROM:
        ones, others = ([texts[at] for at in places[side].tolist()] for side in candidates.T)
        said = ((at, each) for at, each in enumerate(explained(ones, others)) if each is not None)
    else:
        said = compare_pairs(engine, explained, column, candidates)
    pairs = sorted([*exact, *_verified(texts, places[candidates], said)])
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def _plain(text: str) -> str:
    """Return a text with one space wherever it has white space; most texts are so already."""
    is_plain = text.isprintable() and "  " not in text and text[:1] != " " and text[-1:] != " "
    return text if is_plain else " ".join(text.split())


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
    texts: Sequence[str], pairs: np.ndarray, said: Iterable[tuple[int, str]]
) -> list[tuple[int, int]]:
    """Keep the pairs of which every difference is explained; `said`: places in them, and slips."""
    slips: dict[tuple[int, int], Slips] = {}
    for at, found in said:
        low, high = pairs[at].tolist()
        slips[low, high] = tuple((a, b) for a, b in json.loads(found)) if found else ()
    doubtful = {word for found in slips.values() for pair in found for word in pair}
    counts = _count_words(texts, slips, doubtful)
    return [pair for pair, found in slips.items() if all(map(partial(_is_slip, counts), found))]


def explained(ones: Sequence[str], others: Sequence[str]) -> list[str | None]:
    """Compare texts with as many others, for `compare_pairs`.

    Returns:
        For each pair a JSON list of its slips, nothing for none; None where the texts do not say
        the same.
    """
    said: list[str | None] = []
    for one, other in zip(ones, others, strict=True):
        a, b = words_of(one), words_of(other)
        slips = slips_between(a, b)
        if slips is None or not is_alike(a, b, MIN_JACCARD):
            said.append(None)
        else:
            said.append(json.dumps(slips) if slips else "")
    return said


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
