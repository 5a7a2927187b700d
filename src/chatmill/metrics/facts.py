"""Facts: whether numbers, units, part names, registers and addresses of two texts agree."""

from chatmill.metrics.base import AnswerBatch
from chatmill.text.facts import facts


class FactAgreement:
    """Share of facts both texts have, of all that either has; what cosine cannot see."""

    name = "facts"

    def score(self, batch: AnswerBatch) -> list[float | None]:
        """Score each answer in [0, 1]; None where neither text has a fact."""
        return [
            fact_agreement(answer, reference)
            for answer, reference in zip(batch.answers, batch.references, strict=True)
        ]


def fact_agreement(answer: str, reference: str) -> float | None:
    """Return the Jaccard index of the two texts' sets of facts.

    A fact that is missing and a fact that was invented count alike: 1.0 means that exactly the
    same numbers and names are there.

    Args:
        answer: What a model said.
        reference: What it should have said.

    Returns:
        A number in [0, 1], or None where neither text has a fact.
    """
    left = {fact.value for fact in facts(answer)}
    right = {fact.value for fact in facts(reference)}
    if not left and not right:
        return None
    return len(left & right) / len(left | right)
