"""The training process of one job: `python -m chatmill.server.trainer JOB_FOLDER`.

It holds the job by its claim, tells the store every few seconds that it lives, and ends itself as
soon as the job is cancelled, paused or given to another trainer.
"""

import csv
import errno
import hashlib
import io
import json
import os
import sys
import threading
import time
from pathlib import Path

from chatmill.errors import StorageError
from chatmill.server.chat_format import ChatFormat, TokenisedExample
from chatmill.server.device import N_TRAINING_THREADS, choose_device
from chatmill.server.home import ServerHome, write_private
from chatmill.server.hyperparameters import ResolvedHyperparameters
from chatmill.server.jobs import HEARTBEAT_SECONDS, TrainerOrder
from chatmill.server.lora_trainer import NotFiniteLossError, StepMetrics, checkpoint_steps
from chatmill.server.preference_trainer import PreferencePair
from chatmill.server.training_file import read_preference_file, read_training_file
from chatmill.server.tuning import TuningResult, TuningRun, tune
from chatmill.store import server_files
from chatmill.store import server_jobs as store
from chatmill.store.database import Database
from chatmill.store.server_pages import new_id

FAILURES = {
    "not_finite": "the loss became NaN or infinite. Use a smaller learning_rate_multiplier",
    "out_of_memory": "out of memory. Use a smaller batch_size, or shorten the longest examples",
    "disk_full": "the disk is full. Free some space and create the job again",
}


class JobReporter:
    """Writes what happens in a run to the store, as long as the job is this trainer's."""

    def __init__(self, database: Database, order: TrainerOrder, folder: Path) -> None:
        self._database = database
        self._order = order
        self._folder = folder
        self._started = time.monotonic()
        self._first_step: int | None = None
        self._accuracy = accuracy_name(order)
        self._last: StepMetrics | None = None

    def should_stop(self) -> bool:
        """Tell whether the job was cancelled, paused or given to another trainer."""
        job = store.find_job(self._database, self._order.job_id)
        return job is None or job.status != "running" or job.claim != self._order.claim

    def on_step(self, metrics: StepMetrics) -> None:
        """Record the step's metrics and when the job will be done."""
        self._last = metrics
        if self._first_step is None:
            self._first_step, self._started = metrics.step, time.monotonic()
        message = (
            f"Step {metrics.step}/{metrics.total_steps}: training loss={metrics.train_loss:.2f}"
        )
        if metrics.valid_loss is not None:
            message += f", full validation loss={metrics.valid_loss:.2f}"
        data = self._data(metrics)
        store.add_event(self._database, self._order.job_id, message, type_="metrics", data=data)
        done = metrics.step - self._first_step
        if done:
            seconds = (time.monotonic() - self._started) / done
            left = seconds * (metrics.total_steps - metrics.step)
            store.update_job(
                self._database,
                self._order.job_id,
                claim=self._order.claim,
                estimated_finish=int(time.time() + left),
                failed_starts=0,
            )

    def _data(self, metrics: StepMetrics) -> dict[str, float]:
        """Return a step's metrics under the protocol's names."""
        data: dict[str, float] = {
            "step": metrics.step,
            "total_steps": metrics.total_steps,
            "train_loss": round(metrics.train_loss, 6),
            f"train_{self._accuracy}": round(metrics.train_mean_token_accuracy, 6),
        }
        if metrics.valid_loss is not None and metrics.valid_mean_token_accuracy is not None:
            data["valid_loss"] = data["full_valid_loss"] = round(metrics.valid_loss, 6)
            accuracy = round(metrics.valid_mean_token_accuracy, 6)
            data[f"valid_{self._accuracy}"] = data[f"full_valid_{self._accuracy}"] = accuracy
        return data

    def on_checkpoint(self, folder: Path, step: int) -> None:
        """Record a published checkpoint and forget those that are gone."""
        job_id = self._order.job_id
        metrics: dict[str, float] = {"step": step}
        if self._last is not None and self._last.step == step:
            metrics |= self._data(self._last)
            metrics.pop("total_steps")
        name = f"{_model_name(self._database, self._order)}:ckpt-step-{step}"
        store.add_checkpoint(
            self._database,
            store.StoredCheckpoint(
                id=new_id("ftckpt"),
                job_id=job_id,
                created_at=int(time.time()),
                step_number=step,
                fine_tuned_model_checkpoint=name,
                folder=str(folder),
                metrics=metrics,
            ),
        )
        store.drop_checkpoints(self._database, job_id, keep_steps=checkpoint_steps(self._folder))


def main(folder: Path) -> int:
    """Train the job of a folder; returns the process's exit status."""
    import torch

    torch.set_num_threads(N_TRAINING_THREADS)
    order = TrainerOrder(**json.loads((folder / "order.json").read_text(encoding="utf-8")))
    database = Database.open(order.database_url, schema="server")
    with _Heart(database, order):
        reporter = JobReporter(database, order, folder)
        try:
            result = tune(_run_of(order, folder), reporter)
            if result.is_finished:
                _succeed(database, order, folder, result)
        except NotFiniteLossError as error:
            _fail(database, order, "not_finite", str(error))
        except (MemoryError, torch.OutOfMemoryError) as error:
            _fail(database, order, "out_of_memory", str(error))
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            _fail(database, order, "disk_full", error.strerror or "")
        except RuntimeError as error:
            if "can't allocate memory" not in str(error):
                raise
            _fail(database, order, "out_of_memory", str(error))
    return 0


