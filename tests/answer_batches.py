"""Answers with their references and vectors, for tests of metrics."""

import numpy as np

from chatmill.metrics import AnswerBatch


def batch_of(answers: tuple[str, ...], references: tuple[str, ...]) -> AnswerBatch:
    """Make a batch whose vectors are equal exactly where the texts are."""
    known = {text: at for at, text in enumerate(dict.fromkeys((*answers, *references)))}
    vectors = np.random.default_rng(1).normal(size=(len(known), 16)).astype(np.float32)
    blank = np.zeros(16, dtype=np.float32)

    def rows(texts: tuple[str, ...]) -> np.ndarray:
        return np.stack([vectors[known[text]] if text.strip() else blank for text in texts])

    return AnswerBatch(
        answers=answers,
        references=references,
        answer_vectors=rows(answers),
        reference_vectors=rows(references),
    )
