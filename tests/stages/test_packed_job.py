"""A training job packed for another machine, trained there, and brought home."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from chatmill.errors import DatasetError, TuningError, UsageError
from chatmill.project import Project
from chatmill.records import DatasetVersion, Hyperparameters
from chatmill.server.home import HOME_VARIABLE, find_home
from chatmill.stages.train.keepsake import read_card
from chatmill.stages.train.packing import import_model, pack_job
from chatmill.stages.train.plan import make_plan
from chatmill.stages.train.shelf import find_model
from chatmill.store.database import Database
from chatmill.store.datasets import record_dataset
from chatmill.store.server_jobs import find_job_of_model
from tiny_model import as_jsonl, build_tiny_model, chat_lines


@pytest.fixture
def packed(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A job of twelve examples and a tiny base model, packed."""
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home"))
    folder = project.datasets_folder / "v1"
    folder.mkdir(parents=True)
    (folder / "train.jsonl").write_bytes(as_jsonl(chat_lines(12)))
    (folder / "validation.jsonl").write_bytes(as_jsonl(chat_lines(2)))
    version = DatasetVersion(
        name="v1", fingerprint="f", n_examples={"train": 12}, folder="datasets/v1"
    )
    record_dataset(project.database, 1, version)
    plan = make_plan(
        project,
        None,
        provider="local",
        base_model=str(build_tiny_model(tmp_path / "tiny")),
        hyperparameters=Hyperparameters(n_epochs=2, batch_size=4),
        suffix="room",
    )
    return pack_job(project, plan, tmp_path / "there" / "job")


def test_a_packed_job_trains_anywhere_and_comes_home(project: Project, packed: Path) -> None:
    """The folder alone is enough to train; the model is then the project's and the server's."""
    ran = subprocess.run(
        [str(packed / "run.sh")],
        env={"PATH": "/usr/bin:/bin", "PYTHON": sys.executable, "HOME": str(packed)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert ran.returncode == 0, ran.stderr
    assert "step 6 of 6: loss" in ran.stdout
    job = import_model(project, packed)
    assert job == find_model(project, None) == import_model(project, packed)
    assert job.fine_tuned_model is not None
    assert job.hyperparameters.n_epochs == 2
    assert "v1" in str(read_card(project, job.id))
    served = find_job_of_model(
        Database.open(find_home().database_url, schema="server"), job.fine_tuned_model
    )
    assert served is not None
    assert served.adapter_sha256 == job.adapter_sha256
    assert (Path(str(served.adapter_path)) / "adapter_model.safetensors").is_file()


def test_what_was_not_trained_or_was_changed_stays_out(project: Project, packed: Path) -> None:
    """No result, a changed adapter and changed data are refused, each in one line."""
    with pytest.raises(TuningError, match=r"no finished result.*run\.sh"):
        import_model(project, packed)
    adapter = packed / "result" / "adapter"
    adapter.mkdir(parents=True)
    for name in ("adapter_config.json", "adapter_model.safetensors"):
        (adapter / name).write_text("other", encoding="utf-8")
    key = json.loads((packed / "job.json").read_text(encoding="utf-8"))["key"]
    sums = {"adapter_config.json": "0", "adapter_model.safetensors": "0"}
    result = {"key": key, "sha256": sums}
    (packed / "result" / "result.json").write_text(json.dumps(result), encoding="utf-8")
    with pytest.raises(TuningError, match="not the one that was trained"):
        import_model(project, packed)
    (packed / "train.jsonl").write_text("", encoding="utf-8")
    with pytest.raises(DatasetError, match="damaged"):
        import_model(project, packed)


def test_a_folder_that_is_there_is_left_alone(project: Project, packed: Path) -> None:
    """Packing never writes into a folder that somebody has already."""
    plan = make_plan(
        project, None, provider="local", base_model=None, hyperparameters=None, suffix=None
    )
    with pytest.raises(UsageError, match="there already"):
        pack_job(project, plan, packed)
