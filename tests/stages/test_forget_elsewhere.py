"""Forget reaches what was sent away: hosted files, batches, object stores; or says it cannot."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from chatmill.project import Project
from chatmill.server.home import HOME_VARIABLE
from chatmill.settings import ProviderSettings
from chatmill.stages.forget import ErasureOutcome, Wish, forget, plan_erasure
from chatmill.stages.import_ import import_files
from chatmill.store.batches import StoredBatch, note_sent, plan_batch
from chatmill.store.jobs import list_jobs, record_job
from forgotten_room import MINSU, ONLY_HIS, fill, write_room
from object_store import BUCKET, running_object_store
from openai_account import Account
from openai_server import OpenAIServer

HOSTED = "hosted"


@pytest.fixture
def filled(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project whose dataset was also trained on at a hosted service."""
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "server"))
    fill(project, write_room(tmp_path / "export.jsonl"))
    (job,) = list_jobs(project.database)
    record_job(project.database, replace(job, id="ftjob-far", provider=HOSTED), "far")
    return project


@pytest.fixture
def account() -> Iterator[Account]:
    """An account that holds what the project uploaded, and something else."""
    with OpenAIServer() as server:
        made = Account.mounted(server)
        for name in ("file-train", "file-val", "file-other", "file-batch"):
            made.add_file(name, b"{}", name=f"{name}.jsonl", purpose="fine-tune")
        made.add_job("ftjob-far", training_file="file-train", validation_file="file-val")
        yield made


def forget_minsu(project: Project, base_url: str) -> ErasureOutcome:
    """Forget Minsu in a project with one provider."""
    provider = ProviderSettings(base_url=base_url, max_attempts=1, timeout_seconds=5.0)
    project.settings = replace(project.settings, providers={HOSTED: provider})
    return forget(project, plan_erasure(project, Wish(who=MINSU)))


def test_hosted_files_are_deleted(filled: Project, account: Account) -> None:
    """Those of jobs that trained on it and of batches; nothing else of the account."""
    outcome = forget_minsu(filled, account.server.base_url)
    assert set(account.files) == {"file-other", "file-batch"}
    assert outcome.left == ()
    assert {each.job_id for each in outcome.models} == {"ftjob-far", "ftjob-local1"}


def test_a_batch_under_way_is_stopped_and_its_file_deleted(
    filled: Project, account: Account
) -> None:
    """Its answers would bring the words back."""
    account.batches["batch_1"] = {
        "id": "batch_1",
        "status": "in_progress",
        "input_file_id": "file-batch",
        "output_file_id": None,
        "error_file_id": None,
    }
    account.polls_until_done = 99
    batch = StoredBatch(
        id="b", server=account.server.base_url, stage="extract", model="m", n_lines=1
    )
    plan_batch(filled.database, batch, {"key": 0.0}, "owner")
    note_sent(filled.database, "b", "batch_1")
    forget_minsu(filled, account.server.base_url)
    assert account.batches["batch_1"]["status"] == "cancelling"
    assert set(account.files) == {"file-other"}


def test_what_cannot_be_reached_is_said(filled: Project) -> None:
    """The erasure ends all the same, and names the jobs whose files are left."""
    outcome = forget_minsu(filled, "http://127.0.0.1:9/v1")
    (line,) = outcome.left
    assert "ftjob-far" in line


def test_parts_on_an_object_store_lose_the_words(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A part there is replaced whole, and deleted where nothing is left of it."""
    with running_object_store(tmp_path) as store:
        for name, value in store.environment.items():
            monkeypatch.setenv(name, value)
        chosen = replace(project.settings.store, conversations=f"s3://{BUCKET}/rooms")
        project.settings = replace(project.settings, store=chosen)
        import_files(project, [write_room(tmp_path / "export.jsonl")])
        forget(project, plan_erasure(project, Wish(who=MINSU)))
        (room,) = list(project.conversations)
        assert [each.id for each in room.messages] == ["m1", "m2", "m3", "m4", "m5"]
        assert ONLY_HIS not in str(room)
        forget(project, plan_erasure(project, Wish(who="기술지원")))
        assert not project.conversations.has_parts()
