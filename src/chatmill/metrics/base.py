"""What a metric is: it scores a batch of answers, each against its own reference."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerBatch:
    """Answers and the texts they should follow; entry i of each field belongs together."""

    answers: tuple[str, ...]
    """What a model said."""
    references: tuple[str, ...]
    """What the team said, as reviewed."""
    answer_vectors: np.ndarray
    """float32, shape (n, n_dims): embeddings of `answers`; all zeros for an empty answer."""
    reference_vectors: np.ndarray
    """float32, shape (n, n_dims): embeddings of `references`."""

    def __len__(self) -> int:
        """Count the pairs."""
        return len(self.answers)


class Metric(Protocol):
    """One way to put a number on how an answer agrees with its reference."""

    name: str
    """As in the table of metrics."""

    def score(self, batch: AnswerBatch) -> list[float | None]:
        """Score each answer; None where the pair has no value, never a made-up 0.

        Returns:
            As many numbers as the batch has pairs, higher is nearer; 1.0 for two equal texts
            that have a value at all.
        """
        ...
