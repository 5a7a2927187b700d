"""`chatmill roles` and the question after an import, on a real command line."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from chatmill.project import Project
from talking import bring_in

ROOM = [("김민수", "소켓은 몇 개인가요?"), ("박지현", "8개입니다."), ("김민수", "네")]


def chatmill(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a project."""
    return subprocess.run(
        [sys.executable, "-m", "chatmill.cli.app", "--project", str(folder), *words],
        capture_output=True,
        text=True,
        check=False,
    )


def test_roles_are_listed_and_changed(project: Project) -> None:
    """One line a speaker with role and reason; a change says how far it reaches."""
    bring_in(project, ROOM)
    listed = [
        json.loads(line) for line in chatmill(project.folder, "roles", "--json").stdout.splitlines()
    ]
    assert listed[0] == {
        "speaker": "김민수",
        "role": "customer",
        "told_by": "acts",
        "rooms": ["room:1"],
        "messages": 2,
    }
    changed = chatmill(project.folder, "roles", "박지현", "--bot")
    assert changed.stderr.splitlines()[0] == "박지현: bot (1 room, 1 message)"
    shown = chatmill(project.folder, "roles", "박지현").stdout
    assert "bot" in shown
    assert "chatmill.toml" in shown


@pytest.mark.parametrize("words", [("--agent",), ("박지현", "--bot", "--room", "1")])
def test_wrong_usage_is_said(project: Project, words: tuple[str, ...]) -> None:
    """A change names people and reaches every room."""
    assert chatmill(project.folder, "roles", *words).returncode == 2


def test_unknown_name_is_one_line(project: Project) -> None:
    """A typo ends in one line and exit code 1."""
    bring_in(project, ROOM)
    done = chatmill(project.folder, "roles", "박지헌", "--agent")
    assert done.returncode == 1
    assert done.stderr.startswith("chatmill: nobody is called '박지헌'")


def import_on_terminal(project: Project, path: Path, keys: str, *words: str, code: int = 0) -> str:
    """Import on a pseudo terminal where somebody types; return what is shown."""
    pty = pytest.importorskip("pty", reason="this system has no pseudo terminals")
    ours, theirs = pty.openpty()
    os.write(ours, keys.encode())
    command = [sys.executable, "-m", "chatmill.cli.app", "--project", str(project.folder)]
    running = subprocess.Popen(
        [*command, "import", str(path), *words], stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    shown = b""
    try:
        while chunk := os.read(ours, 4096):
            shown += chunk
    except OSError:  # how Linux says that the other end is closed
        pass
    finally:
        os.close(ours)
    assert running.wait() == code
    return shown.decode()


def room_file(project: Project) -> Path:
    """Write a room nobody named an agent of."""
    messages = [{"id": str(n), "speaker": who, "text": text} for n, (who, text) in enumerate(ROOM)]
    path = project.folder / "room.jsonl"
    path.write_text(json.dumps({"id": "방", "messages": messages}) + "\n", encoding="utf-8")
    return path


def test_terminal_is_asked_once_who_answers(project: Project) -> None:
    """The speakers are numbered, a wrong number is asked again, and the answer is remembered."""
    path = room_file(project)
    shown = import_on_terminal(project, path, "7\n2\n")
    assert "Who answers in 방?" in shown
    assert "1  김민수  (2 messages)" in shown
    assert "Numbers from 1 to 2" in shown
    with Project.open(project.folder) as again:
        assert again.settings.roles.agents == ("Mina Park", "박지현")
    assert "Who answers" not in import_on_terminal(project, path, "")


def test_bad_file_beside_a_room_takes_no_question_away(project: Project) -> None:
    """What came in is asked about before the bad file is named; a bad file alone asks nothing."""
    bad = project.folder / "poem.txt"
    bad.write_text("Roses are red\n", encoding="utf-8")
    assert "Who answers" not in import_on_terminal(project, bad, "", code=1)
    shown = import_on_terminal(project, room_file(project), "2\n", str(bad), code=1)
    assert shown.index("Who answers in 방?") < shown.index("no importer recognises it")
    with Project.open(project.folder) as again:
        assert again.settings.roles.agents == ("Mina Park", "박지현")


def test_enter_leaves_it_to_chatmill(project: Project) -> None:
    """Enter is an answer too, and is not asked for again."""
    path = room_file(project)
    assert "Who answers" in import_on_terminal(project, path, "\n")
    assert "Who answers" not in import_on_terminal(project, path, "")
    with Project.open(project.folder) as again:
        assert again.settings.roles.agents == ("Mina Park",)


@pytest.mark.parametrize("words", [("--json",), ("--agent", "박지현"), ("--dry-run",)])
def test_nothing_is_asked_where_it_is_unwanted(project: Project, words: tuple[str, ...]) -> None:
    """Scripts, named agents and dry runs are never held up."""
    assert "Who answers" not in import_on_terminal(project, room_file(project), "", *words)


def test_no_terminal_no_question(project: Project) -> None:
    """In a pipe the import ends by itself."""
    done = chatmill(project.folder, "import", str(room_file(project)))
    assert done.returncode == 0
    assert "Who answers" not in done.stderr
