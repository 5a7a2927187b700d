"""`chatmill extract`, `check`, `threads` and `examples`, as a person and as a program sees them."""

import json
from typing import Any
from uuid import uuid4

import pytest
from click.testing import CliRunner, Result

from chatmill.cli.app import application
from chatmill.errors import UsageError
from chatmill.project import Project
from chatmill.stages.review import decide, undo
from chatmill.text.pairs_file import TurnText
from talking import bring_in

LINES = [
    ("고은찬", "안녕하세요, W5500 소켓은 몇 개인가요?"),
    ("Mina Park", "@고은찬 8개입니다."),
    ("Bob", "W5500 temperature? Mail bob@example.com"),
    ("Mina Park", "@Bob -40 to 85 °C"),
]


@pytest.fixture
def room(project: Project) -> Project:
    """A project with one room of two customers."""
    bring_in(project, LINES)
    return project


def chatmill(project: Project, *arguments: str) -> Result:
    """Run a command in a project."""
    return CliRunner().invoke(
        application, ["--project", str(project.folder), *arguments], catch_exceptions=False
    )


def objects(project: Project, *arguments: str) -> list[dict[str, Any]]:
    """Return the JSON objects a command prints."""
    return [json.loads(line) for line in chatmill(project, *arguments).stdout.splitlines()]


def test_extract_says_what_it_did(room: Project) -> None:
    """A person reads a sentence, a program one object."""
    assert "2 new examples" in chatmill(room, "extract").stderr
    (again,) = objects(room, "extract", "--json")
    assert (again["n_conversations"], again["n_skipped"]) == (0, 1)


def test_check_counts_by_check_and_severity(room: Project) -> None:
    """The summary says which checks found something, and where to read it."""
    chatmill(room, "extract")
    shown = chatmill(room, "check")
    assert "personal" in shown.stdout
    assert "chatmill examples --flagged" in shown.stderr
    (summary,) = objects(room, "check", "--json")
    assert summary["counts"] == [
        {"check": "personal.email", "severity": "warning", "n_findings": 1, "n_examples": 1}
    ]


def test_examples_as_json_have_exactly_the_promised_shape(room: Project) -> None:
    """Other programs build on these keys."""
    chatmill(room, "extract")
    chatmill(room, "check")
    first, second = objects(room, "examples", "--json")
    assert list(first) == ["id", "conversation_id", "status", "system", "turns", "findings"]
    assert list(first["turns"][0]) == [
        "question",
        "answer",
        "question_citations",
        "answer_citations",
    ]
    assert first["turns"][0]["answer_citations"] == [{"message_id": "m1", "start": 5, "end": 11}]
    assert first["findings"] == []
    assert second["findings"][0]["evidence"] == "bob@example.com"


def test_examples_read_as_questions_and_answers(room: Project) -> None:
    """Nobody should have to read JSON by eye."""
    chatmill(room, "extract")
    chatmill(room, "check")
    shown = chatmill(room, "examples").stdout
    assert "Q) W5500 소켓은 몇 개인가요?\nA) 8개입니다." in shown
    flagged = chatmill(room, "examples", "--flagged").stdout
    assert "소켓" not in flagged
    assert "holds an e-mail address “bob@example.com”" in flagged


def test_examples_can_be_chosen(room: Project) -> None:
    """By id, by status, by conversation."""
    chatmill(room, "extract")
    first, _ = objects(room, "examples", "--json")
    assert objects(room, "examples", first["id"], "--json") == [first]
    assert objects(room, "examples", "--status", "kept", "--json") == []
    assert len(objects(room, "examples", "--conversation", "room:1", "--json")) == 2


def test_threads_show_who_answers_whom(room: Project) -> None:
    """Links and threads by message id; for a person, with names and words."""
    (found,) = objects(room, "threads", "--json")
    assert found == {
        "id": "room:1",
        "links": [["m0", "m0"], ["m1", "m0"], ["m2", "m2"], ["m3", "m2"]],
        "threads": {"m0": "m0", "m1": "m0", "m2": "m2", "m3": "m2"},
    }
    shown = chatmill(room, "threads", "room:1").stdout
    assert "thread 2" in shown
    assert "m1 → m0  Mina Park (agent): @고은찬 8개입니다." in shown


def test_the_history_of_an_example(room: Project) -> None:
    """Who decided what, which words changed, and what was taken back; for a program as JSON."""
    chatmill(room, "extract")
    first = objects(room, "examples", "--json")[0]["id"]
    words = [TurnText(question="W5500 소켓은?", answer="8개입니다.")]
    decision = str(uuid4())
    decide(room, first, "edit", decision_id=decision, reviewer="김하늘", turns=words)
    undo(room, "김하늘")
    shown = chatmill(room, "examples", first, "--history").stdout
    assert "extracted by rules" in shown
    assert "김하늘  edit → kept  (undone)" in shown
    assert "    + Q) W5500 소켓은?" in shown
    (record,) = objects(room, "examples", first, "--history", "--json")
    assert [each["action"] for each in record["decisions"]] == ["edit", "restore"]
    assert record["decisions"][1]["undoes"] == decision
    assert record["decisions"][0]["is_undone"]


def test_history_wants_an_example(room: Project) -> None:
    """One line says what to add."""
    with pytest.raises(UsageError, match="chatmill examples ID --history"):
        chatmill(room, "examples", "--history")


def test_agreement_says_why_it_has_no_value(room: Project) -> None:
    """Nobody looked twice yet, and that is no zero."""
    assert "no example has two opinions yet" in chatmill(room, "review", "--agreement").stderr
    (record,) = objects(room, "review", "--agreement", "--json")
    assert (record["kappa"], record["n_examples"]) == (None, 0)
