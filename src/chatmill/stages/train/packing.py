"""A training job as a folder that runs anywhere, and its result brought home."""

import json
import shutil
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import chatmill
from chatmill.errors import DatasetError, TuningError, UsageError
from chatmill.models.providers import LOCAL
from chatmill.project import Project
from chatmill.records import Hyperparameters, TuningJob
from chatmill.server.home import find_home
from chatmill.server.packed_job import (
    ADAPTER_FILES,
    JOB_NAME,
    RESULT_FOLDER,
    RESULT_NAME,
    read_packed_job,
    sha256_of,
)
from chatmill.stages.train.exporting import publish_folder
from chatmill.stages.train.keepsake import ADAPTER_NAME, keep_imported
from chatmill.stages.train.plan import TrainingPlan, check_files
from chatmill.store import server_files
from chatmill.store import server_jobs as server_store
from chatmill.store.database import Database
from chatmill.store.datasets import get_dataset
from chatmill.store.jobs import find_job_by_key, record_job
from chatmill.store.server_pages import new_id

NEEDED = (
    *("accelerate", "alembic", "datasets", "filelock", "gguf", "llguidance", "numpy", "peft"),
    *("platformdirs", "safetensors", "sqlalchemy", "torch", "transformers", "trl"),
)
"""What training imports; pinned to the versions of this machine."""
RUN_SCRIPT = """#!/bin/sh
# Trains this job; run it again after an interruption and it goes on.
set -e
cd "$(dirname "$0")"
PYTHONPATH=. exec "${PYTHON:-python3}" -m chatmill.server.packed_job .
"""
READ_ME = """# A training job of chatmill

Dataset {dataset}, base model {base_model}. Everything it needs is here but Python 3.11 or
newer, the packages of `requirements.txt`, and the base model, which is fetched where it runs.

    python3 -m venv env && env/bin/pip install -r requirements.txt
    PYTHON=env/bin/python ./run.sh

It trains on the GPU where there is one. Stopped or killed, `./run.sh` goes on from the last epoch.
The checksums in `{job_name}` are compared before it starts. When it says `done`, copy the folder
back (`result/checkpoints` may stay) and, in the project:

    chatmill models import FOLDER

The folder holds the training data as it is: rent from somebody who may read it, and delete it there
afterwards.
"""


def pack_job(project: Project, plan: TrainingPlan, target: Path) -> Path:
    """Write a self-contained job to a folder that does not exist yet, whole or not at all.

    Raises:
        UsageError: The folder is there already, or the plan is for a hosted service.
        DatasetError: There is nothing to train on.
        StorageError: The folder cannot be written.
    """
    if plan.provider != LOCAL:
        raise UsageError(f"--pack packs jobs of the provider local, not of {plan.provider}")
    if target.exists():
        raise UsageError("is there already; nothing was packed", where=str(target))
    check_files(plan, project.settings.build.min_examples)
    data = [plan.training_file] + ([plan.validation_file] if plan.validation_file else [])

    def write(folder: Path) -> None:
        for file in data:
            shutil.copyfile(file, folder / file.name)
        job = {
            "key": plan.key,
            "dataset": plan.dataset.name,
            "fingerprint": plan.dataset.fingerprint,
            "base_model": plan.base_model,
            "hyperparameters": plan.hyperparameters.asked(),
            "seed": plan.seed,
            "suffix": plan.suffix,
            "chatmill": version("chatmill"),
            "sha256": {file.name: sha256_of(file) for file in data},
        }
        (folder / JOB_NAME).write_text(json.dumps(job, indent=2) + "\n", encoding="utf-8")
        (folder / "requirements.txt").write_text(_requirements(), encoding="utf-8")
        script = folder / "run.sh"
        script.write_text(RUN_SCRIPT, encoding="utf-8")
        script.chmod(0o755)
        words = READ_ME.format(
            dataset=plan.dataset.name, base_model=plan.base_model, job_name=JOB_NAME
        )
        (folder / "README.md").write_text(words, encoding="utf-8")
        shutil.copytree(
            Path(chatmill.__file__).parent,
            folder / "chatmill",
            ignore=shutil.ignore_patterns("__pycache__"),
        )

    return publish_folder(target, write)


