"""How far an example is supported, as one number that reviewers can sort by."""

from collections.abc import Iterable, Sequence

from chatmill.records import Finding

SCORED = "supported by its source"
"""Message of the finding that carries the score; its evidence is the number."""


def example_score(sentence_scores: Sequence[float]) -> float:
    """Return the mean of the mean and the worst sentence: one bad sentence must show.

    Args:
        sentence_scores: Each in [0, 1]; none at all counts as supported.
    """
    if not sentence_scores:
        return 1.0
    mean = sum(sentence_scores) / len(sentence_scores)
    return (mean + min(sentence_scores)) / 2


def grounding_score(findings: Iterable[Finding]) -> float:
    """Return an example's score in [0, 1]; 1.0 where every sentence stands in the source.

    Args:
        findings: What the checks said about one example.
    """
    for each in findings:
        if each.check == "grounding" and each.message == SCORED:
            return float(each.evidence)
    return 1.0
