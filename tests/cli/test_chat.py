"""`chatmill chat`, `models` and `train` as a person runs them, against a scripted server."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatmill.project import Project
from chatmill.records import Hyperparameters, TuningJob
from chatmill.store.jobs import record_job
from openai_server import OpenAIServer, refusal


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    """A scripted server that echoes."""
    with OpenAIServer() as scripted:
        yield scripted


@pytest.fixture
def folder(project: Project, server: OpenAIServer) -> Path:
    """A project with one tuned model at the scripted server."""
    file = project.folder / "chatmill.toml"
    provider = f'\n[providers.scripted]\nbase_url = "{server.base_url}"\ntrusted = true\n'
    text = file.read_text(encoding="utf-8").replace('provider = "local"', 'provider = "scripted"')
    file.write_text(text + provider, encoding="utf-8")
    return project.folder


def add_model(folder: Path) -> None:
    """Record one tuned model."""
    job = TuningJob(
        id="ftjob-1",
        provider="scripted",
        base_model="base-model",
        dataset="v1",
        status="succeeded",
        hyperparameters=Hyperparameters(n_epochs=20),
        fine_tuned_model="ft:base-model:room::1",
        trained_tokens=12_345,
    )
    with Project.open(folder) as project:
        record_job(project.database, job, "k")


def chatmill(
    folder: Path, *arguments: str, said: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    command = [sys.executable, "-m", "chatmill.cli.app", "--project", str(folder), *arguments]
    return subprocess.run(
        command, input=said, capture_output=True, text=True, check=False, timeout=60
    )


def test_one_question_is_answered_on_standard_output(folder: Path, server: OpenAIServer) -> None:
    """The answer of the newest tuned model, asked with the serving line."""
    add_model(folder)
    ran = chatmill(folder, "chat", "소켓은 몇 개인가요?")
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip() == "echo: 소켓은 몇 개인가요?"
    sent = server.seen("/chat/completions")[0].body
    assert sent["model"] == "ft:base-model:room::1"
    assert sent["messages"][0]["role"] == "system"
    assert "W5500" in sent["messages"][0]["content"]


def test_a_conversation_remembers_what_was_said(folder: Path, server: OpenAIServer) -> None:
    """Follow-up questions are sent with the turns before them; the end of input ends it."""
    add_model(folder)
    ran = chatmill(folder, "chat", "--json", "--system", "S", said="first\n\nsecond\n")
    assert ran.returncode == 0, ran.stderr
    answers = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [each["question"] for each in answers] == ["first", "second"]
    assert [each["content"] for each in server.requests[1].body["messages"]] == [
        "S",
        "first",
        "echo: first ",
        "second",
    ]


def test_without_a_model_the_next_step_is_said(folder: Path) -> None:
    """One line, exit 1, and what to do."""
    ran = chatmill(folder, "chat", "a")
    assert ran.returncode == 1
    assert ran.stderr.strip().startswith(
        "chatmill: no model was tuned yet. Tune one: chatmill train"
    )


def test_a_refused_question_is_one_line(folder: Path, server: OpenAIServer) -> None:
    """A model the server lost is said in the server's words."""
    add_model(folder)
    server.script("/chat/completions", refusal(404))
    ran = chatmill(folder, "chat", "a")
    assert ran.returncode == 1
    assert "scripted 404" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_models_lists_what_was_tuned(folder: Path) -> None:
    """A table for people, one object a line for programs."""
    assert "No model was tuned yet" in chatmill(folder, "models").stderr
    add_model(folder)
    record = json.loads(chatmill(folder, "models", "--json").stdout)
    assert record["fine_tuned_model"] == "ft:base-model:room::1"
    assert "12,345" in chatmill(folder, "models").stdout
