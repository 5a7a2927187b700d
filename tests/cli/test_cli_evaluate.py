"""`evaluate`, `improve` and `compare` as commands: tables, JSON lines and exit codes."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from chatmill.project import InitAnswers, Project
from evaluating import ANSWERS, BASE, answer_of, keep_and_build, record_tuned_model
from openai_server import OpenAIServer


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A built project on disk and a running server."""

    folder: Path
    server: OpenAIServer

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the project."""
        return subprocess.run(
            [sys.executable, "-m", "chatmill.cli.app", *arguments],
            cwd=self.folder,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
            env={**os.environ, "PYTHONIOENCODING": "utf-8", "COLUMNS": "160"},
        )


@pytest.fixture(scope="module")
def room(
    tmp_path_factory: pytest.TempPathFactory, embed: Callable[[str], list[float]]
) -> Iterator[Room]:
    """A project whose chatmill.toml names the scripted server."""
    folder = tmp_path_factory.mktemp("cli") / "room"
    answers = InitAnswers(agents=("Mina Park",), products=("W5500",))
    with OpenAIServer() as server, Project.create(folder, answers) as project:
        server.answer = answer_of
        server.vector = embed
        keep_and_build(project)
        record_tuned_model(project)
        (folder / "chatmill.toml").write_text(
            f"""
            [project]
            products = ["W5500"]
            [train]
            provider = "scripted"
            base_model = "{BASE}"
            [evaluate]
            embedding_provider = "scripted"
            [providers.scripted]
            base_url = "{server.base_url}"
            trusted = true
            """,
            encoding="utf-8",
        )
        yield Room(folder=folder, server=server)


def test_evaluate_prints_a_table_and_where_the_report_is(room: Room) -> None:
    """A person reads both languages, trained and held-out apart, and opens the report."""
    done = room.run("evaluate")
    assert done.returncode == 0, done.stderr
    table = done.stdout.splitlines()
    assert any("ko" in line and "held-out" in line for line in table)
    (korean,) = [line for line in table if "ko" in line and "trained" in line]
    (english,) = [line for line in table if "en" in line and "trained" in line]
    assert "too few" in korean, "eight questions tell nothing for sure"
    assert "too few" in english
    report = done.stderr.strip().splitlines()[-1].removeprefix("Report: ")
    assert (room.folder / report).is_file()


def test_evaluate_json_is_one_object(room: Room) -> None:
    """A script reads the summary, the lines and the path from standard output alone."""
    done = room.run("evaluate", "v1", "--json")
    (line,) = done.stdout.splitlines()
    found = json.loads(line)
    assert found["dataset"] == "v1"
    assert found["not_followed"] == 2
    assert found["tuned_cosine"] > found["base_cosine"]
    assert {each["group"] for each in found["lines"]} == {"trained", "held-out"}
    assert (room.folder / found["report"]).is_file()


def test_fail_under_exits_with_one(room: Room) -> None:
    """The table is still printed, then one line says why."""
    done = room.run("evaluate", "--fail-under", "0.99")
    assert done.returncode == 1
    assert "trained" in done.stdout
    assert "is below 0.990" in done.stderr
    assert "Traceback" not in done.stderr


def test_improve_lists_what_goes_back(room: Room) -> None:
    """The questions, as JSON lines; the second time nothing moves."""
    first = room.run("improve", "--json")
    rows = [json.loads(line) for line in first.stdout.splitlines()]
    assert {row["question"] for row in rows} == {
        item.question for item in ANSWERS if item.is_foreign
    }
    assert "2 examples back in review" in first.stderr
    second = room.run("improve")
    assert "0 examples back in review, 2 sent before" in second.stderr


def test_compare_with_itself_is_unchanged(room: Room) -> None:
    """Two equal evaluations differ in nothing."""
    done = room.run("compare", "v1", "v1", "--json")
    found = json.loads(done.stdout)
    assert {each["change"] for each in found["questions"]} == {"unchanged"}
    assert found["added"] == found["removed"] == []
    assert room.run("compare", "v1", "v1").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("evaluate", "v9"), "no dataset v9"),
        (("compare", "v1", "v9"), "no evaluation v9"),
        (("improve", "v9"), "no evaluation v9"),
    ],
)
def test_what_does_not_exist_is_one_line(
    room: Room, arguments: tuple[str, ...], words: str
) -> None:
    """A wrong name says what there is, without a traceback."""
    done = room.run(*arguments)
    assert done.returncode == 1
    assert words in done.stderr
    assert "Traceback" not in done.stderr
