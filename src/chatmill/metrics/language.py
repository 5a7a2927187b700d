"""Language: whether an answer is in the language of its reference."""

from chatmill.metrics.base import AnswerBatch
from chatmill.text.language import detect_language


class LanguageMatch:
    """1.0 where answer and reference are in one language, else 0.0; told by the letters."""

    name = "language"

    def score(self, batch: AnswerBatch) -> list[float | None]:
        """Score each answer as 0.0 or 1.0; None where either has no letters to tell by."""
        return [
            _match(detect_language(answer), detect_language(reference))
            for answer, reference in zip(batch.answers, batch.references, strict=True)
        ]


def _match(answer: str, reference: str) -> float | None:
    return float(answer == reference) if answer and reference else None
