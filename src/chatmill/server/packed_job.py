"""Trains a packed job: `python -m chatmill.server.packed_job FOLDER`, wherever the folder lies.

It needs no project, no database and no server: `chatmill train --pack` wrote the folder,
`chatmill models import` takes it back. Run again after a kill it goes on from its last checkpoint.
"""

import hashlib
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from chatmill.errors import ChatmillError, DatasetError

JOB_NAME = "job.json"
RESULT_FOLDER = "result"
RESULT_NAME = "result.json"
LOG_NAME = "training-log.jsonl"
ADAPTER_FILES = ("adapter_config.json", "adapter_model.safetensors")


def read_packed_job(folder: Path) -> dict[str, Any]:
    """Read what a packed job is to do, and check that its data is what was packed.

    Raises:
        DatasetError: It is no packed job, or a file is missing or damaged.
    """
    try:
        job: dict[str, Any] = json.loads((folder / JOB_NAME).read_text(encoding="utf-8"))
        sums: dict[str, str] = job["sha256"]
        found = {name: sha256_of(folder / name) for name in sums}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DatasetError(
            f"is no packed job: {error}", where=str(folder), fix="Pack it: chatmill train --pack"
        ) from error
    for name, sha256 in sums.items():
        if found[name] != sha256:
            raise DatasetError(
                "is damaged: its checksum is another one",
                where=str(folder / name),
                fix="Copy the folder again",
            )
    return job


def sha256_of(path: Path) -> str:
    """Return a file's SHA-256, hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def main(folder: Path) -> int:
    """Train the job of a folder; returns the process's exit status."""
    from chatmill.server.device import COMPUTE_ENVIRONMENT

    if any(os.environ.get(name) != value for name, value in COMPUTE_ENVIRONMENT.items()):
        command = [sys.executable, "-m", "chatmill.server.packed_job", str(folder)]
        os.execve(sys.executable, command, {**os.environ, **COMPUTE_ENVIRONMENT})  # noqa: S606 - ourselves, with the environment that is read at the start
    try:
        _train(folder)
    except ChatmillError as error:
        sys.stderr.write(f"chatmill: {error}\n")
        return 1
    return 0


class _Log:
    """Writes each step to the log and to the terminal."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def should_stop(self) -> bool:
        """Nobody stops it but a signal."""
        return False

    def on_step(self, metrics: Any) -> None:  # noqa: ANN401 - StepMetrics, imported with torch
        """Write a step down."""
        with self.path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(asdict(metrics)) + "\n")
        valid = "" if metrics.valid_loss is None else f", validation {metrics.valid_loss:.3f}"
        sys.stdout.write(
            f"step {metrics.step} of {metrics.total_steps}: loss {metrics.train_loss:.3f}{valid}\n"
        )
        sys.stdout.flush()

    def on_checkpoint(self, folder: Path, step: int) -> None:
        """Checkpoints are found on disk."""


def _train(folder: Path) -> None:
    job = read_packed_job(folder)
    from chatmill.server.base_models import ensure_base_model
    from chatmill.server.chat_format import ChatFormat, TokenisedExample
    from chatmill.server.device import N_TRAINING_THREADS, choose_device
    from chatmill.server.hyperparameters import resolve_hyperparameters
    from chatmill.server.training_file import read_training_file
    from chatmill.server.tuning import TuningRun, tune

    base = ensure_base_model(job["base_model"])
    chat_format = ChatFormat.load(base)

    def tokenised(name: str) -> list[TokenisedExample]:
        if name not in job["sha256"]:
            return []
        examples = read_training_file(folder / name, min_examples=1)
        return [chat_format.example(each.messages) for each in examples]

    device = choose_device()
    if device.name == "cpu":
        import torch

        torch.set_num_threads(N_TRAINING_THREADS)
    train = tokenised("train.jsonl")
    hyperparameters = resolve_hyperparameters(len(train), job["hyperparameters"])
    result = folder / RESULT_FOLDER
    result.mkdir(exist_ok=True)
    run = TuningRun(
        base_folder=base,
        folder=result,
        train=train,
        validation=tokenised("validation.jsonl"),
        hyperparameters=hyperparameters,
        seed=job["seed"],
        device=device,
    )
    done = tune(run, _Log(result / LOG_NAME))
    sums = {name: sha256_of(result / "adapter" / name) for name in ADAPTER_FILES}
    told = {
        "key": job["key"],
        "hyperparameters": hyperparameters.as_json(job["hyperparameters"]),
        "trained_tokens": done.trained_tokens,
        "device": device.name,
        "sha256": sums,
    }
    (result / RESULT_NAME).write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    sys.stdout.write(f"done; adapter sha256 {sums[ADAPTER_FILES[1]]}\n")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
