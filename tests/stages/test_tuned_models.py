"""Tuned models of a project: found, shown, exported for other programs, deleted."""

import hashlib
import json
from pathlib import Path

import pytest
import torch

from chatmill.errors import TuningError, UsageError
from chatmill.project import Project
from chatmill.records import Hyperparameters, TuningJob
from chatmill.stages.train.exporting import export_model
from chatmill.stages.train.keepsake import job_folder
from chatmill.stages.train.shelf import delete_model, find_model, view_model
from chatmill.store.jobs import find_job_by_key, record_job
from tiny_model import build_tiny_model, lora_model

NAME = "ft:tiny:chatmill:room:1"


@pytest.fixture
def tuned(project: Project, tmp_path: Path) -> TuningJob:
    """A project that keeps one tuned model whose adapter changes what is said."""
    base = build_tiny_model(tmp_path / "tiny")
    folder = job_folder(project, "ftjob-1")
    lora_model(base, fast=False).save_pretrained(folder / "adapter")
    (folder / "README.md").write_text("# card\n", encoding="utf-8")
    content = (folder / "adapter" / "adapter_model.safetensors").read_bytes()
    job = TuningJob(
        id="ftjob-1",
        provider="scripted",
        base_model=str(base),
        dataset="v1",
        status="succeeded",
        hyperparameters=Hyperparameters(n_epochs=20),
        fine_tuned_model=NAME,
        adapter_sha256=hashlib.sha256(content).hexdigest(),
    )
    record_job(project.database, job, "key")
    return job


def test_the_merged_model_says_what_the_adapter_says(
    project: Project, tuned: TuningJob, tmp_path: Path
) -> None:
    """Plain transformers loads the folder, with tokenizer and template, and computes the same."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder = export_model(project, tuned, tmp_path / "out" / "merged", "merged")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    chat = [{"role": "user", "content": "소켓은 몇 개인가요?"}]
    ids = tokenizer.apply_chat_template(
        chat, add_generation_prompt=True, return_tensors="pt", return_dict=True
    )["input_ids"]
    with torch.no_grad():
        merged = AutoModelForCausalLM.from_pretrained(folder)(ids).logits
        adapted = lora_model(Path(tuned.base_model), fast=False).eval()(ids).logits
        base = AutoModelForCausalLM.from_pretrained(tuned.base_model)(ids).logits
    assert torch.allclose(merged, adapted, atol=1e-4)
    assert not torch.allclose(merged, base, atol=1e-2)
    assert (folder / "README.md").is_file()
    assert [each.name for each in folder.parent.iterdir()] == ["merged"]


def test_an_adapter_is_exported_as_it_is(
    project: Project, tuned: TuningJob, tmp_path: Path
) -> None:
    """Byte for byte; a folder that is there already is never touched."""
    folder = export_model(project, tuned, tmp_path / "adapter", "adapter")
    content = (folder / "adapter_model.safetensors").read_bytes()
    assert hashlib.sha256(content).hexdigest() == tuned.adapter_sha256
    assert json.loads((folder / "adapter_config.json").read_text())["r"] == 4
    with pytest.raises(UsageError, match="there already"):
        export_model(project, tuned, folder, "adapter")


def test_a_changed_adapter_is_refused(project: Project, tuned: TuningJob, tmp_path: Path) -> None:
    """What leaves the project is what was trained."""
    file = job_folder(project, tuned.id) / "adapter" / "adapter_model.safetensors"
    file.write_bytes(file.read_bytes()[:-1] + b"\0")
    with pytest.raises(TuningError, match="checksum"):
        export_model(project, tuned, tmp_path / "out", "merged")
    assert not (tmp_path / "out").exists()


def test_without_a_converter_gguf_is_one_line(
    project: Project, tuned: TuningJob, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is missing is said, and what to do instead."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match=r"no GGUF converter.*convert_hf_to_gguf.py.*--as merged"):
        export_model(project, tuned, tmp_path / "out", "gguf")
    assert not (tmp_path / "out").exists()


def test_a_converter_is_handed_the_merged_model(
    project: Project, tuned: TuningJob, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """llama.cpp's converter reads the merged folder and writes the one file."""
    converter = tmp_path / "bin" / "convert_hf_to_gguf.py"
    converter.parent.mkdir()
    converter.write_text('#!/bin/sh\n/bin/cp "$1/config.json" "$3"\n', encoding="utf-8")
    converter.chmod(0o755)
    monkeypatch.setenv("PATH", str(converter.parent))
    folder = export_model(project, tuned, tmp_path / "out", "gguf")
    assert sorted(each.name for each in folder.iterdir()) == ["README.md", "model.gguf"]
    assert "llama" in (folder / "model.gguf").read_text(encoding="utf-8")


def test_a_deleted_model_is_gone(project: Project, tuned: TuningJob) -> None:
    """It is found no more, its folder is gone, and the same training would start anew."""
    assert find_model(project, None) == find_model(project, NAME) == find_model(project, tuned.id)
    assert view_model(project, tuned).card == "# card\n"
    delete_model(project, tuned)
    assert not job_folder(project, tuned.id).exists()
    assert find_job_by_key(project.database, "key") is None
    with pytest.raises(TuningError, match="no tuned model"):
        find_model(project, NAME)
