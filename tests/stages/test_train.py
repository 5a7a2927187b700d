"""Train: one job per piece of work, whatever interrupts it, and nothing sent to the wrong place."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from chatmill.errors import (
    DatasetError,
    ServerDownError,
    TuningError,
    UntrustedProviderError,
    UsageError,
)
from chatmill.project import Project
from chatmill.records import DatasetVersion, Hyperparameters
from chatmill.settings import ProviderSettings, Settings, TrainSettings
from chatmill.stages.train import read_hyperparameters, train
from chatmill.store.datasets import record_dataset
from chatmill.store.jobs import latest_job, list_jobs
from openai_server import LOST_ANSWER, OpenAIServer, Received

if TYPE_CHECKING:
    from chatmill.models.tuning import JobEvent

JOBS = "/fine_tuning/jobs"


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    """A scripted server that trains in two polls."""
    with OpenAIServer() as scripted:
        yield scripted


@pytest.fixture
def ready(project: Project, server: OpenAIServer) -> Project:
    """A project with a dataset, whose provider is the scripted server."""
    file = project.folder / "chatmill.toml"
    text = file.read_text(encoding="utf-8").replace('provider = "local"', 'provider = "scripted"')
    text = text.replace("[train]", '[train]\nbase_model = "base-model"\npoll_seconds = 0.02')
    text += f'\n[providers.scripted]\nbase_url = "{server.base_url}"\ntrusted = true\n'
    file.write_text(text, encoding="utf-8")
    opened = Project.open(project.folder)
    add_dataset(opened, 1)
    return opened


def add_dataset(project: Project, number: int, n_examples: int = 12) -> None:
    """Record a version with this many examples."""
    folder = project.datasets_folder / f"v{number}"
    folder.mkdir(parents=True)
    line = {
        "messages": [
            {"role": "system", "content": "W5500에 관한 정보입니다."},
            {"role": "user", "content": "소켓은 몇 개인가요?"},
            {"role": "assistant", "content": "8개입니다."},
        ]
    }
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for _ in range(n_examples))
    (folder / "train.jsonl").write_text(text, encoding="utf-8")
    (folder / "validation.jsonl").write_text("", encoding="utf-8")
    version = DatasetVersion(
        name=f"v{number}",
        fingerprint=f"fingerprint {number}",
        n_examples={"train": n_examples},
        folder=f"datasets/v{number}",
    )
    record_dataset(project.database, number, version)


def options(project: Project, **changes: object) -> Project:
    """Reopen the project in memory with other `[train]` options."""
    settings: Settings = project.settings
    changed = replace(settings.train, **changes)  # type: ignore[arg-type] # a test's own options
    return Project(project.folder, replace(settings, train=changed))


def test_a_job_runs_to_its_end_and_its_result_comes_home(
    ready: Project, server: OpenAIServer
) -> None:
    """The whole way: files, job, live loss, record, log, result file and card."""
    events: list[JobEvent] = []
    job = train(ready, hyperparameters=Hyperparameters(n_epochs=4), on_event=events.append)
    assert (job.status, job.trained_tokens, job.dataset) == ("succeeded", 1234, "v1")
    assert job.fine_tuned_model == "ft:base-model:test::ftjob-1"
    assert latest_job(ready.database) == job
    assert [e.metrics.train_loss for e in events if e.metrics] == [2.0, 1.0]
    plan_line = events[0].message
    assert "v1: 12 examples" in plan_line
    assert "4 epochs" in plan_line
    assert "neither time nor price is known" in plan_line
    sent = server.seen(JOBS)[0].body
    assert sent["method"]["supervised"]["hyperparameters"]["n_epochs"] == 4
    assert sent["suffix"] == "room"
    assert "validation_file" not in sent
    folder = ready.models_folder / job.id
    assert (folder / "metrics.csv").read_bytes() == b"step,train_loss\n1,2.0\n"
    assert "1234" in (folder / "README.md").read_text(encoding="utf-8")
    log = (folder / "training-log.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(log) == len([e for e in events if e.id])


def test_a_finished_job_is_never_trained_again(ready: Project, server: OpenAIServer) -> None:
    """A second call returns the same model without asking the server anything."""
    first = train(ready)
    n_requests = len(server.requests)
    assert train(ready) == first
    assert len(server.requests) == n_requests


def test_other_work_is_another_job(ready: Project, server: OpenAIServer) -> None:
    """Another dataset, model, seed or epoch count is trained; another name for it is not."""
    train(ready)
    add_dataset(ready, 2)
    train(ready)
    train(ready, "v1", hyperparameters=Hyperparameters(n_epochs=5))
    train(ready, "v1", base_model="other")
    train(options(ready, seed=8), "v1")
    assert len(server.jobs) == 5
    train(ready, "v1", suffix="another-name")
    assert len(server.jobs) == 5


CHILD = """
import sys
from chatmill.project import Project
from chatmill.stages.train import train
with Project.open(sys.argv[1]) as project:
    train(project)
