"""`chatmill calls`: what was spent, by day, stage and model, and what has no answer."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from asking import questions
from chatmill.cli.app import application
from chatmill.models.client import ModelClient
from chatmill.project import Project
from openai_server import OpenAIServer, refusal

SETTINGS = """
[providers.hosted]
base_url = "{base_url}"
trusted = true
max_attempts = 1

[prices.m]
input_per_million = 1000.0
output_per_million = 0.0
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A project that asked three questions, of which one was refused."""
    place = tmp_path / "bot"
    Project.create(place).close()
    with OpenAIServer() as server:
        with (place / "chatmill.toml").open("a", encoding="utf-8") as file:
            file.write(SETTINGS.format(base_url=server.base_url))
        server.script("/chat/completions", refusal(400))
        with (
            Project.open(place) as project,
            ModelClient.for_provider("hosted", project.settings) as client,
        ):
            client.ask_many(questions(3), stage="extract", database=project.database, concurrency=1)
            unpriced = [replace(questions(1)[0], model="unknown")]
            client.ask_many(unpriced, stage="evaluate", database=project.database)
        yield place


def run(folder: Path, *arguments: str) -> str:
    """Run the command and return what it printed."""
    result = CliRunner().invoke(
        application, ["--project", str(folder), "calls", *arguments], env={"COLUMNS": "120"}
    )
    assert result.exit_code == 0, result.output
    return result.output


def test_spend_is_listed_by_day_stage_and_model(folder: Path) -> None:
    """One line each, the sum, and what nobody can price, said as such."""
    printed = run(folder)
    assert "hosted/m" in printed
    assert "0.0140" in printed
    assert "Spent $0.0140, and what unknown cost: no price in settings" in printed
    assert "Without an answer: 1. Show them: chatmill calls --failed" in printed
    assert "hosted/m" not in run(folder, "--stage", "evaluate")


def test_json_has_one_object_a_line(folder: Path) -> None:
    """Scripts get every counter by name."""
    tallies = [json.loads(line) for line in run(folder, "--json").splitlines()]
    by_model = {each["model"]: each for each in tallies}
    assert by_model["m"]["n_answered"] == 2
    assert by_model["m"]["n_refused"] == 1
    assert by_model["m"]["cost_usd"] == pytest.approx(0.014)
    assert by_model["unknown"]["n_unpriced"] == 1


def test_failed_calls_are_listed_with_their_reason(folder: Path) -> None:
    """What has no answer is named by its question, Korean included, with the server's words."""
    printed = run(folder, "--failed")
    assert "소켓 0번은 어떻게 여나요?" in printed
    assert "scripted 400" in printed
    [failed] = [json.loads(line) for line in run(folder, "--failed", "--json").splitlines()]
    assert (failed["stage"], failed["is_refused"]) == ("extract", True)
