"""`chatmill triage`: learn, offer, keep and undo from the command line."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from chatmill.cli.app import application
from chatmill.errors import UsageError
from chatmill.project import Project
from chatmill.store.decisions import list_decisions
from chatmill.store.examples import count_examples
from triage_room import people_decide, triage_project

N_DECIDED, N_ALL = 720, 740


def triage(folder: Path, *arguments: str) -> Result:
    """Run `chatmill triage …`."""
    command = ["--project", str(folder), "triage", *arguments]
    return CliRunner().invoke(application, command, catch_exceptions=False)


def test_it_learns_offers_keeps_and_takes_back(tmp_path: Path) -> None:
    """Every step, in words and as JSON; a dry run records nothing."""
    folder = tmp_path / "room"
    with triage_project(folder, N_ALL) as project:
        people_decide(project, range(N_DECIDED))
    said = triage(folder)
    assert "learnt from 480 kept, 0 edited and 240 rejected, model 1" in said.stdout
    (status,) = map(json.loads, triage(folder, "--show", "--json").stdout.splitlines())
    n_sure = status["offer"]["n_sure"]
    assert n_sure > 10
    assert "소켓" in triage(folder, "--dry-run").stdout
    (done,) = map(json.loads, triage(folder, "--keep-sure", "--json").stdout.splitlines())
    assert len(done["kept"]) == n_sure
    assert f"kept by itself: {n_sure}" in triage(folder, "--show").stdout
    assert f"{n_sure} examples back in the queue" in triage(folder, "--undo").stderr
    with Project.open(folder) as project:
        assert count_examples(project.database)["pending"] == N_ALL - N_DECIDED
        assert len(list_decisions(project.database, reviewer="triage")) == n_sure


def test_it_refuses_in_one_line(project: Project) -> None:
    """Nothing learnt, nothing to take back, and options that do not go together."""
    folder = project.folder
    assert "not learnt yet" in triage(folder, "--show").stderr
    with pytest.raises(UsageError, match="not learnt yet"):
        triage(folder, "--keep-sure")
    with pytest.raises(UsageError, match="nothing that could be taken back"):
        triage(folder, "--undo")
    with pytest.raises(UsageError, match="do not go together"):
        triage(folder, "--undo", "--show")
    assert "20 more kept and 20 more rejected or edited are needed" in triage(folder).stdout