"""


@pytest.mark.parametrize("moment", [("POST", "/files"), ("POST", JOBS), ("GET", f"{JOBS}/ftjob-1")])
def test_killed_anywhere_there_is_one_job(
    ready: Project, server: OpenAIServer, moment: tuple[str, str]
) -> None:
    """SIGKILL after upload, after the job was created but not recorded, or while following."""
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(ready.folder)])

    def kill_at_moment(request: Received) -> None:
        if (request.method, request.path) == moment and child.poll() is None:
            os.kill(child.pid, signal.SIGKILL)
            child.wait()

    server.before_answer = kill_at_moment
    assert child.wait(timeout=60) == -signal.SIGKILL
    job = train(ready)
    assert (job.id, job.status) == ("ftjob-1", "succeeded")
    assert len(server.jobs) == 1
    assert [each.id for each in list_jobs(ready.database)] == ["ftjob-1"]


def test_a_create_whose_answer_is_lost_makes_one_job(ready: Project, server: OpenAIServer) -> None:
    """A broken connection at the worst moment does not train twice."""
    server.script(JOBS, LOST_ANSWER)
    assert train(ready).id == "ftjob-1"
    assert len(server.jobs) == 1


def test_ctrl_c_detaches_and_the_next_call_follows(ready: Project, server: OpenAIServer) -> None:
    """Ctrl-C says how to come back, leaves the job alone, and the next call finds it."""
    server.polls_until_done = 1_000_000
    command = [sys.executable, "-m", "chatmill.cli.app", "--project", str(ready.folder), "train"]
    child = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)

    def interrupt_once(request: Received) -> None:
        if request.path.endswith("/events"):
            server.before_answer = lambda _request: None
            child.send_signal(signal.SIGINT)

    server.before_answer = interrupt_once
    _, said = child.communicate(timeout=60)
    assert child.returncode == 1
    assert "ftjob-1 goes on at scripted; to follow it again: chatmill train v1" in said
    assert "Traceback" not in said
    assert server.jobs["ftjob-1"]["status"] == "running"
    server.polls_until_done = 1
    assert train(ready).id == "ftjob-1"


def test_the_command_ends_with_one_object(ready: Project) -> None:
    """Standard output is data alone; what a person reads goes to standard error."""
    command = [sys.executable, "-m", "chatmill.cli.app", "--project", str(ready.folder), "train"]
    ran = subprocess.run(
        [*command, "v1", "--epochs", "3", "--json"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    [line] = ran.stdout.splitlines()
    assert json.loads(line)["trained_tokens"] == 1234
    assert json.loads(line)["hyperparameters"]["n_epochs"] == 3
    assert "step 1 of 2: loss 2.000" in ran.stderr


@pytest.mark.parametrize("outcome", ["failed", "cancelled"])
def test_a_job_that_ends_in_vain_is_said_in_the_servers_words(
    ready: Project, server: OpenAIServer, outcome: str
) -> None:
    """Failure is never reported as success, and the next call starts a new job."""
    error = {"code": "invalid_training_file", "message": "줄 3이 너무 깁니다"}
    server.job_outcome = {"status": outcome, "fine_tuned_model": None, "error": error}
    with pytest.raises(TuningError, match=rf"ftjob-1: .*{outcome}.*줄 3이 너무 깁니다"):
        train(ready)
    assert list_jobs(ready.database)[0].status == outcome
    assert latest_job(ready.database) is None
    server.job_outcome = {"status": "succeeded"}
    assert train(ready).id == "ftjob-2"


def test_a_job_the_server_lost_is_trained_again_on_request(
    ready: Project, server: OpenAIServer
) -> None:
    """`--again` keeps a job the server still has, and replaces one it does not."""
    assert train(ready, again=False).id == "ftjob-1"
    assert train(ready, again=True).id == "ftjob-1"
    lost = server.jobs.pop("ftjob-1")
    server.jobs["ftjob-other"] = {**lost, "id": "ftjob-other", "metadata": None}
    server.events["ftjob-other"] = []
    assert train(ready, again=True).id == "ftjob-2"


def test_nothing_is_sent_to_an_untrusted_provider(ready: Project, server: OpenAIServer) -> None:
    """Chats never leave for a provider nobody marked trusted."""
    untrusted = ProviderSettings(base_url=server.base_url)
    settings = replace(ready.settings, providers={"scripted": untrusted})
    with pytest.raises(UntrustedProviderError):
        train(Project(ready.folder, settings))
    assert server.requests == []


def test_too_few_examples_are_refused_before_anything_is_sent(
    ready: Project, server: OpenAIServer
) -> None:
    """Nine examples cannot be tuned on, and the line says how many there are."""
    add_dataset(ready, 2, n_examples=9)
    with pytest.raises(DatasetError, match="v2: 9 training examples, at least 10 are needed"):
        train(ready)
    assert server.seen("/files") == []


def test_a_damaged_training_file_is_named_by_its_line(ready: Project, server: OpenAIServer) -> None:
    """A file somebody edited by hand is refused before it is paid for."""
    file = ready.datasets_folder / "v1" / "train.jsonl"
    lines = file.read_text(encoding="utf-8").split("\n")
    lines[4] = lines[4].replace('"assistant"', '"asistant"')
    file.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(DatasetError, match=r"train.jsonl:5: .*system, user or assistant"):
        train(ready)
    assert server.seen("/files") == []


def test_a_stopped_server_is_one_line(ready: Project, server: OpenAIServer) -> None:
    """A hosted server that is down is named; the project stays as it was."""
    gone = OpenAIServer()
    with gone:
        base_url = gone.base_url
    provider = ProviderSettings(base_url=base_url, trusted=True)
    settings = replace(ready.settings, providers={"scripted": provider})
    with pytest.raises(ServerDownError, match="nothing answers"):
        train(Project(ready.folder, settings))
    assert list_jobs(ready.database) == []
    assert server.requests == []


def test_earlier_jobs_tell_the_time(ready: Project) -> None:
    """The second job of a model says how long it takes, from what the first one took."""
    train(ready)
    add_dataset(ready, 2)
    events: list[JobEvent] = []
    train(ready, on_event=events.append)
    assert "minute" in events[0].message


def test_hyperparameters_are_read_from_settings_and_options() -> None:
    """Options win over settings, and nonsense is refused by name."""
    settings = TrainSettings(epochs="3", batch_size="auto")
    read = read_hyperparameters(settings, learning_rate_multiplier="0.5")
    assert read == Hyperparameters(n_epochs=3, batch_size="auto", learning_rate_multiplier=0.5)
    for wrong in ("0", "-1", "many", "1.5"):
        with pytest.raises(UsageError, match=f"epochs must be .*{wrong}"):
            read_hyperparameters(settings, epochs=wrong)


def test_an_id_that_is_no_file_name_stays_inside_models(
    ready: Project, server: OpenAIServer
) -> None:
    """A server cannot choose a folder outside the project."""
    server.job_outcome = {"status": "succeeded", "result_files": []}
    create = server.create_job
    server.create_job = lambda body: _rename(server, create(body))  # type: ignore[method-assign] # the scripted server is ours to script
    job = train(ready)
    folders = list(ready.models_folder.iterdir())
    assert job.id == "..escape"
    assert len(folders) == 1
    assert (folders[0] / "README.md").is_file()


def _rename(server: OpenAIServer, job: dict[str, object]) -> dict[str, object]:
    old, new = str(job["id"]), "..escape"
    server.jobs[new] = {**server.jobs.pop(old), "id": new}
    server.events[new] = server.events.pop(old)
    return server.jobs[new]
