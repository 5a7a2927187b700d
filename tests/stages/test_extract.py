"""The extract stage: incremental, repeatable, and careful with decisions."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from chatmill.errors import ProjectBusyError, SettingsError
from chatmill.project import Project
from chatmill.records import Decision, Example, ExampleState, Status
from chatmill.settings import RolesSettings
from chatmill.stages.extract import extract
from chatmill.stages.import_ import import_files
from chatmill.store.decisions import record_decisions
from chatmill.store.examples import list_examples
from chatmill.store.rejections import list_rejections
from talking import bring_in

ROOM = [
    ("Ana", "Hi. How many sockets can the W5500 open?"),
    ("Mina Park", "It has 8."),
    ("Ana", "Thanks!"),
]


def decide(project: Project, example: Example, status: Status) -> None:
    """Keep or reject an example."""
    before = ExampleState(status=example.status, system=example.system, turns=example.turns)
    record_decisions(
        project.database,
        [
            Decision(
                id=f"d-{example.id}",
                example_id=example.id,
                reviewer="tester",
                action="keep" if status == "kept" else "reject",
                before=before,
                after=replace(before, status=status),
            )
        ],
    )


def test_examples_and_rejections_are_stored(project: Project) -> None:
    """What is found waits for review; what is not is listed with the conversation and reason."""
    bring_in(project, ROOM)
    bring_in(project, [("Bob", "When does the W6100 come?")], key="room:2")
    summary = extract(project)
    assert (summary.n_conversations, summary.n_new, summary.n_rejected) == (2, 1, 1)
    (example,) = list_examples(project.database)
    assert example.turns[0].question == "How many sockets can the W5500 open?"
    (left_out,) = list_rejections(project.database, stage="extract")
    assert (left_out.source, left_out.reason) == ("room:2", "nobody answered")


def test_an_unchanged_project_queues_nothing(project: Project) -> None:
    """Running again costs nothing and changes nothing, decisions least of all."""
    bring_in(project, ROOM)
    extract(project)
    decide(project, list_examples(project.database)[0], "kept")
    again = extract(project)
    assert (again.n_conversations, again.n_skipped, again.n_new) == (0, 1, 0)
    assert [each.status for each in list_examples(project.database)] == ["kept"]


def test_a_thank_you_more_keeps_the_decision(project: Project) -> None:
    """A room that grew by something without an answer leaves its examples alone."""
    bring_in(project, ROOM)
    extract(project)
    decide(project, list_examples(project.database)[0], "kept")
    bring_in(project, [*ROOM, ("Ana", "ok, works")])
    summary = extract(project)
    assert (summary.n_conversations, summary.n_unchanged, summary.n_changed) == (1, 1, 0)
    assert [each.status for each in list_examples(project.database)] == ["kept"]


def test_a_longer_answer_comes_back_to_review(project: Project) -> None:
    """Words that changed since somebody kept them are looked at again."""
    bring_in(project, ROOM[:2])
    extract(project)
    old = list_examples(project.database)[0]
    decide(project, old, "kept")
    bring_in(project, [*ROOM[:2], ("Mina Park", "All at the same time.")])
    summary = extract(project)
    (new,) = list_examples(project.database)
    assert (summary.n_changed, new.status, new.supersedes) == (1, "pending", old.id)
    assert new.turns[0].answer == "It has 8.\nAll at the same time."


def test_a_rejected_example_stays_rejected(project: Project) -> None:
    """What somebody threw out does not come back because the room grew."""
    bring_in(project, ROOM[:2])
    extract(project)
    decide(project, list_examples(project.database)[0], "rejected")
    bring_in(project, [*ROOM[:2], ("Mina Park", "All at the same time.")])
    extract(project)
    assert [each.status for each in list_examples(project.database)] == ["rejected"]


def test_other_settings_extract_again(project: Project) -> None:
    """Naming another agent can change who answers, so everything is looked at again."""
    bring_in(project, [*ROOM, ("Joe", "@Ana Only 4 on the W5100S.")])
    extract(project)
    project.settings = replace(project.settings, roles=RolesSettings(agents=("Mina Park", "Joe")))
    summary = extract(project)
    assert (summary.n_conversations, summary.n_skipped) == (1, 0)


def test_a_limit_leaves_the_rest_for_the_next_run(project: Project) -> None:
    """`--limit` tries a few conversations first."""
    for number in range(3):
        bring_in(project, ROOM, key=f"room:{number}")
    assert extract(project, limit=2).n_conversations == 2
    assert extract(project).n_conversations == 1


def test_an_unknown_extractor_and_a_busy_project_are_refused(project: Project) -> None:
    """Both say so before anything is touched."""
    with pytest.raises(SettingsError):
        extract(project, extractor="rulez")
    with project.lock("check"), pytest.raises(ProjectBusyError):
        extract(project)


KILLED_HALF_WAY = """
import os, signal, sys
from chatmill.project import Project
from chatmill.stages.extract import extract

def report(what, done, total):
    if done == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)

extract(Project.open(sys.argv[1]), progress=report)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_a_killed_run_goes_on_where_it_stopped(project: Project) -> None:
    """Killed in the middle and run again, it leaves what an undisturbed run leaves."""
    for number in range(4):
        bring_in(project, ROOM, key=f"room:{number}")
    project.close()
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_HALF_WAY, str(project.folder), "2"],
        check=False,
        env=dict(os.environ),
    )
    assert killed.returncode == -signal.SIGKILL
    with Project.open(project.folder) as opened:
        summary = extract(opened)
        assert (summary.n_conversations, summary.n_skipped) == (2, 2)
        found = [(e.conversation_id, e.turns[0].answer) for e in list_examples(opened.database)]
    assert found == [(f"room:{number}", "It has 8.") for number in range(4)]


def test_the_sample_gives_the_pairs_a_reviewer_keeps(project: Project, sample: Path) -> None:
    """The sample chats, whose agents are known, yield what was kept in them, word for word."""
    project.settings = replace(
        project.settings,
        roles=RolesSettings(agents=("이도현 [WIZnet]", "정하윤", "Mina Park", "Support Lee")),
    )
    import_files(project, [sample / "chats"])
    extract(project)
    asked = {turn.question for e in list_examples(project.database) for turn in e.turns}
    rows = [
        json.loads(line)
        for line in (sample / "paraphrases.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    wanted = {row["question"] for row in rows}
    assert len(wanted & asked) >= 0.95 * len(wanted)