def import_model(project: Project, folder: Path) -> TuningJob:
    """Bring a packed job's result into the project and to the server of this machine.

    Imported again, it is found and nothing changes.

    Raises:
        DatasetError: It is no packed job, or not of a dataset of this project.
        TuningError: It was not trained to the end, or its adapter is damaged.
        StorageError: The model cannot be kept.
    """
    packed = read_packed_job(folder)
    if get_dataset(project.database, packed["dataset"]).fingerprint != packed["fingerprint"]:
        raise DatasetError(
            f"was packed from another project: its {packed['dataset']} is not the one here",
            where=str(folder),
        )
    known = find_job_by_key(project.database, packed["key"])
    if known is not None and known.status == "succeeded":
        return known
    result = _checked_result(folder, packed)
    job = _register(folder, packed, result)
    keep_imported(project, job, folder / RESULT_FOLDER)
    record_job(project.database, job, packed["key"])
    return job


def _checked_result(folder: Path, packed: dict[str, Any]) -> dict[str, Any]:
    place = folder / RESULT_FOLDER
    try:
        result: dict[str, Any] = json.loads((place / RESULT_NAME).read_text(encoding="utf-8"))
        wanted = {name: str(result["sha256"][name]) for name in ADAPTER_FILES}
        found = {name: sha256_of(place / ADAPTER_NAME / name) for name in ADAPTER_FILES}
        key = result["key"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TuningError(
            f"holds no finished result: {error}", where=str(folder), fix="Run its run.sh to the end"
        ) from error
    if found != wanted or key != packed["key"]:
        raise TuningError(
            "the adapter is not the one that was trained", where=str(place), fix="Copy it again"
        )
    return result


def _register(folder: Path, packed: dict[str, Any], result: dict[str, Any]) -> TuningJob:
    """Make the model known to the server of this machine."""
    home = find_home()
    database = Database.open(home.database_url, schema="server")
    job_id = new_id("ftjob")
    suffix = packed["suffix"]
    base = Path(packed["base_model"]).name
    name = f"ft:{base}:chatmill:{suffix}:{job_id.removeprefix('ftjob-')[:8]}"
    adapter = home.job_folder(job_id) / ADAPTER_NAME

    def write(draft: Path) -> None:
        for file in ADAPTER_FILES:
            shutil.copyfile(folder / RESULT_FOLDER / ADAPTER_NAME / file, draft / file)

    publish_folder(adapter, write)
    sha256 = result["sha256"][ADAPTER_FILES[1]]
    server_store.add_finished_job(
        database,
        job_id,
        message=f"New fine-tuned model imported: {name} (adapter sha256 {sha256})",
        values={
            "model": packed["base_model"],
            "base_model": packed["base_model"],
            "training_file": _store_file(database, folder / "train.jsonl"),
            "suffix": suffix,
            "seed": packed["seed"],
            "metadata": {"chatmill_key": packed["key"]},
            "hyperparameters": result["hyperparameters"],
            "fine_tuned_model": name,
            "trained_tokens": result["trained_tokens"],
            "adapter_sha256": sha256,
            "adapter_path": str(adapter),
        },
    )
    known = Hyperparameters.__dataclass_fields__
    return TuningJob(
        id=job_id,
        provider=LOCAL,
        base_model=packed["base_model"],
        dataset=packed["dataset"],
        status="succeeded",
        hyperparameters=Hyperparameters(
            **{name: value for name, value in result["hyperparameters"].items() if name in known}
        ),
        fine_tuned_model=name,
        trained_tokens=result["trained_tokens"],
        adapter_sha256=sha256,
    )


def _store_file(database: Database, path: Path) -> str:
    home = find_home()
    file_id = new_id("file")
    shutil.copyfile(path, home.file_content(file_id))
    server_files.add_file(
        database,
        server_files.StoredFile(
            id=file_id,
            filename=path.name,
            purpose="fine-tune",
            bytes=path.stat().st_size,
            sha256=sha256_of(path),
            created_at=int(time.time()),
        ),
    )
    return file_id


def _requirements() -> str:
    lines = []
    for name in NEEDED:
        try:
            lines.append(f"{name}=={version(name).split('+')[0]}")
        except PackageNotFoundError:
            lines.append(name)
    return "\n".join(lines) + "\n"
