"""Demo: the sample is found, resumed, and inside the wheel."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from chatmill.errors import ProjectExistsError, UsageError
from chatmill.project import Project
from chatmill.stages.demo import find_sample, open_demo

ROOT = Path(__file__).parent.parent.parent


def test_a_demo_that_was_begun_goes_on(tmp_path: Path) -> None:
    """Starting `chatmill demo` again opens the same project."""
    sample = find_sample()
    open_demo(tmp_path / "demo", sample).close()
    with open_demo(tmp_path / "demo", sample) as project:
        assert project.name == "wiznet-support"
        assert "정하윤" in project.settings.roles.agents


def test_a_project_of_ones_own_is_left_alone(tmp_path: Path) -> None:
    """The demo never writes into somebody's project."""
    Project.create(tmp_path / "mine").close()
    with pytest.raises(ProjectExistsError, match="chatmill demo DIR"):
        open_demo(tmp_path / "mine", find_sample())


def test_a_folder_without_a_sample_is_refused(tmp_path: Path) -> None:
    """A mistyped --sample ends in one line."""
    with pytest.raises(UsageError, match="no sample"):
        find_sample(tmp_path)


def test_the_wheel_holds_sample_templates_and_migrations(tmp_path: Path) -> None:
    """An installed chatmill has every file it opens at run time."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    package = ROOT / "src" / "chatmill"
    needed = {
        f"chatmill/{path.relative_to(package).as_posix()}"
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    sample = ROOT / "examples" / "wiznet-support"
    needed |= {
        f"chatmill/examples/wiznet-support/{path.relative_to(sample).as_posix()}"
        for path in sample.rglob("*")
        if path.is_file() and path.name != ".gitattributes"
    }
    assert needed - names == set()


def test_the_sample_is_as_large_as_its_page_says() -> None:
    """At least 80 conversations, at least 60 kept, at least 100 held-out phrasings."""
    sample = find_sample()
    decisions = [json.loads(line) for line in sample.review.read_text("utf-8").splitlines()]
    actions = [each["action"] for each in decisions]
    assert actions.count("keep") + actions.count("edit") >= 60
    assert actions.count("edit") > 0
    assert all(each["reason"] for each in decisions if each["action"] != "keep")
    held = (sample.folder / "paraphrases.jsonl").read_text("utf-8").splitlines()
    assert sum(len(json.loads(line)["paraphrases"]) for line in held) >= 100
