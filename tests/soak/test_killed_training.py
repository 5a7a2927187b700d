"""A training process killed at ten moments ends with the adapter of the undisturbed run."""

import hashlib
import os
import signal
import time
from pathlib import Path

import pytest
from openai.types.fine_tuning import FineTuningJob

from chatmill.server.launch import join_or_start, stop_server
from chatmill.store.database import Database, sqlite_url
from chatmill.store.server_jobs import StoredJob, find_job
from server_under_test import ServerUnderTest
from tiny_model import build_tiny_model

N_KILLS = 10
N_EPOCHS = 50
N_STEPS = 3 * N_EPOCHS
EARLY = 2
"""Kills before the first step of a trainer: while it loads, and just as it starts."""


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_ten_kills_change_nothing(tmp_path: Path) -> None:
    """Each kill comes at another moment: while loading, amid an epoch, around a checkpoint."""
    base = build_tiny_model(tmp_path / "tiny")
    home = tmp_path / "home"
    running = join_or_start(home=home)
    try:
        server = ServerUnderTest(running=running, home=home, base=str(base))
        undisturbed = server.wait(server.create_job(n_epochs=N_EPOCHS).id, seconds=900)
        job = server.create_job(n_epochs=N_EPOCHS)
        database = Database.open(sqlite_url(home / "server.db"), schema="server")
        killed: list[int] = []
        for number in range(N_KILLS):
            wanted = max(0, number - EARLY + 1) * N_STEPS // (N_KILLS - EARLY + 2)
            killed.append(_kill_at(server, database, job.id, wanted, killed))
        assert len(set(killed)) == N_KILLS
        done = server.wait(job.id, seconds=900)
        assert done.status == "succeeded", done.error
        assert sorted({each["step"] for each in server.metrics(job.id)}) == list(
            range(1, N_STEPS + 1)
        )
        assert _sha256(done) == _sha256(undisturbed)
    finally:
        stop_server(home)


def _kill_at(
    server: ServerUnderTest, database: Database, job_id: str, step: int, killed: list[int]
) -> int:
    """Kill the job's trainer once it has reported a step; returns the process's id."""
    give_up = time.monotonic() + 300
    while True:
        job: StoredJob | None = find_job(database, job_id)
        assert job is not None
        assert job.status in ("validating_files", "queued", "running"), job
        pid = job.trainer_pid
        if job.status == "running" and pid is not None and pid not in killed:
            metrics = server.metrics(job_id) if step else []
            if step == 0 or (metrics and metrics[-1]["step"] >= step):
                time.sleep(0.02 * len(killed))  # another moment of the step each time
                os.kill(pid, signal.SIGKILL)
                return pid
        assert time.monotonic() < give_up, f"step {step} did not come"
        time.sleep(0.01)


def _sha256(job: FineTuningJob) -> str:
    extra = job.model_extra
    assert extra is not None
    return (
        str(extra["chatmill"]["adapter_sha256"])
        + hashlib.sha256(
            (Path(extra["chatmill"]["adapter_path"]) / "adapter_config.json").read_bytes()
        ).hexdigest()
    )
