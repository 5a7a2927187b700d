"""Scoring without a server: the floor is honest and an answer that says nothing scores 0."""

from collections.abc import Sequence

import numpy as np
import pytest

from chatmill.errors import MeasureError
from chatmill.records import Split
from chatmill.stages.evaluate.questions import AskedQuestion
from chatmill.stages.evaluate.scoring import Answered, score_answers


def one_hot(texts: Sequence[str]) -> np.ndarray:
    """Give every different text a direction of its own, and not of unit length."""
    return 3.0 * np.eye(len(texts), 64, dtype=np.float32)


def answered(
    number: int, *, answer: str | None = None, reference: str = "", split: Split = "train"
) -> Answered:
    """Make an answered question, right unless something else is said."""
    truth = reference or f"answer {number}"
    question = AskedQuestion(
        example_id=f"e{number}",
        conversation_id=f"room:{number}",
        split=split,
        language="en",
        system="S",
        turn=0,
        before=(),
        question=f"question {number}",
        reference=truth,
    )
    said = truth if answer is None else answer
    return Answered(
        question=question,
        prompt="example",
        system="S",
        answer=said,
        is_cut=False,
        base_answer="base",
    )


def test_the_floor_pairs_answers_with_other_references() -> None:
    """With unrelated texts the floor is 0, while every answer scores 1."""
    scored = score_answers([answered(n) for n in range(12)], one_hot, seed=7)
    assert [each.cosine for each in scored.scores] == pytest.approx([1.0] * 12)
    assert scored.shuffled_floor == pytest.approx(0.0)
    assert {each.verdict for each in scored.scores} == {"followed"}


def test_saying_nothing_follows_nothing() -> None:
    """An empty answer has no direction; it scores 0 and is not followed."""
    rows = [answered(0, answer=" "), *(answered(n) for n in range(1, 12))]
    first = score_answers(rows, one_hot, seed=7).scores[0]
    assert (first.cosine, first.rouge_l) == (0.0, 0.0)


def test_one_answer_for_everything_measures_no_chance() -> None:
    """Where all reviewed answers are the same, following cannot be told from chance."""
    rows = [answered(n, reference="the same") for n in range(12)]
    with pytest.raises(MeasureError, match="chance has no value"):
        score_answers(rows, one_hot, seed=7)