class _Heart:
    """A thread that says every few seconds that this trainer lives; ends it when it is replaced."""

    def __init__(self, database: Database, order: TrainerOrder) -> None:
        self._database = database
        self._order = order
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(timeout=HEARTBEAT_SECONDS)

    def _beat(self) -> None:
        while not self._stop.is_set():
            try:
                is_ours = store.update_job(
                    self._database,
                    self._order.job_id,
                    claim=self._order.claim,
                    heartbeat_at=time.time(),
                    trainer_pid=os.getpid(),
                )
                job = store.find_job(self._database, self._order.job_id)
            except StorageError as error:  # the next beat may get through
                sys.stderr.write(f"heartbeat: {error}\n")
                is_ours, job = True, None
            if not is_ours or (job is not None and job.status == "cancelled"):
                sys.stderr.write("the job is not ours any more\n")
                sys.stderr.flush()
                os._exit(3)
            self._stop.wait(HEARTBEAT_SECONDS)


def _run_of(order: TrainerOrder, folder: Path) -> TuningRun:
    base = Path(order.base_folder)
    chat_format = ChatFormat.load(base)

    def tokenised(path: str | None) -> list[TokenisedExample]:
        if path is None:
            return []
        examples = read_training_file(Path(path), min_examples=1)
        return [chat_format.example(each.messages) for each in examples]

    def pairs(path: str | None) -> list[PreferencePair]:
        if path is None:
            return []
        return [
            (chat_format.example(each.preferred), chat_format.example(each.other))
            for each in read_preference_file(Path(path), min_examples=1)
        ]

    is_dpo = order.method == "dpo"
    return TuningRun(
        base_folder=base,
        folder=folder,
        train=[] if is_dpo else tokenised(order.training_file),
        validation=[] if is_dpo else tokenised(order.validation_file),
        preferences=pairs(order.training_file) if is_dpo else [],
        validation_preferences=pairs(order.validation_file) if is_dpo else [],
        hyperparameters=ResolvedHyperparameters(**order.hyperparameters),
        seed=order.seed,
        device=choose_device(),
        start_adapter=None if order.start_adapter is None else Path(order.start_adapter),
    )


def _succeed(database: Database, order: TrainerOrder, folder: Path, result: TuningResult) -> None:
    """Store the result file, then finish the job and name its model in one transaction."""
    adapter = folder / "adapter"
    sha256 = hashlib.sha256((adapter / "adapter_model.safetensors").read_bytes()).hexdigest()
    result_file = _store_results(database, order, folder)
    if result.stopped_at is not None:
        words = f"Stopped at step {result.stopped_at}: the validation loss no longer gets better"
        store.add_event(database, order.job_id, words)
    if result.best_step is not None:
        words = f"Kept step {result.best_step}, the lowest validation loss"
        store.add_event(database, order.job_id, words)
    model = _model_name(database, order)
    store.move_job(
        database,
        order.job_id,
        "succeeded",
        from_=("running",),
        claim=order.claim,
        message=f"New fine-tuned model created: {model} (adapter sha256 {sha256})",
        values={
            "fine_tuned_model": model,
            "trained_tokens": result.trained_tokens,
            "result_file": result_file,
            "adapter_sha256": sha256,
            "adapter_path": str(adapter),
            "estimated_finish": None,
        },
    )


def _store_results(database: Database, order: TrainerOrder, folder: Path) -> str:
    """Write the metrics of every step as OpenAI's result CSV; returns the file's id."""
    columns = {
        "step": "step",
        "train_loss": "train_loss",
        "train_accuracy": f"train_{accuracy_name(order)}",
        "valid_loss": "valid_loss",
        "valid_mean_token_accuracy": f"valid_{accuracy_name(order)}",
    }
    by_step = {row["step"]: row for row in store.metrics_of_job(database, order.job_id)}
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for _, row in sorted(by_step.items()):
        writer.writerow([row.get(source, "") for source in columns.values()])
    content = text.getvalue().encode()
    file_id = new_id("file")
    home = ServerHome(root=folder.parent.parent)
    write_private(home.file_content(file_id), text.getvalue())
    server_files.add_file(
        database,
        server_files.StoredFile(
            id=file_id,
            filename="step_metrics.csv",
            purpose="fine-tune-results",
            bytes=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            created_at=int(time.time()),
        ),
    )
    return file_id


def accuracy_name(order: TrainerOrder) -> str:
    """Return what the accuracy is of: tokens guessed right, or pairs whose better answer leads."""
    return "reward_accuracy" if order.method == "dpo" else "mean_token_accuracy"


def _model_name(database: Database, order: TrainerOrder) -> str:
    """Return `ft:BASE:chatmill:SUFFIX:ID`, as OpenAI names tuned models."""
    job = store.find_job(database, order.job_id)
    suffix = (job.suffix or "") if job is not None else ""
    base = Path(order.base_model).name
    return f"ft:{base}:chatmill:{suffix}:{order.job_id.removeprefix('ftjob-')[:8]}"


def _fail(database: Database, order: TrainerOrder, code: str, detail: str) -> None:
    sys.stderr.write(f"{code}: {detail}\n")
    store.move_job(
        database,
        order.job_id,
        "failed",
        from_=("running",),
        claim=order.claim,
        level="error",
        message=f"Job failed: {FAILURES[code]}",
        values={"error_code": code, "error_message": f"{FAILURES[code]} ({detail})"[:500]},
    )


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
