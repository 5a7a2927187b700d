"""Moves jobs through their states: checks files, starts trainers, picks up the stranded."""

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chatmill.errors import ChatmillError, DatasetError, StorageError, TooFewExamplesError
from chatmill.server.base_models import ensure_base_model
from chatmill.server.chat_format import ChatFormat
from chatmill.server.device import COMPUTE_ENVIRONMENT
from chatmill.server.home import ServerHome, write_private
from chatmill.server.hyperparameters import resolve_hyperparameters
from chatmill.server.training_file import (
    MIN_EXAMPLES,
    ChatExample,
    Preference,
    read_preference_file,
    read_training_file,
)
from chatmill.store import server_files
from chatmill.store import server_jobs as store
from chatmill.store.database import Database

HEARTBEAT_SECONDS = 5.0
STALE_SECONDS = 30.0
"""A running job whose trainer was not heard of for so long goes back to the queue."""
MAX_FAILED_STARTS = 3
"""Trainers that may end in a row without a new checkpoint before the job fails."""
WATCH_SECONDS = 0.3
EXPIRY_SECONDS = 60.0
DEFAULT_CONTEXT_TOKENS = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainerOrder:
    """What a trainer process is told, as `order.json` in its job folder."""

    job_id: str
    claim: str
    database_url: str
    base_model: str
    base_folder: str
    training_file: str
    validation_file: str | None
    method: str
    """`supervised` or `dpo`."""
    hyperparameters: dict[str, Any]
    """As `ResolvedHyperparameters` has them."""
    start_adapter: str | None
    seed: int


