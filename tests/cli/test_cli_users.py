"""`chatmill users` and `chatmill review --host`: a team set up from the command line."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from chatmill.cli.app import application
from chatmill.errors import UsageError
from chatmill.project import Project

PASSWORD = "소켓 여덟 개와 말 한 마리"  # noqa: S105 - of nobody


@pytest.fixture
def folder(project: Project) -> Path:
    """The folder of a new project."""
    return project.folder


def users(folder: Path, *arguments: str, typed: str = "") -> list[dict[str, object]]:
    """Run `chatmill users … --json` and return the objects it prints."""
    command = ["--project", str(folder), "users", *arguments, "--json"]
    done = CliRunner().invoke(application, command, input=typed, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_team_from_the_command_line(folder: Path) -> None:
    """Create, invite, change, disable, tokens and the log, each as JSON."""
    (made,) = users(folder, "create", "김하늘", "--password-stdin", typed=f"{PASSWORD}\n")
    assert (made["name"], made["role"], made["state"]) == ("김하늘", "admin", "active")
    (invited,) = users(folder, "invite", "Mina", "--role", "reader")
    assert str(invited["link"]).startswith("http://127.0.0.1:7317/invitation#")
    (token,) = users(folder, "token", "create", "김하늘", "--for", "ci", "--role", "reviewer")
    (access,) = users(folder, "token", "list", "김하늘")
    assert (access["kind"], access["name"], access["role"]) == ("token", "ci", "reviewer")
    assert users(folder, "token", "revoke", "김하늘", str(access["id"]))
    assert users(folder, "token", "list", "김하늘") == []
    (changed,) = users(folder, "change", "mina", "--role", "reviewer", "--unmask")
    assert (changed["role"], changed["may_unmask"]) == ("reviewer", True)
    assert users(folder, "disable", "Mina")[0]["state"] == "disabled"
    assert [each["name"] for each in users(folder, "list")] == ["Mina", "김하늘"]
    log = users(folder, "log")
    assert {"create", "invite", "token", "revoke", "role", "may_unmask", "is_disabled"} == {
        each["action"] for each in log
    }
    assert str(token["token"]) not in json.dumps(log)


def test_refusals_say_what_to_do(folder: Path) -> None:
    """What, where, what to do."""
    with pytest.raises(UsageError, match="at least 10"):
        users(folder, "create", "kim", "--password-stdin", typed="short\n")
    with pytest.raises(UsageError, match="users list"):
        users(folder, "disable", "kim")
    with pytest.raises(UsageError, match="--password-stdin"):
        users(folder, "create", "kim")


def test_a_public_address_without_users_is_refused(folder: Path) -> None:
    """Nobody puts a project's chats on the network by a flag alone."""
    command = ["review", "--no-open", "--host", "0.0.0.0", "--port", "0"]  # noqa: S104 - refused
    run = subprocess.run(
        [sys.executable, "-m", "chatmill.cli.app", *command],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stdout, run.stderr.count("\n")) == (1, "", 1)
    assert "chatmill users create" in run.stderr
