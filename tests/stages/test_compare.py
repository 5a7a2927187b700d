"""Compare: questions are paired, differences have intervals, nothing is compared unfairly."""

from dataclasses import replace

import pytest

from chatmill.errors import UsageError
from chatmill.project import Project
from chatmill.records import Score, Split
from chatmill.stages.compare import compare
from evaluating import store_evaluation


def score(number: int, cosine: float, *, split: Split = "train", question: str = "") -> Score:
    """Make a score; number tells the question from others."""
    return Score(
        example_id=f"e{number:04d}",
        conversation_id=f"room:{number}",
        turn=0,
        split=split,
        language="ko",
        prompt="example",
        system="W5500에 관한 정보입니다.",
        question=question or f"{number}번 레지스터는 무엇인가요?",
        reference=f"{number}번입니다.",
        answer="",
        base_answer="",
        cosine=cosine,
        base_cosine=None,
        nearest_cosine=None,
        shuffled_cosine=None,
        rouge_l=0.0,
        facts=None,
        polarity=True,
        is_cut=False,
        verdict="followed" if cosine > 0.8 else "not followed",
    )


def test_every_question_is_improved_regressed_or_unchanged(project: Project) -> None:
    """Small differences are no change; new and removed questions are listed apart."""
    before = [score(1, 0.4), score(2, 0.9), score(3, 0.9), score(4, 0.5)]
    after = [score(1, 0.9), score(2, 0.5), score(3, 0.93), score(5, 0.7)]
    store_evaluation(project, "v1-a", before)
    store_evaluation(project, "v2-b", after)
    found = compare(project, "v1", "v2-b")
    changes = {each.after.example_id: each.change for each in found.questions}
    assert changes == {"e0001": "improved", "e0002": "regressed", "e0003": "unchanged"}
    assert found.questions[0].after.example_id == "e0002", "losses first"
    assert [each.example_id for each in found.added] == ["e0005"]
    assert [each.example_id for each in found.removed] == ["e0004"]
    (line,) = found.lines
    assert (line.n_improved, line.n_regressed, line.n_unchanged) == (1, 1, 1)
    assert line.difference.is_too_few, "three conversations give no interval"


def test_a_clear_gain_has_an_interval_above_zero(project: Project) -> None:
    """The difference is paired, so questions that differ a lot do not hide it."""
    store_evaluation(project, "v1-a", [score(n, 0.3 + n / 40) for n in range(20)])
    store_evaluation(project, "v2-b", [score(n, 0.4 + n / 40) for n in range(20)])
    (line,) = compare(project, "v1-a", "v2-b").lines
    assert line.difference.mean == pytest.approx(0.1)
    assert line.difference.low is not None
    assert line.difference.low > 0


def test_an_edited_question_and_a_superseded_example_are_still_paired(project: Project) -> None:
    """Repair changes words or ids, and the question must not count as new."""
    edited = replace(score(1, 0.9, question="고친 질문?"), reference="고친 답변.")
    moved = replace(score(2, 0.9), example_id="e9999")
    store_evaluation(project, "v1-a", [score(1, 0.4), score(2, 0.4)])
    store_evaluation(project, "v2-b", [edited, moved])
    found = compare(project, "v1", "v2")
    assert len(found.questions) == 2
    assert not found.added
    assert not found.removed
    by_id = {each.after.example_id: each for each in found.questions}
    assert by_id["e0001"].has_new_reference
    assert not by_id["e9999"].has_new_reference


def test_phrasings_of_one_example_stay_apart(project: Project) -> None:
    """Two held-out phrasings of an example are two questions."""
    rows = [score(1, 0.9), score(1, 0.5, split="paraphrase", question="다른 말 1")]
    rows.append(score(1, 0.6, split="paraphrase", question="다른 말 2"))
    store_evaluation(project, "v1-a", rows)
    store_evaluation(project, "v2-b", rows)
    found = compare(project, "v1", "v2")
    assert [each.change for each in found.questions] == ["unchanged"] * 3
    assert [(line.group, line.difference.n) for line in found.lines] == [
        ("trained", 1),
        ("held-out", 2),
    ]


def test_different_embedding_models_are_not_compared(project: Project) -> None:
    """Cosines of two embedders are different quantities."""
    store_evaluation(project, "v1-a", [score(1, 0.4)])
    store_evaluation(project, "v2-b", [score(1, 0.4)], embedder="another")
    with pytest.raises(UsageError, match="different embedding models"):
        compare(project, "v1", "v2")
    with pytest.raises(UsageError, match="v1-a"):
        compare(project, "v1", "v3")
