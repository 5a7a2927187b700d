"""A running server and what tests do with it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openai import OpenAI
from openai.types.fine_tuning import FineTuningJob

from chatmill.server.launch import RunningServer
from tiny_model import as_jsonl, chat_lines

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

    def metrics(self, job_id: str) -> list[dict[str, Any]]:
        """Return the data of a job's metrics events, oldest first."""
        with self.client() as client:
            page = client.fine_tuning.jobs.list_events(job_id, limit=1000)
        events = [event.model_dump() for event in page.data]
        return [event["data"] for event in reversed(events) if event["type"] == "metrics"]

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