class JobSupervisor:
    """One thread of the server that keeps every job moving.

    Args:
        home: The server's home.
        database: The server's database.
        max_trainers: Trainers that may run at once.
        stale_seconds: See `STALE_SECONDS`.
    """

    def __init__(
        self,
        home: ServerHome,
        database: Database,
        *,
        max_trainers: int = 1,
        stale_seconds: float = STALE_SECONDS,
    ) -> None:
        self._home = home
        self._database = database
        self._max_trainers = max_trainers
        self._stale_seconds = stale_seconds
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._expiry_due = 0.0
        self._wake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="job-supervisor", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def wake(self) -> None:
        """Look at the jobs now instead of in a moment."""
        self._wake.set()

    def stop(self) -> None:
        """Stop watching; trainers that run go on by themselves."""
        self._stopping = True
        self._wake.set()
        self._thread.join(timeout=30)

    def has_work(self) -> bool:
        """Tell whether any job is unfinished and not paused."""
        return bool(store.jobs_with_status(self._database, "validating_files", "queued", "running"))

    def _run(self) -> None:
        while not self._stopping:
            try:
                self.step()
            except StorageError as error:  # a full disk may be emptied; the jobs wait for it
                sys.stderr.write(f"chatmill: {error}\n")
            self._wake.wait(WATCH_SECONDS)
            self._wake.clear()

    def step(self) -> None:
        """Do what there is to do for every job once."""
        for job in store.jobs_with_status(self._database, "validating_files"):
            self._validate(job)
        for job in store.jobs_with_status(self._database, "running"):
            self._watch(job)
        self._reap()
        self._drop_expired()
        n_running = len(store.jobs_with_status(self._database, "running"))
        for job in store.jobs_with_status(self._database, "queued")[
            : max(0, self._max_trainers - n_running - len(self._children))
        ]:
            self._start(job)

    def _validate(self, job: store.StoredJob) -> None:
        try:
            resolved = self._check_files(job)
        except DatasetError as error:
            param = "validation_file" if "validation file" in error.where else "training_file"
            code = f"invalid_{param}"
            if isinstance(error, TooFewExamplesError):
                code = "invalid_n_examples"
            self._fail(
                job,
                code,
                f"{error.where.capitalize()} {error.what}. {error.fix}".strip(),
                param=param,
            )
        except ChatmillError as error:
            self._fail(job, "model_not_available", str(error), param="model")
        else:
            store.move_job(
                self._database,
                job.id,
                "queued",
                message="Files validated, moving job to queued state",
                values={"hyperparameters": resolved},
            )

    def _check_files(self, job: store.StoredJob) -> dict[str, Any]:
        """Return the resolved hyperparameters of a job whose files can be trained on."""
        base = self._ensure_base(job)
        chat_format = ChatFormat.load(base)
        is_dpo = job.method == "dpo"
        asked = job.hyperparameters.get("context_length")
        context = min(context_tokens(base), asked or context_tokens(base))
        what = "training file"
        path = self._home.file_content(job.training_file)
        training = _named(what, path, MIN_EXAMPLES, is_dpo=is_dpo)
        n_tokens = sum(_count_tokens(chat_format, each, context, what) for each in training)
        if job.validation_file is not None:
            what = "validation file"
            path = self._home.file_content(job.validation_file)
            for each in _named(what, path, 1, is_dpo=is_dpo):
                _count_tokens(chat_format, each, context, what)
        resolved = resolve_hyperparameters(len(training), job.hyperparameters, is_dpo=is_dpo)
        total = n_tokens * resolved.n_epochs
        store.add_event(
            self._database,
            job.id,
            f"{len(training)} examples, {n_tokens} tokens, {resolved.n_epochs} epochs: "
            f"{total} tokens to train",
        )
        return resolved.as_json(job.hyperparameters)

    def _ensure_base(self, job: store.StoredJob) -> Path:
        said: set[str] = set()

        def say(what: str, _done: int, _total: int) -> None:
            if what not in said:
                said.add(what)
                store.add_event(self._database, job.id, what)

        return ensure_base_model(job.base_model, progress=say, home=self._home)

    def _watch(self, job: store.StoredJob) -> None:
        """Put a job whose trainer is gone or silent back into the queue."""
        child = self._children.get(job.id)
        if child is not None and child.poll() is None and not self._is_stale(job):
            return
        if child is None and not self._is_stale(job) and self._may_live(job):
            return
        if job.trainer_pid is not None and _is_trainer(job.trainer_pid, job.id):
            _kill_group(job.trainer_pid)
        self._requeue(job)

    @staticmethod
    def _may_live(job: store.StoredJob) -> bool:
        """Tell whether a trainer that a server before us started is still there."""
        return job.trainer_pid is None or _is_trainer(job.trainer_pid, job.id)

    def _requeue(self, job: store.StoredJob) -> None:
        failed_starts = job.failed_starts + 1
        log = self._home.job_folder(job.id) / "trainer.log"
        if failed_starts >= MAX_FAILED_STARTS:
            last = _last_log_line(log)
            self._fail(
                job,
                "trainer_ended",
                f"the trainer ended {failed_starts} times without a new checkpoint: {last}. "
                f"If it was out of memory, use a smaller batch_size; the whole log is {log}",
            )
            return
        store.move_job(
            self._database,
            job.id,
            "queued",
            from_=("running",),
            claim=job.claim,
            level="warn",
            message="The trainer ended unexpectedly; going on from the last checkpoint",
            values={"failed_starts": failed_starts, "claim": None, "trainer_pid": None},
        )

    def _is_stale(self, job: store.StoredJob) -> bool:
        return time.time() - (job.heartbeat_at or 0.0) > self._stale_seconds

    def _reap(self) -> None:
        for job_id, child in list(self._children.items()):
            if child.poll() is not None:
                del self._children[job_id]

    def _drop_expired(self) -> None:
        """Delete uploads whose time is over, once a minute."""
        if time.monotonic() < self._expiry_due:
            return
        self._expiry_due = time.monotonic() + EXPIRY_SECONDS
        for file_id in server_files.expired_files(self._database, int(time.time())):
            server_files.delete_file(self._database, file_id)
            self._home.file_content(file_id).unlink(missing_ok=True)

    def _start(self, job: store.StoredJob) -> None:
        """Claim a queued job and start its trainer in a session of its own."""
        claim = secrets.token_hex(8)
        claimed = store.move_job(
            self._database,
            job.id,
            "running",
            from_=("queued",),
            message="Fine-tuning job started",
            values={"claim": claim, "heartbeat_at": time.time(), "trainer_pid": None},
        )
        if not claimed:
            return
        folder = self._home.job_folder(job.id)
        try:
            base = ensure_base_model(job.base_model, home=self._home)
            folder.mkdir(parents=True, exist_ok=True)
            self._write_order(job, claim, base, folder)
            with (folder / "trainer.log").open("ab") as log:
                child = subprocess.Popen(  # noqa: S603 - our own interpreter, fixed arguments
                    [sys.executable, "-m", "chatmill.server.trainer", str(folder)],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                    env={**os.environ, **COMPUTE_ENVIRONMENT},
                )
        except OSError as error:
            self._fail(job, "trainer_not_started", f"the trainer cannot start: {error.strerror}")
            return
        except ChatmillError as error:
            self._fail(job, "model_not_available", str(error), param="model")
            return
        self._children[job.id] = child
        store.update_job(self._database, job.id, claim=claim, trainer_pid=child.pid)

    def _write_order(self, job: store.StoredJob, claim: str, base: Path, folder: Path) -> None:
        order = {
            "job_id": job.id,
            "claim": claim,
            "database_url": self._database.url,
            "base_model": job.base_model,
            "base_folder": str(base),
            "training_file": str(_own_copy(self._home.file_content(job.training_file), folder)),
            "validation_file": None,
            "method": job.method,
            "hyperparameters": {
                name: value
                for name, value in job.hyperparameters.items()
                if name != "learning_rate"  # said again as its multiplier
            },
            "start_adapter": job.start_adapter,
            "seed": job.seed,
        }
        if job.validation_file is not None:
            content = self._home.file_content(job.validation_file)
            order["validation_file"] = str(_own_copy(content, folder))
        write_private(folder / "order.json", json.dumps(order, indent=2) + "\n")

    def _fail(
        self, job: store.StoredJob, code: str, message: str, *, param: str | None = None
    ) -> None:
        store.move_job(
            self._database,
            job.id,
            "failed",
            level="error",
            message=f"Job failed: {message}",
            values={"error_code": code, "error_message": message, "error_param": param},
        )


