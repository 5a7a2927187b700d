"""A tiny base model and a real server in a process of its own, on a free loopback port."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from openai import OpenAI
from openai.types.fine_tuning import FineTuningJob
from tiny_model import as_jsonl, build_tiny_model, chat_lines

from chatmill.server.launch import RunningServer, join_or_start, stop_server

FINAL = ("succeeded", "failed", "cancelled")


@dataclass(frozen=True)
class ServerUnderTest:
    """A running server and what tests do with it."""

    running: RunningServer
    home: Path
    base: str
    """Name of the tiny base model: its folder."""

    def client(self) -> OpenAI:
        """Return the official client, without retries."""
        return OpenAI(
            base_url=self.running.base_url,
            api_key=self.running.api_key,
            max_retries=0,
            timeout=120,
        )

    def upload(self, content: bytes) -> str:
        """Upload a training file; returns its id."""
        with self.client() as client:
            return client.files.create(file=("train.jsonl", content), purpose="fine-tune").id

    def create_job(self, *, n_epochs: int = 2, n_examples: int = 12) -> FineTuningJob:
        """Start a job on fresh examples."""
        file_id = self.upload(as_jsonl(chat_lines(n_examples)))
        with self.client() as client:
            return client.fine_tuning.jobs.create(
                model=self.base,
                training_file=file_id,
                suffix="wiz",
                seed=7,
                metadata={"project": "room"},
                method={
                    "type": "supervised",
                    "supervised": {"hyperparameters": {"n_epochs": n_epochs, "batch_size": 4}},
                },
            )

    def wait(
        self,
        job_id: str,
        until: Callable[[FineTuningJob], bool] = lambda job: job.status in FINAL,
        *,
        seconds: float = 240,
    ) -> FineTuningJob:
        """Wait until a job is as wanted."""
        give_up = time.monotonic() + seconds
        with self.client() as client:
            while True:
                job = client.fine_tuning.jobs.retrieve(job_id)
                if until(job):
                    return job
                if time.monotonic() > give_up:
                    log = self.home / "jobs" / job_id / "trainer.log"
                    raise TimeoutError(f"{job}\n{log.read_text() if log.exists() else 'no log'}")
                time.sleep(0.05)


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
