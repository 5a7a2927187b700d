"""`chatmill products`, on a real command line."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from chatmill.project import Project
from talking import bring_in

ROOM = [
    ("김민수", "모델 A200 보드는 몇 포트인가요?"),
    ("박지현", "A200은 8포트입니다. 주문번호 B10233"),
]


def chatmill(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a project."""
    return subprocess.run(
        [sys.executable, "-m", "chatmill.cli.app", "--project", str(folder), *words],
        capture_output=True,
        text=True,
        check=False,
    )


def listed(folder: Path, *words: str) -> dict[str, dict[str, object]]:
    """Return what `--json` lists, by name."""
    shown = chatmill(folder, "products", "--json", *words).stdout
    return {each["name"]: each for each in map(json.loads, shown.splitlines())}


def test_products_are_listed_with_reasons_and_changed(project: Project) -> None:
    """A person sees what was learnt, why, and what was not taken; a change is written down."""
    project.remember("project", "products", [])
    bring_in(project, ROOM)
    found = listed(project.folder, "--all")
    assert found["A200"]["told_by"] == "learnt"
    assert "+2 called a chip, a board, a model or the like" in str(found["A200"]["reasons"])
    assert found["B10233"]["told_by"] == "candidate"
    changed = chatmill(project.folder, "products", "B10233", "--add")
    assert changed.stderr.splitlines()[-1] == "Next: chatmill extract"
    assert "chatmill.toml" in changed.stdout
    assert set(listed(project.folder)) == {"A200", "B10233"}
    assert chatmill(project.folder, "products", "A200", "--drop").returncode == 0
    assert set(listed(project.folder)) == {"B10233"}


@pytest.mark.parametrize("words", [("--add",), ("--drop",), ("--auto",)])
def test_a_change_names_products(project: Project, words: tuple[str, ...]) -> None:
    """A change of nothing is wrong usage."""
    assert chatmill(project.folder, "products", *words).returncode == 2
