"""A tiny base model and a real server in a process of its own, on a free loopback port."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from openai.types.fine_tuning import FineTuningJob

from chatmill.server.launch import join_or_start, stop_server
from server_under_test import ServerUnderTest
from tiny_model import build_tiny_model


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A base model folder that trains in a second."""
    return build_tiny_model(tmp_path_factory.mktemp("base") / "tiny")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, tiny_base: Path) -> Iterator[ServerUnderTest]:
    """One server for a test file."""
    home = tmp_path_factory.mktemp("home")
    running = join_or_start(home=home)
    yield ServerUnderTest(running=running, home=home, base=str(tiny_base))
    stop_server(home)


@pytest.fixture(scope="module")
def finished_job(server: ServerUnderTest) -> FineTuningJob:
    """A job that trained the tiny model to the end."""
    return server.wait(server.create_job(n_epochs=4).id)
