"""Rounds: versions stand side by side with what they were trained on and what they came to."""

from dataclasses import replace

import pytest

from chatmill.project import Project
from chatmill.stages.rounds import list_rounds
from chatmill.store.datasets import get_dataset, read_rows
from evaluating import keep_and_build, record_tuned_model, store_evaluation
from scoring import score_of_row


def test_rounds_say_size_score_and_what_it_took(project: Project) -> None:
    """Two rounds of one version: the later, better one shows more followed questions."""
    keep_and_build(project)
    version = get_dataset(project.database)
    job = record_tuned_model(project)
    rows = [e for e in read_rows(project.folder / version.folder) if e.split == "train"]
    good = [score_of_row(each) for each in rows]
    store_evaluation(
        project, "v1-a", [replace(good[0], verdict="not followed", cosine=0.0), *good[1:]]
    )
    store_evaluation(project, "v1-b", good)
    before, after = list_rounds(project)
    assert (before.evaluation_id, after.evaluation_id) == ("v1-a", "v1-b")
    assert before.n_train == version.n_examples["train"]
    assert (before.n_not_followed, after.n_not_followed) == (1, 0)
    assert before.trained == pytest.approx(1 - 1 / len(rows))
    assert after.held_out is None
    assert before.trained_tokens == job.trained_tokens
    assert before.hyperparameters


def test_no_round_is_no_row(project: Project) -> None:
    """Before anything was evaluated there is nothing to list."""
    assert list_rounds(project) == []
