"""Versions: what they hold, what may be downloaded, and how two differ."""

from dataclasses import replace

import pytest

from chatmill.errors import DatasetError, UsageError
from chatmill.project import Project
from chatmill.records import Decision, Example, ExampleState
from chatmill.stages.build import build
from chatmill.stages.versions import VersionReader
from chatmill.store.decisions import record_decisions
from evaluating import examples, keep_and_build


def decide(project: Project, each: Example, after: ExampleState, action: str) -> None:
    """Change an example that is kept."""
    before = ExampleState(status="kept", system=each.system, turns=each.turns)
    decision = Decision(
        id=f"{action}-{each.id}",
        example_id=each.id,
        reviewer="mina",
        action=action,  # type: ignore[arg-type] # one of the actions
        before=before,
        after=after,
    )
    record_decisions(project.database, [decision])


@pytest.fixture
def two_versions(project: Project) -> Project:
    """v1 with fifteen examples; in v2 one is gone, one says something else."""
    keep_and_build(project)
    made = examples()
    state = ExampleState(status="kept", system=made[3].system, turns=made[3].turns)
    decide(project, made[2], replace(state, status="rejected"), "reject")
    turn = replace(made[3].turns[0], answer="IPv6는 지원하지 않습니다.", answer_citations=())
    decide(project, made[3], replace(state, turns=(turn,)), "edit")
    build(project)
    return project


def test_a_diff_names_every_example(two_versions: Project) -> None:
    """What was added, removed and changed is told apart, both ways, with both texts."""
    reader = VersionReader(two_versions)
    diff = reader.diff("v1", "v2")
    assert [each.example_id for each in diff.of("removed")] == ["e0002"]
    (changed,) = diff.of("changed")
    assert changed.example_id == "e0003"
    assert changed.before is not None
    assert changed.after is not None
    assert changed.after.turns[0].answer == "IPv6는 지원하지 않습니다."
    assert diff.of("added") == ()
    assert diff.n_same == len(examples()) - 2
    assert [each.kind for each in reader.diff("v2", "v1").changes] == ["added", "changed"]
    assert reader.diff("v1", "v1").changes == ()


def test_a_version_says_what_it_holds(two_versions: Project) -> None:
    """Sizes, languages and the card come from the folder as it was built."""
    reader = VersionReader(two_versions)
    assert [each.name for each in reader.versions()] == ["v2", "v1"]
    about = reader.about("v1")
    assert about.languages == {"ko": 8, "en": 7}
    lines = {each.name: each.n_lines for each in about.files}
    assert lines["train.jsonl"] == len(examples())
    assert lines["manifest.json"] is None
    assert about.card.startswith("# ")


def test_only_the_files_of_a_version_can_be_had(two_versions: Project) -> None:
    """A name that leads elsewhere opens nothing."""
    reader = VersionReader(two_versions)
    assert reader.file("v1", "train.jsonl").is_file()
    for name in ("../v2/train.jsonl", "/etc/passwd", "train.jsonl/..", "other.jsonl", ""):
        with pytest.raises(UsageError):
            reader.file("v1", name)
    for name in ("v9", "..", ""):
        with pytest.raises(DatasetError):
            reader.file(name, "train.jsonl")
