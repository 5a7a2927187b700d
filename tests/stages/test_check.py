"""The check stage: checks what changed, stores what it found."""

from dataclasses import replace

from chatmill.project import Project
from chatmill.settings import CheckSettings
from chatmill.stages.check import check
from chatmill.stages.extract import extract
from chatmill.store.examples import list_findings
from talking import bring_in

CLEAN = [("Ana", "How many sockets can the W5500 open?"), ("Mina Park", "It has 8.")]
ODD = [
    ("Bob", "W5500 온도 범위는요? 제 번호는 010-0000-1234입니다."),
    ("Mina Park", "-40 to 85 °C"),
]


def test_findings_are_stored_and_counted(project: Project) -> None:
    """The summary speaks of all examples, the store of the odd ones."""
    bring_in(project, CLEAN, key="room:1")
    bring_in(project, ODD, key="room:2")
    extract(project)
    summary = check(project)
    assert (summary.n_examples, summary.n_checked, summary.n_clean) == (2, 2, 1)
    assert [(c.check, c.severity, c.n_findings) for c in summary.counts] == [
        ("personal.phone", "warning", 1)
    ]
    (found,) = list_findings(project.database).values()
    assert found[0].evidence == "010-0000-1234"


def test_only_what_changed_is_checked_again(project: Project) -> None:
    """A second run looks at nothing; other settings look at everything."""
    bring_in(project, ODD)
    extract(project)
    check(project)
    assert check(project).n_checked == 0
    project.settings = replace(
        project.settings, check=CheckSettings(severity={"personal": "error"})
    )
    again = check(project)
    assert (again.n_checked, again.counts[0].severity) == (1, "error")


def test_an_empty_project_has_nothing_to_check(project: Project) -> None:
    """Before the first extraction the stage simply ends."""
    assert check(project).n_examples == 0
