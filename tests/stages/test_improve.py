"""Improve: what was not followed comes back to review, once, with the reason."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from chatmill.errors import UsageError
from chatmill.project import Project
from chatmill.records import Score, Split, Verdict
from chatmill.stages.improve import improve
from chatmill.store.decisions import list_decisions
from chatmill.store.examples import get_example
from chatmill.store.returned import list_returned
from evaluating import keep, keep_and_build, store_evaluation


def score(
    example_id: str, cosine: float, verdict: Verdict, *, split: Split = "train", question: str = "Q"
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
        reference="A",
        answer="B",
        base_answer="C",
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


SCORES: Sequence[Score] = (
    score("e0003", 0.41, "not followed"),
    score("e0004", 0.95, "followed"),
    score("e0005", 0.22, "not followed"),
    score("e0006", 0.10, "not followed", split="paraphrase", question="다른 표현?"),
    score("e0007", 0.05, "not followed", split="test"),
    replace(score("e0008", 0.01, "not followed"), prompt="serving"),
)


@pytest.fixture
def evaluated(project: Project) -> Project:
    """A project with kept examples and one evaluation."""
    keep_and_build(project)
    store_evaluation(project, "v1-aaaa", SCORES)
    return project


def test_trained_questions_come_first_and_examples_wait_for_review(evaluated: Project) -> None:
    """The lowest trained question leads; a held-out phrasing points to its example."""
    done = improve(evaluated)
    assert [each.example_id for each in done.questions] == ["e0005", "e0003", "e0006"]
    assert done.examples.queued == ("e0005", "e0003", "e0006")
    assert done.n_unseen == 1
    for example_id in done.examples.queued:
        assert get_example(evaluated.database, example_id).status == "pending"
    for example_id in ("e0004", "e0007", "e0008"):
        assert get_example(evaluated.database, example_id).status == "kept"


def test_the_decision_says_why(evaluated: Project) -> None:
    """The reviewer reads that it did not follow the training, never that it is wrong."""
    improve(evaluated)
    (decision,) = list_decisions(evaluated.database, example_id="e0003", reviewer="improve")
    assert decision.action == "restore"
    assert decision.reason == "did not follow the training (cosine 0.41)"
    (held_out,) = list_returned(evaluated.database, example_ids=["e0006"])
    assert held_out.question == "다른 표현?"
    assert "in other words" in held_out.reason
    assert held_out.answer == "B"


def test_running_it_again_changes_nothing(evaluated: Project) -> None:
    """An example a person kept again since is not dragged back by the same evaluation."""
    first = improve(evaluated)
    keep(evaluated, get_example(evaluated.database, "e0003"), decision_id="again")
    second = improve(evaluated)
    assert second.questions == first.questions
    assert second.examples.queued == ()
    assert second.examples.known == first.examples.queued
    assert get_example(evaluated.database, "e0003").status == "kept"
    assert len(list_returned(evaluated.database)) == 3


def test_an_example_that_is_not_kept_any_more_is_left_alone(evaluated: Project) -> None:
    """What somebody put back already needs no second decision."""
    store_evaluation(evaluated, "v1-bbbb", SCORES)
    improve(evaluated, "v1-aaaa")
    done = improve(evaluated, "v1-bbbb")
    assert done.examples.left == ("e0005", "e0003", "e0006")
    assert len(list_returned(evaluated.database)) == 3


def test_the_limit_takes_the_worst_first(evaluated: Project) -> None:
    """A small team mends a few at a time."""
    done = improve(evaluated, limit=1)
    assert [each.example_id for each in done.questions] == ["e0005"]
    assert done.n_beyond_limit == 2
    with pytest.raises(UsageError, match="at least 1"):
        improve(evaluated, limit=0)


def test_without_an_evaluation_it_says_what_to_do(project: Project) -> None:
    """Improving too early is one clear line."""
    with pytest.raises(UsageError, match="chatmill evaluate"):
        improve(project)
