"""Doctor: looks at the machine and the project and says what is missing and what to do."""

import importlib.util
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from chatmill.errors import ChatmillError, NoProjectError
from chatmill.project import Project

if TYPE_CHECKING:
    from chatmill.models.probe import ProbeReport

FREE_DISK_GB = 3
"""Model, its bf16 copy, checkpoints and a report."""
FREE_MEMORY_GB = 4
"""Training the embedded model needs 3 GB beside the rest."""
LOCAL_PACKAGES = ("torch", "transformers", "peft", "trl", "accelerate", "gguf")
BYTES_PER_GB = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineFinding:
    """One part that was looked at."""

    part: str
    is_fine: bool
    state: str
    """What was found."""
    fix: str
    """What to do where it is not fine."""


def examine_machine(folder: Path | str = ".") -> list[MachineFinding]:
    """Look at Python, packages, accelerator, disk, memory, fonts and the project here, if any."""
    looks = (
        _python,
        _local_packages,
        _accelerator,
        lambda: _disk(Path(folder)),
        _memory,
        _korean_font,
        _base_model,
        lambda: _project(Path(folder)),
    )
    return [look() for look in looks]


def examine_model(project: Project, model: str, provider: str | None = None) -> "ProbeReport":
    """Try a model with a few tiny calls, none of which holds a word of any chat.

    Args:
        project: Whose settings, limits of money and account of calls are used.
        model: As its server calls it.
        provider: Who has it; the one that trains when None.

    Raises:
        SettingsError: There is no such provider, or its key is missing.
        SpendError: The limit of money is reached; nothing was sent.
        ServerDownError: Nothing answers at its address.
    """
    from chatmill.models.client import ModelClient
    from chatmill.models.probe import ProbeOptions, probe_model

    settings = project.settings
    name = provider or settings.train.provider
    embedder = settings.evaluate
    options = ProbeOptions(
        model=model,
        embedding_model=embedder.embedding_model if embedder.embedding_provider == name else "",
        database=project.database,
        prices=settings.prices,
        max_usd=settings.spend.max_usd,
    )
    with ModelClient.for_provider(name, settings) as client:
        return client.run(lambda connection: probe_model(connection, options))


def _python() -> MachineFinding:
    version = ".".join(map(str, sys.version_info[:3]))
    return MachineFinding(
        part="Python",
        is_fine=sys.version_info >= (3, 11),
        state=version,
        fix="Install 3.11 or newer",
    )


def _local_packages() -> MachineFinding:
    missing = [name for name in LOCAL_PACKAGES if importlib.util.find_spec(name) is None]
    return MachineFinding(
        part="Training here",
        is_fine=not missing,
        state=f"missing {', '.join(missing)}" if missing else "installed",
        fix="pip install 'chatmill[local]', or train with a hosted provider",
    )


def _accelerator() -> MachineFinding:
    if importlib.util.find_spec("torch") is None:
        return MachineFinding(
            part="Accelerator", is_fine=True, state="unknown without torch", fix=""
        )
    import torch

    if torch.cuda.is_available():
        state = str(torch.cuda.get_device_name(0))
    else:
        state = f"none, {os.cpu_count()} CPU cores (about 10 minutes for 100 short examples)"
    return MachineFinding(part="Accelerator", is_fine=True, state=state, fix="")


def _disk(folder: Path) -> MachineFinding:
    free = shutil.disk_usage(folder).free / BYTES_PER_GB
    return MachineFinding(
        part="Free disk",
        is_fine=free >= FREE_DISK_GB,
        state=f"{free:.1f} GB",
        fix=f"Free {FREE_DISK_GB} GB",
    )


def _memory() -> MachineFinding:
    try:
        free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / BYTES_PER_GB
    except (AttributeError, ValueError, OSError):
        return MachineFinding(part="Free memory", is_fine=True, state="not told here", fix="")
    return MachineFinding(
        part="Free memory",
        is_fine=free >= FREE_MEMORY_GB,
        state=f"{free:.1f} GB",
        fix=f"Training the embedded model wants {FREE_MEMORY_GB} GB",
    )


def _korean_font() -> MachineFinding:
    from chatmill.charts import hangul_font

    font = hangul_font()
    return MachineFinding(
        part="Korean font",
        is_fine=font is not None,
        state=font or "none found",
        fix="Charts as PNG need one: install fonts-noto-cjk or fonts-nanum",
    )


def _base_model() -> MachineFinding:
    from chatmill.server.base_models import EMBEDDED_MODELS, base_model_folder
    from chatmill.server.home import find_home

    home = find_home()
    state = ", ".join(
        f"{name} {'fetched' if base_model_folder(name, home) else 'is fetched on first use'}"
        for name in EMBEDDED_MODELS
    )
    return MachineFinding(part="Embedded model", is_fine=True, state=state, fix="")


def _project(folder: Path) -> MachineFinding:
    try:
        with Project.open(folder) as project:
            n_conversations, n_messages = project.conversations.count()
    except NoProjectError:
        return MachineFinding(part="Project", is_fine=True, state="none here", fix="")
    except ChatmillError as error:
        return MachineFinding(part="Project", is_fine=False, state=error.what, fix=error.fix)
    return MachineFinding(
        part="Project",
        is_fine=True,
        state=f"{project.name}: {n_conversations} conversations, {n_messages} messages",
        fix="",
    )
