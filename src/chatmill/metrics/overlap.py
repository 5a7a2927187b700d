"""Word overlaps that graders ask for by name: ROUGE-1 to 5, GLEU, BLEU and fuzzy match.

Tokens are those of ROUGE-L: Hangul by the syllable, other scripts by the word.
"""

import math
from collections import Counter
from collections.abc import Sequence

from chatmill.metrics.rouge import common_length, tokens_of

LONGEST = 4
"""Tokens of the longest run BLEU and GLEU look at."""


def rouge_n(answer: str, reference: str, n: int) -> float:
    """F-measure of shared runs of n tokens (Lin 2004, section 2).

    Returns:
        A number in [0, 1]; 0.0 where either text is shorter than n tokens and they differ.
    """
    left, right = tokens_of(answer), tokens_of(reference)
    if left == right:
        return float(bool(left))
    ours, theirs = _runs(left, n), _runs(right, n)
    n_common = (ours & theirs).total()
    if n_common == 0:
        return 0.0
    precision, recall = n_common / ours.total(), n_common / theirs.total()
    return 2 * precision * recall / (precision + recall)


def gleu(answer: str, reference: str) -> float:
    """The smaller of precision and recall over runs of 1 to 4 tokens (Wu et al. 2016).

    Returns:
        A number in [0, 1].
    """
    left, right = tokens_of(answer), tokens_of(reference)
    ours, theirs = _all_runs(left), _all_runs(right)
    n_most = max(ours.total(), theirs.total())
    return (ours & theirs).total() / n_most if n_most else 0.0


def bleu(answer: str, reference: str) -> float:
    """BLEU of one sentence, runs of 1 to 4 tokens, one added beyond 1 (Lin & Och 2004).

    Returns:
        A number in [0, 1].
    """
    left, right = tokens_of(answer), tokens_of(reference)
    if not left or not right:
        return 0.0
    total = 0.0
    for n in range(1, LONGEST + 1):
        ours, theirs = _runs(left, n), _runs(right, n)
        added = 1 if n > 1 else 0
        n_common = (ours & theirs).total() + added
        if n_common == 0:
            return 0.0
        total += math.log(n_common / (ours.total() + added))
    brevity = min(0.0, 1.0 - len(right) / len(left))
    return math.exp(total / LONGEST + brevity)


def fuzzy_match(answer: str, reference: str) -> float:
    """Letters in common, in order: twice their number over all letters (RapidFuzz's ratio).

    Returns:
        A number in [0, 1]; 1.0 for two empty texts.
    """
    n_letters = len(answer) + len(reference)
    return 2 * common_length(list(answer), list(reference)) / n_letters if n_letters else 1.0


def _runs(tokens: Sequence[str], n: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(tokens[at : at + n]) for at in range(len(tokens) - n + 1))


def _all_runs(tokens: Sequence[str]) -> Counter[tuple[str, ...]]:
    found: Counter[tuple[str, ...]] = Counter()
    for n in range(1, LONGEST + 1):
        found += _runs(tokens, n)
    return found
