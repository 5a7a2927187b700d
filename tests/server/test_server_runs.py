"""Fine-tuning jobs from upload to chat, and what happens when something is killed on the way."""

import hashlib
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import openai
import pytest
from openai.types.fine_tuning import FineTuningJob

from chatmill.server.launch import join_or_start, stop_server
from server_under_test import ServerUnderTest
from tiny_model import as_jsonl, chat_lines


def test_a_job_trains_and_its_model_chats(
    server: ServerUnderTest, finished_job: FineTuningJob
) -> None:
    """The official client uploads, tunes, reads events, checkpoints and results, and chats."""
    job = finished_job
    assert job.status == "succeeded", job.error
    assert job.fine_tuned_model is not None
    assert job.fine_tuned_model.startswith("ft:tiny:chatmill:wiz:")
    assert job.trained_tokens
    with server.client() as client:
        steps = [each["step"] for each in server.metrics(job.id)]
        assert steps == list(range(1, 13))
        checkpoints = client.fine_tuning.jobs.checkpoints.list(job.id).data
        assert [each.step_number for each in checkpoints] == [12, 9, 6]
        table = client.files.content(job.result_files[0]).text.splitlines()
        assert table[0] == "step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy"
        assert len(table) == 13
        for model in (job.fine_tuned_model, checkpoints[0].fine_tuned_model_checkpoint):
            answer = client.chat.completions.create(
                model=model,
                messages=[{"role": "user", "content": "What does register 1 hold?"}],
                max_tokens=8,
                temperature=0,
            )
            assert answer.usage is not None
        assert job.fine_tuned_model in [each.id for each in client.models.list()]


def test_the_adapter_is_the_one_the_job_names(finished_job: FineTuningJob) -> None:
    """A project that copies the adapter can check that it is whole."""
    extra = finished_job.model_extra
    assert extra is not None
    adapter = Path(extra["chatmill"]["adapter_path"]) / "adapter_model.safetensors"
    found = hashlib.sha256(adapter.read_bytes()).hexdigest()
    assert found == extra["chatmill"]["adapter_sha256"]


def test_the_same_seed_gives_the_same_adapter(
    server: ServerUnderTest, finished_job: FineTuningJob
) -> None:
    """Training again with the same data and seed repeats every bit of the adapter."""
    again = server.wait(server.create_job(n_epochs=4).id)
    assert _adapter(again) == _adapter(finished_job)


@pytest.mark.soak
def test_a_killed_trainer_is_replaced(tmp_path: Path, tiny_base: Path) -> None:
    """A job whose trainer is killed goes on from its checkpoint and ends as if undisturbed."""
    running = join_or_start(home=tmp_path)
    try:
        server = ServerUnderTest(running=running, home=tmp_path, base=str(tiny_base))
        undisturbed = server.wait(server.create_job(n_epochs=30).id)
        job = server.create_job(n_epochs=30)
        folder = tmp_path / "jobs" / job.id / "checkpoints"
        _wait_for(lambda: len(list(folder.glob("step-*"))) >= 2)
        os.kill(_trainer_of(job.id), signal.SIGKILL)
        done = server.wait(job.id)
        assert done.status == "succeeded", done.error
        with server.client() as client:
            events = client.fine_tuning.jobs.list_events(job.id, limit=1000).data
        assert any("last checkpoint" in event.message for event in events)
        steps = [each["step"] for each in server.metrics(job.id)]
        assert steps.count(1) == 1, "it must not start from the beginning"
        assert _adapter(done) == _adapter(undisturbed)
    finally:
        stop_server(tmp_path)


def test_a_killed_server_loses_nothing(tmp_path: Path, tiny_base: Path) -> None:
    """Files, jobs and a running trainer outlive a SIGKILL of the server."""
    first = join_or_start(home=tmp_path)
    server = ServerUnderTest(running=first, home=tmp_path, base=str(tiny_base))
    content = as_jsonl(chat_lines(12))
    file_id = server.upload(content)
    running_job = server.create_job(n_epochs=20)
    waiting_job = server.create_job(n_epochs=1)
    folder = tmp_path / "jobs" / running_job.id / "checkpoints"
    _wait_for(lambda: len(list(folder.glob("step-*"))) >= 1)
    trainer = _trainer_of(running_job.id)
    os.kill(first.pid, signal.SIGKILL)
    second = join_or_start(home=tmp_path)
    try:
        assert second.pid != first.pid
        server = ServerUnderTest(running=second, home=tmp_path, base=str(tiny_base))
        with server.client() as client:
            assert client.files.content(file_id).read() == content
            assert client.fine_tuning.jobs.retrieve(running_job.id).status in (
                "running",
                "succeeded",
            )
        done = server.wait(running_job.id)
        assert done.status == "succeeded", done.error
        with server.client() as client:
            messages = [
                event.message
                for event in client.fine_tuning.jobs.list_events(done.id, limit=1000).data
            ]
        assert not any("last checkpoint" in each for each in messages), f"{trainer} was disturbed"
        assert server.wait(waiting_job.id).status == "succeeded"
    finally:
        stop_server(tmp_path)


