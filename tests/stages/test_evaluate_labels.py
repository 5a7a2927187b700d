"""Labels: the report's file is read, measured, and followed only where there are enough."""

from pathlib import Path

import pytest

from chatmill.errors import ChatmillError
from chatmill.metrics.verdict import Thresholds
from chatmill.records import Score, Verdict
from chatmill.stages.evaluate.labels import AnswerLabel, apply_labels, read_labels

LIMITS = Thresholds(followed_from=0.98, partly_from=0.6)
LABELS: tuple[Verdict, ...] = ("followed", "partly", "not followed")


def score(number: int, kind: Verdict) -> Score:
    """A score whose facts tell what its verdict does not."""
    return Score(
        example_id=f"e{number}",
        conversation_id=f"room:{number}",
        turn=0,
        split="train",
        language="ko" if number % 2 else "en",
        prompt="example",
        system="",
        question=f"질문 {number}?",
        reference="답",
        answer=f"답 {number}",
        base_answer="",
        cosine={"followed": 0.95, "partly": 0.85, "not followed": 0.96}[kind],
        base_cosine=None,
        nearest_cosine=None,
        shuffled_cosine=None,
        rouge_l={"followed": 0.9, "partly": 0.6, "not followed": 0.5}[kind],
        facts=0.0 if kind == "not followed" else 1.0,
        polarity=True,
        is_cut=False,
        verdict="partly",
    )


def test_enough_labels_change_the_verdicts() -> None:
    """After ninety labels the run judges as people do, and says how sure that is."""
    scores = [score(at, LABELS[at % 3]) for at in range(120)]
    labels = [
        AnswerLabel(
            question=each.question, answer=each.answer, label=LABELS[at % 3], correctness="right"
        )
        for at, each in enumerate(scores[:90])
    ]
    run = apply_labels(scores, labels, LIMITS, seed=7)
    assert run.calibration.n_labels == 90
    assert [each.verdict for each in run.scores[90:]] == [LABELS[at % 3] for at in range(90, 120)]
    text = "\n".join(run.lines())
    assert "90 labels: AUROC 1.000 calibrated" in text
    assert "verdicts follow the labels" in text
    assert "90 right" in text
    assert run.calibration.auroc_cosine < 1.0


def test_a_label_of_another_answer_does_not_count() -> None:
    """A model that was trained again answers anew; its answers are not labelled yet."""
    scores = [score(at, LABELS[at % 3]) for at in range(30)]
    labels = [
        AnswerLabel(question=each.question, answer="other", label="followed", correctness=None)
        for each in scores
    ]
    with pytest.raises(ChatmillError, match="too few labels"):
        apply_labels(scores, labels, LIMITS, seed=7)


def test_the_reports_file_is_read(tmp_path: Path) -> None:
    """Commas, quotes, line ends and empty labels come back as they were saved."""
    path = tmp_path / "labels.csv"
    path.write_text(
        "\ufeffquestion,answer,label,correctness\r\n"
        '"소켓은, 몇 개?","8개\n""입니다""",partly,wrong\r\n'
        "b,c,,no answer in the data\r\n",
        encoding="utf-8",
    )
    first, second = read_labels(path)
    assert (first.question, first.answer) == ("소켓은, 몇 개?", '8개\n"입니다"')
    assert (first.label, first.correctness) == ("partly", "wrong")
    assert (second.label, second.correctness) == (None, "no answer in the data")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n1,2\n", "other columns"),
        ("question,answer,label,correctness\na,b,good,\n", "no label"),
    ],
)
def test_odd_files_are_one_line(tmp_path: Path, text: str, said: str) -> None:
    """Another table, or a word that is no label."""
    path = tmp_path / "labels.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ChatmillError, match=said):
        read_labels(path)
