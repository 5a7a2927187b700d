"""Diagnosis: the causes of a project's evaluation are found once and read again."""

from dataclasses import replace

from chatmill.causes.diagnosis import DIAGNOSIS_NAME, diagnose
from chatmill.frames.scores import SCORES_NAME, write_scores
from chatmill.project import Project
from chatmill.store.datasets import get_dataset, read_rows
from evaluating import keep_and_build, store_evaluation
from scoring import score_of_row


def test_a_diagnosis_is_kept_and_made_anew_where_scores_change(project: Project) -> None:
    """The second call reads what the first found; scores made anew are looked at again."""
    keep_and_build(project)
    rows = read_rows(project.folder / get_dataset(project.database).folder)
    trained = [each for each in rows if each.split == "train"]
    scores = [score_of_row(each) for each in trained]
    scores[0] = replace(scores[0], verdict="not followed", answer="모릅니다.")
    evaluation = store_evaluation(project, "v1-aaaa", scores)
    first = diagnose(project, evaluation)
    assert [each.example_id for each in first.failed] == [trained[0].example_id]
    assert len(first.causes) == 1
    assert (project.folder / evaluation.folder / DIAGNOSIS_NAME).is_file()
    assert diagnose(project, evaluation) == first
    scores[1] = replace(scores[1], verdict="not followed", answer="모릅니다.")
    write_scores(project.folder / evaluation.folder / SCORES_NAME, scores)
    assert len(diagnose(project, evaluation).causes) == 2
