"""Takes a tuned model out of the project: its adapter, the merged model, or a GGUF file."""

import hashlib
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from chatmill.errors import StorageError, TuningError, UsageError
from chatmill.models.progress import Progress
from chatmill.project import Project
from chatmill.records import TuningJob
from chatmill.server.base_models import ensure_base_model, require_local_extra, say_nothing
from chatmill.stages.train.keepsake import (
    ADAPTER_FILE,
    ADAPTER_NAME,
    CARD_NAME,
    job_folder,
)

ExportForm = Literal["adapter", "merged", "gguf"]
CONVERTERS = ("convert_hf_to_gguf.py", "convert-hf-to-gguf", "convert_hf_to_gguf")
"""Names under which llama.cpp's converter is looked for."""


def export_model(
    project: Project,
    job: TuningJob,
    target: Path,
    form: ExportForm,
    *,
    progress: Progress | None = None,
) -> Path:
    """Write a tuned model to a folder that does not exist yet, whole or not at all.

    Args:
        project: Who keeps the model.
        job: The job that made it.
        target: The folder to make.
        form: `adapter` for PEFT and vLLM's `--enable-lora`, `merged` safetensors with tokenizer,
            `gguf` where llama.cpp's converter is installed.
        progress: Told about the download of a base model.

    Raises:
        UsageError: The folder is there already, or no converter is installed.
        TuningError: The project keeps no adapter of the job, or it is damaged.
        StorageError: The folder cannot be written.
    """
    if target.exists():
        raise UsageError("is there already; nothing was exported", where=str(target))
    adapter = checked_adapter(project, job)
    converter = _find_converter() if form == "gguf" else ""
    card = job_folder(project, job.id) / CARD_NAME

    def write(folder: Path) -> None:
        if form == "adapter":
            shutil.copytree(adapter, folder, dirs_exist_ok=True)
        else:
            merged = folder if form == "merged" else folder / "merged"
            _merge(job.base_model, adapter, merged, progress)
            if form == "gguf":
                _convert(converter, merged, folder / "model.gguf")
                shutil.rmtree(merged)
        shutil.copyfile(card, folder / CARD_NAME)

    return publish_folder(target, write)


def checked_adapter(project: Project, job: TuningJob) -> Path:
    """Return the folder of a job's adapter, whose checksum is the one that was announced.

    Raises:
        TuningError: The project keeps none, or it is damaged.
    """
    adapter = job_folder(project, job.id) / ADAPTER_NAME
    file = adapter / ADAPTER_FILE
    if not file.is_file():
        raise TuningError(
            "the project keeps no adapter of this model",
            where=job.fine_tuned_model or job.id,
            fix="Only models that were tuned on this machine, or imported, can be exported",
        )
    with file.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if job.adapter_sha256 not in (None, found):
        raise TuningError(
            f"the adapter's checksum is {found[:16]}…, not {str(job.adapter_sha256)[:16]}…",
            where=str(file),
            fix="The file is damaged or was changed: put it back from a backup, or train again",
        )
    return adapter


def publish_folder(target: Path, write: Callable[[Path], None]) -> Path:
    """Let `write` fill a folder beside the target, then give it the target's name.

    Raises:
        StorageError: It cannot be written; nothing is left behind.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as name:
            draft = Path(name) / "draft"
            draft.mkdir()
            write(draft)
            draft.rename(target)
    except OSError as error:
        raise StorageError(
            f"cannot be written: {error.strerror or error}", where=str(target)
        ) from error
    return target


def _merge(base_model: str, adapter: Path, folder: Path, progress: Progress | None) -> None:
    require_local_extra()
    from chatmill.server.merging import merge_adapter

    base = ensure_base_model(base_model, progress=progress or say_nothing)
    merge_adapter(base, adapter, folder)


def _find_converter() -> str:
    for name in CONVERTERS:
        found = shutil.which(name)
        if found is not None:
            return found
    raise UsageError(
        "no GGUF converter is installed here",
        fix=f"Put llama.cpp's {CONVERTERS[0]} on the PATH, or use --as merged, which it reads",
    )


def _convert(converter: str, merged: Path, file: Path) -> None:
    command = [converter, str(merged), "--outfile", str(file)]
    done = subprocess.run(  # noqa: S603 - a program the person installed, our own arguments
        command, capture_output=True, text=True, errors="replace", check=False
    )
    if done.returncode != 0 or not file.is_file():
        words = (done.stderr.strip() or "it gives no reason").splitlines()[-1]
        raise TuningError(f"the converter failed: {words}", where=converter)
