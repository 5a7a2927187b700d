"""Train at a hosted service: what ends soon is said first, and what Azure wants afterwards."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from chatmill.project import Project
from chatmill.settings import ProviderSettings
from chatmill.stages.train import train
from evaluating import keep_and_build
from openai_account import Account
from openai_server import OpenAIServer, Received

JOBS = "/fine_tuning/jobs"
MODEL = "gpt-4.1-mini-2025-04-14"


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    """A scripted server that trains in two polls."""
    with OpenAIServer() as scripted:
        yield scripted


def train_at(project: Project, server: OpenAIServer, profile: str) -> list[str]:
    """Train at the scripted server under a profile; return what was said."""
    keep_and_build(project)
    provider = ProviderSettings(
        profile=profile, base_url=server.base_url, trusted=True, api_key_env="HOME"
    )
    chosen = replace(project.settings.train, provider="hosted", base_model=MODEL, poll_seconds=0.02)
    project.settings = replace(project.settings, providers={"hosted": provider}, train=chosen)
    said: list[str] = []
    train(project, on_event=lambda event: said.append(event.message))
    return said


def test_ends_are_said_before_the_job_is_created(project: Project, server: OpenAIServer) -> None:
    """The model's last day and the last day of tuning, while nothing is paid for yet."""
    n_said_at_creation: list[int] = []
    said: list[str] = []

    def look(received: Received) -> None:
        if (received.method, received.path) == ("POST", "/files"):
            n_said_at_creation.append(len(server.seen(JOBS)))

    server.before_answer = look
    said = train_at(project, server, "openai")
    assert n_said_at_creation
    assert not any(n_said_at_creation)
    ends = [at for at, line in enumerate(said) if "2027-01-14" in line or "2027-01-06" in line]
    started = next(at for at, line in enumerate(said) if line.startswith("ftjob-1 is"))
    assert len(ends) == 2
    assert max(ends) < started


def test_azure_gets_its_mark_and_the_deployment_is_asked_for(
    project: Project, server: OpenAIServer
) -> None:
    """Files begin with a byte order mark; in the end a person is told to deploy the model."""
    uploads = Account(server=server)
    server.mount(lambda each: uploads.route(each) if each.path == "/files" else None)
    said = train_at(project, server, "azure")
    assert all(each.startswith(b"\xef\xbb\xbf{") for each in uploads.contents.values())
    assert uploads.contents
    assert "deploy ft:gpt-4.1-mini-2025-04-14:test::ftjob-1" in said[-1]
    assert "[providers.hosted.deployments]" in said[-1]
    assert not any("2027" in line for line in said)