def context_tokens(base_folder: Path) -> int:
    """Return how many tokens a model can see at once, as its config says."""
    config = json.loads((base_folder / "config.json").read_text(encoding="utf-8"))
    config = config.get("text_config", config)
    return int(config.get("max_position_embeddings", DEFAULT_CONTEXT_TOKENS))


def _named(
    what: str, path: Path, min_examples: int, *, is_dpo: bool
) -> Sequence[ChatExample | Preference]:
    """Read a file, and let its errors say which file it is."""
    read = read_preference_file if is_dpo else read_training_file
    try:
        return read(path, min_examples=min_examples)
    except DatasetError as error:
        where = f"{what}, {error.where}" if error.where else what
        raise type(error)(error.what, where=where, fix=error.fix) from error
    except FileNotFoundError as error:
        raise DatasetError("was deleted", where=what, fix="Upload it again") from error


def _count_tokens(
    chat_format: ChatFormat, example: ChatExample | Preference, context: int, what: str
) -> int:
    """Count what is trained on; nothing may be longer than the model sees."""
    parts = (
        (example.preferred, example.other)
        if isinstance(example, Preference)
        else (example.messages,)
    )
    counts = [len(chat_format.example(messages).input_ids) for messages in parts]
    if max(counts) > context:
        raise DatasetError(
            f"has {max(counts)} tokens, but the model sees at most {context}",
            where=f"{what}, line {example.line}",
            fix="Shorten or split this example; nothing is cut in silence",
        )
    return sum(counts)


def _own_copy(content: Path, folder: Path) -> Path:
    """Give the job its own copy of a file, so that deleting the upload does no harm."""
    copy = folder / content.name
    if not copy.exists():
        fresh = folder / f".{content.name}"
        shutil.copyfile(content, fresh)
        fresh.replace(copy)
    return copy


def _is_trainer(pid: int, job_id: str) -> bool:
    """Tell whether a process is the trainer of this job (ids are used again by the system)."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return False
    command = Path(f"/proc/{pid}/cmdline")
    try:
        words = command.read_bytes()
    except OSError:
        return not Path("/proc/self").exists()  # no /proc here: all we know is that it lives
    return job_id.encode() in words


def _kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def _last_log_line(log: Path) -> str:
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").split("\n")
    except OSError:
        return "it left no log"
    spoken = [line.strip() for line in lines if line.strip()]
    return spoken[-1][:300] if spoken else "it left no word"
