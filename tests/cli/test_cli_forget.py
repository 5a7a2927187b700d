"""`chatmill forget`: asks first, shows everything, and says what is left to do."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from chatmill.cli.app import application
from chatmill.errors import UsageError
from chatmill.project import Project
from chatmill.server.home import HOME_VARIABLE
from forgotten_room import JOB_ID, MINSU, ONLY_HIS, fill, places_of, write_room


def chatmill(project: Project, *arguments: str) -> Result:
    """Run the command line in the project, with nobody at the keyboard."""
    return CliRunner().invoke(application, ["--project", str(project.folder), *arguments])


def test_nothing_goes_before_somebody_says_so(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a terminal and --yes it refuses; a dry run shows; then it erases and says so."""
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "server"))
    fill(project, write_room(tmp_path / "export.jsonl"))
    refused = chatmill(project, "forget", MINSU)
    assert isinstance(refused.exception, UsageError)
    assert str(refused.exception).startswith("not confirmed; nothing was erased")
    assert "retrain: ft:tiny:room::1" in refused.stderr
    shown = chatmill(project, "forget", MINSU, "--dry-run", "--json")
    assert json.loads(shown.stdout)["n_messages"] == 3
    assert places_of(ONLY_HIS, project.folder)
    done = chatmill(project, "forget", MINSU, "--yes", "--json")
    assert done.exit_code == 0, done.output
    outcome = json.loads(done.stdout)
    assert outcome["versions"] == ["v1"]
    assert [each["job_id"] for each in outcome["models"]] == [JOB_ID]
    assert places_of(ONLY_HIS, project.folder) == []
    listed = chatmill(project, "forget", "--json")
    assert json.loads(listed.stdout)["n_messages"] == 3
    assert MINSU not in listed.output
