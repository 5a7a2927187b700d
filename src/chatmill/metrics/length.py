"""Length ratio: how near an answer's length is to its reference's."""

from chatmill.metrics.base import AnswerBatch


class LengthRatio:
    """Letters of the shorter text over those of the longer; 0.0 for an empty answer."""

    name = "length_ratio"

    def score(self, batch: AnswerBatch) -> list[float | None]:
        """Score each answer in [0, 1]; None where both texts are empty."""
        return [
            length_ratio(answer, reference)
            for answer, reference in zip(batch.answers, batch.references, strict=True)
        ]


def length_ratio(answer: str, reference: str) -> float | None:
    """Return the ratio of the two lengths in code points, white space at the ends left out.

    Args:
        answer: What a model said.
        reference: What it should have said.

    Returns:
        A number in [0, 1], or None where both are empty.
    """
    shorter, longer = sorted((len(answer.strip()), len(reference.strip())))
    return shorter / longer if longer else None
