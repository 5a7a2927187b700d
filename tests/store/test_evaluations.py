"""The store of evaluations: the same id is one row, and a version's name finds its newest."""

from dataclasses import replace

import pytest

from chatmill.errors import UsageError
from chatmill.project import Project
from chatmill.store.evaluations import (
    find_evaluation,
    get_evaluation,
    list_evaluations,
    record_evaluation,
)
from evaluating import store_evaluation


def test_recording_the_same_id_again_replaces_its_figures(project: Project) -> None:
    """An evaluation made anew after its folder was lost does not appear twice."""
    first = store_evaluation(project, "v1-a", [])
    again = replace(first, shuffled_floor=0.3)
    record_evaluation(project.database, again)
    assert list_evaluations(project.database) == [again]


def test_a_version_means_its_newest_evaluation(project: Project) -> None:
    """`chatmill compare v1 v2` needs no ids."""
    for name in ("v1-a", "v1-b", "v2-c"):
        store_evaluation(project, name, [])
    assert get_evaluation(project.database, "v1").id == "v1-b"
    assert get_evaluation(project.database, "v1-a").id == "v1-a"
    assert get_evaluation(project.database).id == "v2-c"
    assert [each.id for each in list_evaluations(project.database, dataset="v1")] == [
        "v1-a",
        "v1-b",
    ]
    assert find_evaluation(project.database, "v3-d") is None


def test_an_unknown_name_lists_what_there_is(project: Project) -> None:
    """A typo is answered with the ids."""
    with pytest.raises(UsageError, match="chatmill evaluate"):
        get_evaluation(project.database)
    store_evaluation(project, "v1-a", [])
    with pytest.raises(UsageError, match="v1-a"):
        get_evaluation(project.database, "v7")
