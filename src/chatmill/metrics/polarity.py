"""Polarity: whether answer and reference both deny something or neither does."""

from chatmill.metrics.base import AnswerBatch
from chatmill.text.polarity import polarities_agree


class PolarityAgreement:
    """1.0 where negation agrees, 0.0 where one text denies what the other does not."""

    name = "polarity"

    def score(self, batch: AnswerBatch) -> list[float | None]:
        """Score each answer as 0.0 or 1.0."""
        return [
            float(polarities_agree(answer, reference))
            for answer, reference in zip(batch.answers, batch.references, strict=True)
        ]
