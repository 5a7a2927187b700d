"""Improve by cause: both sides of a conflict go to review, with what to do about it."""

from dataclasses import replace

import pytest

from chatmill.errors import UsageError
from chatmill.project import Project
from chatmill.stages.improve import improve
from chatmill.store.datasets import get_dataset, read_rows
from chatmill.store.decisions import list_decisions
from chatmill.store.examples import get_example
from evaluating import keep_and_build, store_evaluation
from scoring import score_of_row

ODD = "Happy to help."


@pytest.fixture
def evaluated(project: Project) -> Project:
    """A project whose evaluation lost one question that another example answers otherwise."""
    keep_and_build(project)
    rows = [
        each
        for each in read_rows(project.folder / get_dataset(project.database).folder)
        if each.split == "train"
    ]
    scores = [score_of_row(each) for each in rows]
    first, second = rows[0].turns[0], rows[1]
    number = first.answer.replace("8", "4")
    scores[1] = replace(
        scores[1], verdict="not followed", cosine=0.2, answer=ODD, question=first.question,
        reference=number, example_id=second.example_id,
    )  # fmt: skip
    store_evaluation(project, "v1-aaaa", scores)
    return project


def test_both_examples_of_a_conflict_wait_for_review(evaluated: Project) -> None:
    """The reviewer is told which other example says otherwise, and what to do; twice is once."""
    done = improve(evaluated)
    (proposal,) = done.proposals
    assert proposal.cause == "conflicting answers"
    assert "which answer stands" in proposal.todo
    assert len(proposal.example_ids) == 2
    assert set(done.examples.queued) == set(proposal.example_ids)
    for example_id in proposal.example_ids:
        assert get_example(evaluated.database, example_id).status == "pending"
        (decision,) = list_decisions(evaluated.database, example_id=example_id, reviewer="improve")
        assert "which answer stands" in decision.reason
    assert improve(evaluated).examples.queued == ()


def test_only_one_cause_or_pattern_is_sent(evaluated: Project) -> None:
    """Another cause sends nothing; what does not exist is named with what does."""
    assert improve(evaluated, cause="one phrasing").questions == ()
    with pytest.raises(UsageError, match="conflicting answers"):
        improve(evaluated, cause="bad luck")
    with pytest.raises(UsageError, match="no pattern"):
        improve(evaluated, pattern="소켓")
