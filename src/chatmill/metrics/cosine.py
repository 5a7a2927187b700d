"""Cosine of two embeddings: how near an answer's meaning is to its reference's."""

import numpy as np

from chatmill.errors import ShapeMismatchError, ZeroVectorError
from chatmill.metrics.base import AnswerBatch

ROWS_AT_ONCE = 4096
"""Rows widened to float64 at once, so that a million rows need no second million in memory."""


class Cosine:
    """The headline metric: does the answer follow the training answer.

    It says nothing about right or wrong, and a single number cannot see a wrong digit: facts and
    polarity stand beside it for that.
    """

    name = "cosine"

    def score(self, batch: AnswerBatch) -> list[float | None]:
        """Score each answer; an empty answer follows nothing and scores 0."""
        has_answer = np.any(batch.answer_vectors, axis=1)
        scores = np.zeros(len(batch), dtype=np.float32)
        if has_answer.any():
            scores[has_answer] = cosine_similarity(
                batch.answer_vectors[has_answer], batch.reference_vectors[has_answer]
            )
        return [float(score) for score in scores]


def cosine_similarity(answers: np.ndarray, references: np.ndarray) -> np.ndarray:
    """Score each answer vector against its reference vector, row by row.

    Args:
        answers: float32, shape (n_pairs, n_dims); rows need not be unit length.
        references: float32, same shape; row i belongs to answers row i.

    Returns:
        float32, shape (n_pairs,), each in [-1, 1].

    Raises:
        ShapeMismatchError: The two arrays differ in shape.
        ZeroVectorError: A row is all zeros, so no angle exists.
    """
    if answers.shape != references.shape:
        raise ShapeMismatchError(
            f"answers have shape {answers.shape}, references {references.shape}",
            where="cosine_similarity",
            fix="Hand in one reference vector for each answer vector",
        )
    cosines = np.empty(len(answers), dtype=np.float32)
    for start in range(0, len(answers), ROWS_AT_ONCE):
        block = slice(start, start + ROWS_AT_ONCE)
        try:
            left, right = unit_rows(answers[block]), unit_rows(references[block])
        except ZeroVectorError as error:
            row = start + int(error.where.removeprefix("row "))
            raise ZeroVectorError(error.what, where=f"row {row}", fix=error.fix) from error
        cosines[block] = np.clip(np.einsum("ij,ij->i", left, right), -1.0, 1.0)
    return cosines


def unit_rows(vectors: np.ndarray) -> np.ndarray:
    """Scale each row to length 1.

    Args:
        vectors: float32, shape (n, n_dims).

    Returns:
        float64, same shape; sums over it stay exact enough to tell 1 from 0.9999999.

    Raises:
        ZeroVectorError: A row is all zeros.
    """
    wide = vectors.astype(np.float64)
    # Scaled by the largest entry first, so that squares of tiny numbers do not vanish.
    largest = np.max(np.abs(wide), axis=1, initial=0.0)
    empty = np.flatnonzero(largest == 0.0)
    if empty.size:
        raise ZeroVectorError(
            "a vector of zeros has no direction",
            where=f"row {empty[0]}",
            fix="Leave empty texts out before scoring",
        )
    scaled = wide / largest[:, None]
    return np.asarray(scaled / np.linalg.norm(scaled, axis=1)[:, None])
