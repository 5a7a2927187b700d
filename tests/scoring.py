"""Scores made of dataset rows, for tests that ask nobody."""

from chatmill.records import Score
from chatmill.store.datasets import DatasetRow


def score_of_row(row: DatasetRow) -> Score:
    """Make the followed score of a row's first turn."""
    asked = row.turns[0]
    return Score(
        example_id=row.example_id, conversation_id=row.conversation_id, turn=0, split=row.split,
        language=row.language, prompt="example", system=row.system, question=asked.question,
        reference=asked.answer, answer=asked.answer, base_answer="", cosine=1.0,
        base_cosine=0.1, nearest_cosine=None, shuffled_cosine=0.1, rouge_l=1.0, facts=None,
        polarity=True, is_cut=False, verdict="followed",
    )  # fmt: skip