def test_pause_and_cancel(server: ServerUnderTest) -> None:
    """A paused job keeps its place and goes on; a cancelled one ends its trainer."""
    job = server.create_job(n_epochs=50)
    folder = server.home / "jobs" / job.id / "checkpoints"
    _wait_for(lambda: len(list(folder.glob("step-*"))) >= 1)
    with server.client() as client:
        paused: str = client.fine_tuning.jobs.pause(job.id).status  # the SDK knows no "paused"
        assert paused == "paused"
        _wait_for(lambda: _trainers_of(job.id) == [])
        reached = max(int(each.name.removeprefix("step-")) for each in folder.glob("step-*"))
        assert client.fine_tuning.jobs.resume(job.id).status == "queued"
        _wait_for(lambda: (folder / f"step-{reached + 3}").exists() or _is_past(folder, reached))
        assert client.fine_tuning.jobs.cancel(job.id).status == "cancelled"
        _wait_for(lambda: _trainers_of(job.id) == [])
        with pytest.raises(openai.BadRequestError, match="is cancelled"):
            client.fine_tuning.jobs.resume(job.id)


def test_bad_files_fail_the_job_by_line(server: ServerUnderTest) -> None:
    """Nine examples, or one longer than the context, fail before training and say where."""
    long = chat_lines(12)
    long[4]["messages"][1]["content"] = "아주 긴 질문 " * 200
    cases = {
        ("invalid_n_examples", "has 9 example(s)"): as_jsonl(chat_lines(9)),
        ("invalid_training_file", "line 5 has"): as_jsonl(long),
    }
    for (code, reason), content in cases.items():
        file_id = server.upload(content)
        with server.client() as client:
            job = client.fine_tuning.jobs.create(model=server.base, training_file=file_id)
        failed = server.wait(job.id)
        assert failed.status == "failed"
        assert failed.error is not None
        assert failed.error.code == code
        assert reason in str(failed.error.message)


def test_old_clients_and_validation_files(server: ServerUnderTest) -> None:
    """The deprecated top-level hyperparameters still count; validation loss comes each epoch."""
    training = server.upload(as_jsonl(chat_lines(12)))
    validation = server.upload(as_jsonl(chat_lines(2)))
    with server.client() as client:
        job = client.fine_tuning.jobs.create(
            model=server.base,
            training_file=training,
            validation_file=validation,
            hyperparameters={"n_epochs": 2, "batch_size": 6},
        )
        done = server.wait(job.id)
        assert done.hyperparameters.n_epochs == 2
    losses = [each["step"] for each in server.metrics(job.id) if "valid_loss" in each]
    assert losses == [2, 4]


def test_jobs_are_listed_by_metadata(server: ServerUnderTest, finished_job: FineTuningJob) -> None:
    """A client finds its jobs again, page by page."""
    with server.client() as client:
        found = client.fine_tuning.jobs.list(metadata={"project": "room"}, limit=1)
        assert finished_job.id in [job.id for job in found]
        assert list(client.fine_tuning.jobs.list(metadata={"project": "elsewhere"})) == []


def _adapter(job: FineTuningJob) -> str:
    assert job.model_extra is not None
    return str(job.model_extra["chatmill"]["adapter_sha256"])


def _is_past(folder: Path, step: int) -> bool:
    return any(int(each.name.removeprefix("step-")) > step for each in folder.glob("step-*"))


def _trainers_of(job_id: str) -> list[int]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if b"chatmill.server.trainer" in words and job_id.encode() in words:
            found.append(int(process.name))
    return found


def _trainer_of(job_id: str) -> int:
    _wait_for(lambda: len(_trainers_of(job_id)) == 1)
    return _trainers_of(job_id)[0]


def _wait_for(condition: Callable[[], bool], seconds: float = 120) -> None:
    give_up = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up, "it never happened"
        time.sleep(0.02)
