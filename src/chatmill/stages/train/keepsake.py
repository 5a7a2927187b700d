"""What a project keeps of a finished job: adapter, training log and model card, in one folder."""

import base64
import binascii
import hashlib
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from chatmill.errors import StorageError, TuningError
from chatmill.models.client import ModelClient
from chatmill.models.connection import RefusedCallError
from chatmill.models.providers import LOCAL
from chatmill.models.system_line import chat_system_line
from chatmill.models.tuning import JobEvent, RemoteJob
from chatmill.project import Project
from chatmill.records import TuningJob

CARD_NAME = "README.md"
LOG_NAME = "training-log.jsonl"
METRICS_NAME = "metrics.csv"
ADAPTER_NAME = "adapter"
ADAPTER_FILE = "adapter_model.safetensors"
TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja")
SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def has_keepsake(project: Project, job_id: str) -> bool:
    """Say whether the job's folder is complete."""
    return (job_folder(project, job_id) / CARD_NAME).is_file()


def read_card(project: Project, job_id: str) -> str | None:
    """Return a job's model card, or None where the project keeps none."""
    try:
        return (job_folder(project, job_id) / CARD_NAME).read_text(encoding="utf-8")
    except OSError:
        return None


def keep_result(
    project: Project,
    client: ModelClient,
    remote: RemoteJob,
    job: TuningJob,
    say: Callable[[str], None],
) -> None:
    """Write `models/JOB/`, whole or not at all.

    Raises:
        StorageError: The folder cannot be written.
        TuningError: The adapter is not the one the server announced.
    """
    folder = job_folder(project, remote.id)
    if has_keepsake(project, remote.id):
        return
    events = client.list_events(remote.id)
    metrics = _result_file(client, remote, say)
    draft = folder.with_name(f".{folder.name}.partial")
    try:
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        if job.provider == LOCAL and remote.adapter_path is not None:
            _copy_adapter(remote, draft / ADAPTER_NAME)
            _copy_tokenizer(job.base_model, draft / ADAPTER_NAME)
        (draft / LOG_NAME).write_text(_log_text(events), encoding="utf-8")
        if metrics is not None:
            (draft / METRICS_NAME).write_bytes(metrics)
        (draft / CARD_NAME).write_text(_card_text(project, job, events), encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        draft.rename(folder)
    except OSError as error:
        shutil.rmtree(draft, ignore_errors=True)
        raise StorageError(
            f"the tuned model cannot be kept: {error.strerror}",
            where=str(folder),
            fix="Make room, then run chatmill train again; nothing is trained twice",
        ) from error


def keep_imported(project: Project, job: TuningJob, result: Path) -> None:
    """Write `models/JOB/` of a job that was trained elsewhere, whole or not at all.

    Args:
        project: Who keeps it.
        job: The job.
        result: The packed job's folder of results.

    Raises:
        StorageError: The folder cannot be written.
    """
    folder = job_folder(project, job.id)
    draft = folder.with_name(f".{folder.name}.partial")
    try:
        shutil.rmtree(draft, ignore_errors=True)
        (draft / ADAPTER_NAME).mkdir(parents=True)
        for name in (ADAPTER_FILE, "adapter_config.json"):
            shutil.copyfile(result / ADAPTER_NAME / name, draft / ADAPTER_NAME / name)
        _copy_tokenizer(job.base_model, draft / ADAPTER_NAME)
        (draft / CARD_NAME).write_text(_card_text(project, job, []), encoding="utf-8")
        draft.rename(folder)
    except OSError as error:
        shutil.rmtree(draft, ignore_errors=True)
        raise StorageError(
            f"the tuned model cannot be kept: {error.strerror}", where=str(folder)
        ) from error


def job_folder(project: Project, job_id: str) -> Path:
    """Return the job's folder; an id that is no plain file name is hashed."""
    is_plain = SAFE_NAME.fullmatch(job_id) is not None
    name = job_id if is_plain else hashlib.sha256(job_id.encode()).hexdigest()[:16]
    return project.models_folder / name


def licence_of(job: TuningJob) -> str:
    """Return the licence of a job's base model, or where to look for it."""
    if job.provider != LOCAL:
        return f"the terms of {job.provider}"
    from chatmill.server.base_models import EMBEDDED_MODELS

    known = EMBEDDED_MODELS.get(job.base_model)
    return "not known here: see the base model's own page" if known is None else known.licence


def _copy_adapter(remote: RemoteJob, target: Path) -> None:
    source = Path(remote.adapter_path or "")
    shutil.copytree(source, target)
    if remote.adapter_sha256 is None:
        return
    with (target / ADAPTER_FILE).open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != remote.adapter_sha256:
        shutil.rmtree(target.parent, ignore_errors=True)
        raise TuningError(
            f"the adapter's checksum is {found[:16]}…, not {remote.adapter_sha256[:16]}…",
            where=str(source),
            fix="The file is damaged: train again with another seed or fresh server folder",
        )


def _copy_tokenizer(base_model: str, target: Path) -> None:
    from chatmill.server.base_models import base_model_folder
    from chatmill.server.home import find_home

    folder = base_model_folder(base_model, find_home())
    for name in TOKENIZER_FILES:
        if folder is not None and (folder / name).is_file():
            shutil.copyfile(folder / name, target / name)


def _result_file(
    client: ModelClient, remote: RemoteJob, say: Callable[[str], None]
) -> bytes | None:
    if not remote.result_files:
        return None
    try:
        content = client.file_content(remote.result_files[0])
    except RefusedCallError as error:
        say(f"the result file cannot be had: {error.what}")
        return None
    if b"," in content:
        return content
    try:
        return base64.b64decode(content, validate=True)  # hosted services encode it
    except binascii.Error:
        return content


def _log_text(events: list[JobEvent]) -> str:
    return "".join(json.dumps(asdict(event), ensure_ascii=False) + "\n" for event in events)


def _card_text(project: Project, job: TuningJob, events: list[JobEvent]) -> str:
    losses = [e.metrics.train_loss for e in events if e.metrics and e.metrics.train_loss]
    asked = job.hyperparameters
    rows = [
        ("Model", job.fine_tuned_model),
        ("Base model", job.base_model),
        ("Licence of the base model", licence_of(job)),
        ("Tuned at", job.provider),
        ("Job", job.id),
        ("Dataset", job.dataset),
        ("Epochs", asked.n_epochs),
        ("Batch size", asked.batch_size),
        ("Learning rate multiplier", asked.learning_rate_multiplier),
        ("Trained tokens", job.trained_tokens),
        ("Training loss, first and last step", _first_last(losses)),
        ("Adapter SHA-256", job.adapter_sha256),
        ("First line it is served with", chat_system_line(project.settings).replace("|", "\\|")),
    ]
    lines = [f"| {name} | {value} |" for name, value in rows if value is not None]
    head = [f"# {project.name}: model tuned on {job.dataset}", "", "| | |", "|---|---|"]
    tail = [
        "",
        "It answers in the manner of the examples it was shown. How well it follows them, question",
        "by question: `chatmill evaluate`. What it was not shown it may make up.",
    ]
    return "\n".join([*head, *lines, *tail]) + "\n"


def _first_last(losses: list[float]) -> str | None:
    return f"{losses[0]:.3f} → {losses[-1]:.3f}" if losses else None
