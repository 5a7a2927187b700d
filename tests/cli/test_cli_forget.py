"""`chatmill forget`: asks first, shows everything, and says what is left to do."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from chatmill.project import Project
from chatmill.server.home import HOME_VARIABLE
from forgotten_room import JOB_ID, MINSU, ONLY_HIS, fill, places_of, write_room


def chatmill(project: Project, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in the project, with nobody at the keyboard."""
    command = [sys.executable, "-m", "chatmill.cli.app", *arguments]
    return subprocess.run(
        command,
        cwd=project.folder,
        check=False,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )


def test_nothing_goes_before_somebody_says_so(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a terminal and --yes it refuses; a dry run shows; then it erases and says so."""
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "server"))
    fill(project, write_room(tmp_path / "export.jsonl"))
    refused = chatmill(project, "forget", MINSU)
    assert refused.returncode == 1
    assert refused.stderr.splitlines()[-1].startswith("chatmill: not confirmed; nothing was erased")
    shown = chatmill(project, "forget", MINSU, "--dry-run", "--json")
    assert json.loads(shown.stdout)["n_messages"] == 3
    assert places_of(ONLY_HIS, project.folder)
    done = chatmill(project, "forget", MINSU, "--yes", "--json")
    assert done.returncode == 0, done.stderr
    outcome = json.loads(done.stdout)
    assert outcome["versions"] == ["v1"]
    assert [each["job_id"] for each in outcome["models"]] == [JOB_ID]
    assert places_of(ONLY_HIS, project.folder) == []
    listed = chatmill(project, "forget", "--json")
    assert json.loads(listed.stdout)["n_messages"] == 3
    assert MINSU not in listed.stdout + listed.stderr
