"""Cosine: the formula, its range, and the inputs that have no value."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from chatmill.errors import ShapeMismatchError, ZeroVectorError
from chatmill.metrics import AnswerBatch
from chatmill.metrics.cosine import Cosine, cosine_similarity

VECTORS = arrays(
    np.float32,
    (4, 5),
    elements=st.floats(-1e6, 1e6, width=32).filter(lambda x: x == 0 or abs(x) > 1e-3),
).filter(lambda array: bool(np.abs(array).sum(axis=1).all()))


def test_known_angles() -> None:
    """Same direction 1, right angle 0, opposite -1; length does not count."""
    answers = np.array([[1, 0], [1, 0], [1, 0], [1, 1]], dtype=np.float32)
    references = np.array([[5, 0], [0, 2], [-3, 0], [1, 0]], dtype=np.float32)
    scores = cosine_similarity(answers, references)
    assert scores.dtype == np.float32
    assert scores == pytest.approx([1.0, 0.0, -1.0, 2**-0.5])


@given(VECTORS, VECTORS)
def test_range_and_symmetry(answers: np.ndarray, references: np.ndarray) -> None:
    """Whatever the vectors, the score lies in [-1, 1] and both directions agree."""
    scores = cosine_similarity(answers, references)
    assert np.all(np.abs(scores) <= 1.0)
    assert scores == pytest.approx(cosine_similarity(references, answers), abs=1e-6)
    assert cosine_similarity(answers, answers) == pytest.approx(np.ones(4), abs=1e-6)


def test_tiny_and_huge_vectors_keep_their_direction() -> None:
    """Squares of very small and very large float32 numbers must not vanish or overflow."""
    direction = np.array([[3, 4]], dtype=np.float32)
    for scale in (1e-30, 1e30):
        scaled = (direction * scale).astype(np.float32)
        assert cosine_similarity(scaled, direction) == pytest.approx([1.0])


def test_different_shapes_are_refused() -> None:
    """Pairs that do not belong together are no pairs."""
    with pytest.raises(ShapeMismatchError, match=r"\(2, 3\)"):
        cosine_similarity(np.ones((2, 3), np.float32), np.ones((3, 3), np.float32))


def test_a_row_of_zeros_is_refused_by_number() -> None:
    """No angle exists, and the error says for which row."""
    answers = np.ones((3, 2), np.float32)
    answers[1] = 0
    with pytest.raises(ZeroVectorError, match="row 1"):
        cosine_similarity(answers, np.ones((3, 2), np.float32))


def test_an_empty_answer_scores_zero() -> None:
    """Saying nothing follows nothing."""
    batch = AnswerBatch(
        answers=("", "yes"),
        references=("yes", "yes"),
        answer_vectors=np.array([[0, 0], [1, 0]], np.float32),
        reference_vectors=np.array([[1, 0], [1, 0]], np.float32),
    )
    assert Cosine().score(batch) == [0.0, 1.0]
