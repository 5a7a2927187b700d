"""Graders: OpenAI's `text_similarity` JSON is read, and each of its metrics has a known value."""

import json
from pathlib import Path

import pytest

from answer_batches import batch_of
from chatmill.errors import ChatmillError
from chatmill.metrics.graders import GraderMetric, read_graders
from chatmill.metrics.overlap import bleu, fuzzy_match, gleu, rouge_n

GRADER = {
    "type": "text_similarity",
    "name": "near enough",
    "input": "{{sample.output_text}}",
    "reference": "{{item.reference_answer}}",
    "evaluation_metric": "fuzzy_match",
    "pass_threshold": 0.8,
}


def test_a_grader_of_the_api_is_a_metric(tmp_path: Path) -> None:
    """The object people have in their evals scores here, with its own threshold."""
    path = tmp_path / "grader.json"
    path.write_text(json.dumps(GRADER), encoding="utf-8")
    (grader,) = read_graders(path)
    scores = grader.score(batch_of(("소켓은 8개", "no"), ("소켓은 9개", "It has 8 sockets.")))
    assert grader.name == "near enough"
    assert scores[0] == pytest.approx(5 / 6)
    assert grader.passed(scores) == 1


@pytest.mark.parametrize(
    "metric", ["cosine", "fuzzy_match", "bleu", "gleu", "rouge_l", "rouge_1", "rouge_5"]
)
def test_each_metric_of_the_api_keeps_the_contract(metric: str) -> None:
    """Equal texts score 1, an empty answer is no error, and no score leaves [-1, 1]."""
    grader = GraderMetric("one", metric, None)
    same, empty, other = grader.score(
        batch_of(("The W5500 has 8 sockets.", "", "no"), ("The W5500 has 8 sockets.", "a", "b"))
    )
    assert same == pytest.approx(1.0)
    assert empty == pytest.approx(0.0)
    assert other is not None
    assert -1 <= other <= 1
    assert grader.passed([same]) is None


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"type": "string_check"}, "text_similarity"),
        ({"evaluation_metric": "meteor"}, "no evaluation_metric meteor"),
        ({"evaluation_metric": "rouge_9"}, "no evaluation_metric rouge_9"),
        ({"input": "{{item.question}}"}, "does not grade the answer"),
        ({"pass_threshold": 7}, "less than or equal to 1"),
    ],
)
def test_what_cannot_be_graded_is_one_line(
    tmp_path: Path, changed: dict[str, object], said: str
) -> None:
    """Another kind of grader, or a metric that is not offered, says so before anything is asked."""
    path = tmp_path / "grader.json"
    path.write_text(json.dumps([GRADER | changed]), encoding="utf-8")
    with pytest.raises(ChatmillError, match=said):
        read_graders(path)


def test_overlaps_have_their_textbook_values() -> None:
    """Small cases counted by hand."""
    answer, reference = "the cat sat on the mat", "the cat is on the mat"
    assert rouge_n(answer, reference, 1) == pytest.approx(5 / 6)
    assert rouge_n(answer, reference, 2) == pytest.approx(3 / 5)
    assert gleu(answer, reference) == pytest.approx(9 / 18)
    assert bleu(answer, reference) == pytest.approx(((5 / 6) * (4 / 6) * (2 / 5) * (1 / 4)) ** 0.25)
    assert fuzzy_match("abcd", "abxd") == pytest.approx(0.75)
