"""Questions that mean the same in other words: neighbours by embedding, facts and denial alike."""

import re
from collections.abc import Sequence

import numpy as np

from chatmill.text.facts import facts
from chatmill.text.polarity import polarities_agree

ROWS_AT_ONCE = 1_024
MAX_CHARACTERS = 20_000
_HAS_WORD = re.compile(r"[^\W\d_]")


def same_meaning(texts: Sequence[str], vectors: np.ndarray, least_cosine: float) -> np.ndarray:
    """Find pairs of texts near each other in meaning whose facts and polarity agree.

    Cosine is blind to what matters most, `3일` and `30일` are neighbours: the rest is compared.

    Args:
        texts: Any text; what holds no word has no meaning to compare.
        vectors: float32, shape (n_texts, n_dims), unit rows.
        least_cosine: From which two texts are neighbours, in [-1, 1].

    Returns:
        int64, shape (n_pairs, 2): places in `texts`, the lower first, in order.
    """
    pairs = []
    for start in range(0, len(texts), ROWS_AT_ONCE):
        cosines = vectors[start : start + ROWS_AT_ONCE] @ vectors[start:].T
        low, high = np.nonzero(np.triu(cosines >= least_cosine, k=1))
        pairs += list(zip((low + start).tolist(), (high + start).tolist(), strict=True))
    kept = [(a, b) for a, b in pairs if _agree(texts[a], texts[b])]
    return np.array(kept, dtype=np.int64).reshape(-1, 2)


def _agree(a: str, b: str) -> bool:
    if max(len(a), len(b)) > MAX_CHARACTERS or not (_HAS_WORD.search(a) and _HAS_WORD.search(b)):
        return False
    return fact_values(a) == fact_values(b) and polarities_agree(a, b)


def fact_values(text: str) -> frozenset[str]:
    """Return the numbers and names of a text as they are compared."""
    return frozenset(each.value.casefold() for each in facts(text))
