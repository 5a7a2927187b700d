"""Scores of single questions, made with as few words as they need."""

from chatmill.records import Score, Split, Verdict


def score(
    example_id: str,
    cosine: float,
    verdict: Verdict,
    *,
    split: Split = "train",
    question: str = "How many sockets?",
) -> Score:
    """Make a score of one question asked with its own system line."""
    return Score(
        example_id=example_id,
        conversation_id=f"room:{example_id}",
        turn=0,
        split=split,
        language="en",
        prompt="example",
        system="This is information about the W5500.",
        question=question,
        reference="The W5500 has 8 sockets.",
        answer="It ships on Monday.",
        base_answer="I am a helpful assistant.",
        cosine=cosine,
        base_cosine=0.1,
        nearest_cosine=None,
        shuffled_cosine=0.2,
        rouge_l=0.3,
        facts=None,
        polarity=True,
        is_cut=False,
        verdict=verdict,
    )
