"""The server, killed during uploads, job creation and streaming, loses nothing it acknowledged."""

import hashlib
import os
import random
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openai
import pytest
from openai import OpenAI

from chatmill.server.launch import RunningServer, join_or_start, stop_server
from tiny_model import as_jsonl, build_tiny_model, chat_lines

N_KILLS = 12
N_JOBS = 5
FINAL = ("succeeded", "failed", "cancelled")
QUESTION: list[Any] = [{"role": "user", "content": "소켓이 몇 개인가요?"}]
SEED = 20261124


@dataclass
class Ledger:
    """What the server said yes to."""

    files: dict[str, str] = field(default_factory=dict)
    """Id → SHA-256 of what was sent."""
    sent: set[str] = field(default_factory=set)
    """SHA-256 of everything that was ever sent whole or in part."""
    jobs: dict[str, str] = field(default_factory=dict)
    """Id → training file."""
    streams: list[str] = field(default_factory=list)
    """Text of streams that came to their end."""
    cut: list[str] = field(default_factory=list)
    """Text of streams that were cut off."""
    n_chunks: int = 0
    n_failed: int = 0
    is_over: threading.Event = field(default_factory=threading.Event)


class Room:
    """A home whose server is killed and started again."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.running: RunningServer = join_or_start(home=home)

    def client(self) -> OpenAI:
        """Return a client of whoever serves now."""
        now = self.running
        return OpenAI(base_url=now.base_url, api_key=now.api_key, max_retries=0, timeout=60)

    def kill(self) -> None:
        """End the server as the power would, and start another."""
        os.kill(self.running.pid, signal.SIGKILL)
        self.running = join_or_start(home=self.home)


def keep_on(room: Room, ledger: Ledger, act: Callable[[OpenAI], None]) -> None:
    """Do something again and again until it is over, whoever serves."""
    while not ledger.is_over.is_set():
        try:
            with room.client() as client:
                act(client)
        except (openai.APIConnectionError, openai.InternalServerError, openai.APIError):
            ledger.n_failed += 1
            ledger.is_over.wait(0.05)


def upload(ledger: Ledger, chance: random.Random, client: OpenAI) -> None:
    """Upload something between a line and four megabytes."""
    content = chance.randbytes(chance.choice((100, 200_000, 4_000_000)))
    digest = hashlib.sha256(content).hexdigest()
    ledger.sent.add(digest)
    made = client.files.create(file=("자료.bin", content), purpose="user_data")
    ledger.files[made.id] = digest


def tune(ledger: Ledger, base: str, client: OpenAI) -> None:
    """Upload a training file and start a job on it."""
    if len(ledger.jobs) >= N_JOBS:
        ledger.is_over.wait(0.1)
        return
    content = as_jsonl(chat_lines(12))
    ledger.sent.add(hashlib.sha256(content).hexdigest())
    file = client.files.create(file=("train.jsonl", content), purpose="fine-tune")
    ledger.files[file.id] = hashlib.sha256(content).hexdigest()
    job = client.fine_tuning.jobs.create(
        model=base,
        training_file=file.id,
        seed=1,
        hyperparameters={"n_epochs": 2, "batch_size": 6},
    )
    ledger.jobs[job.id] = file.id


def stream(ledger: Ledger, base: str, client: OpenAI) -> None:
    """Read a streamed greedy answer, as far as it comes."""
    text = ""
    try:
        for chunk in client.chat.completions.create(
            model=base, messages=QUESTION, temperature=0, max_tokens=60, stream=True
        ):
            text += chunk.choices[0].delta.content or ""
            ledger.n_chunks += 1
            if chunk.choices[0].finish_reason is not None:
                ledger.streams.append(text)
                return
    finally:
        if text:
            ledger.cut.append(text)


def wait_until(is_so: Callable[[], bool], seconds: float = 300) -> None:
    """Wait for something that people do."""
    until = time.monotonic() + seconds
    while not is_so() and time.monotonic() < until:
        time.sleep(0.02)


def more_chunks(ledger: Ledger) -> Callable[[], bool]:
    """Return what tells whether some more of a stream was read since now."""
    before = ledger.n_chunks
    return lambda: ledger.n_chunks > before + 3


def work(room: Room, base: str, chance: random.Random) -> Ledger:
    """Let people work while the server is killed."""
    ledger = Ledger()
    acts: list[Callable[[OpenAI], None]] = [
        lambda client: upload(ledger, random.Random(chance.random()), client),  # noqa: S311 - content, no secret
        lambda client: tune(ledger, base, client),
        lambda client: stream(ledger, base, client),
    ]
    people = [threading.Thread(target=keep_on, args=(room, ledger, act)) for act in acts]
    for each in people:
        each.start()
    try:
        for number in range(N_KILLS):
            if number % 2:  # in the middle of a stream; else whenever it comes, models not loaded
                wait_until(more_chunks(ledger))
            time.sleep(0.2 + chance.random())
            room.kill()
        wait_until(lambda: len(ledger.jobs) >= N_JOBS and len(ledger.streams) > 2)
    finally:
        ledger.is_over.set()
        for each in people:
            each.join()
    return ledger


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    """Every file is there byte for byte, every job ends alike, every stream told the same text."""
    base = str(build_tiny_model(tmp_path / "tiny"))
    room = Room(tmp_path / "home")
    try:
        ledger = work(room, base, random.Random(SEED))  # noqa: S311 - moments, not secrets
        print(f"seed {SEED}: {N_KILLS} kills, {len(ledger.files)} files, {len(ledger.jobs)} jobs,")
        n_cut = len(ledger.cut) - len(ledger.streams)
        print(f"{len(ledger.streams)} streams whole, {n_cut} cut, {ledger.n_failed} requests lost")
        assert ledger.n_failed > 0
        assert n_cut > 0
        with room.client() as client:
            require_files(client, ledger)
            require_jobs(client, ledger)
        assert len(set(ledger.streams)) == 1
        assert all(ledger.streams[0].startswith(text) for text in ledger.cut)
    finally:
        stop_server(room.home)


def require_files(client: OpenAI, ledger: Ledger) -> None:
    """Fail where an acknowledged file is missing or changed, or half a file is listed."""
    listed = {each.id: each for each in client.files.list() if each.purpose != "fine-tune-results"}
    assert ledger.files.keys() <= listed.keys()
    for file_id, record in listed.items():
        content = client.files.content(file_id).read()
        digest = hashlib.sha256(content).hexdigest()
        assert len(content) == record.bytes
        assert digest == ledger.files.get(file_id, digest)
        assert digest in ledger.sent


def require_jobs(client: OpenAI, ledger: Ledger) -> None:
    """Fail where an acknowledged job is missing, or does not end as the others do."""
    until = time.monotonic() + 600
    adapters = set()
    for job_id, file_id in ledger.jobs.items():
        while (job := client.fine_tuning.jobs.retrieve(job_id)).status not in FINAL:
            assert time.monotonic() < until, f"{job_id} is still {job.status}"
            time.sleep(0.2)
        assert (job.status, job.training_file) == ("succeeded", file_id), job.error
        assert job.model_extra is not None
        adapters.add(job.model_extra["chatmill"]["adapter_sha256"])
    assert len(adapters) == 1
