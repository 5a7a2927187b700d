"""What one training run will do, settled before anything is sent."""

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from chatmill.checks.training_file import check_training_file
from chatmill.errors import DatasetError, UsageError
from chatmill.models.estimates import (
    LOCAL_TOKENS_PER_SECOND,
    FileSize,
    expected_epochs,
    measure_training_file,
)
from chatmill.models.providers import LOCAL, require_trusted
from chatmill.project import Project
from chatmill.records import DatasetVersion, Hyperparameters
from chatmill.settings import TrainSettings
from chatmill.store.datasets import get_dataset

KEY_VERSION = 1
SUFFIX_CHARACTERS = 40
SECONDS_PER_MINUTE = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingPlan:
    """Everything that determines a job, and where its files lie."""

    dataset: DatasetVersion
    folder: Path
    """Of the dataset."""
    provider: str
    base_model: str
    hyperparameters: Hyperparameters
    """As asked for, `auto` included."""
    seed: int
    suffix: str

    @property
    def key(self) -> str:
        """SHA-256 of everything that determines the tuned model; equal keys are equal work."""
        determining = {
            "version": KEY_VERSION,
            "dataset": self.dataset.fingerprint,
            "provider": self.provider,
            "base_model": self.base_model,
            "hyperparameters": self.hyperparameters.asked(),
            "seed": self.seed,
        }
        return hashlib.sha256(json.dumps(determining, sort_keys=True).encode()).hexdigest()

    @property
    def training_file(self) -> Path:
        """JSONL to train on."""
        return self.folder / "train.jsonl"

    @property
    def validation_file(self) -> Path | None:
        """JSONL to validate on; None where the version has none."""
        path = self.folder / "validation.jsonl"
        return path if path.is_file() and path.stat().st_size else None


def make_plan(  # noqa: PLR0913 - what the caller may choose over the settings
    project: Project,
    dataset: str | None,
    *,
    provider: str | None,
    base_model: str | None,
    hyperparameters: Hyperparameters | None,
    suffix: str | None,
) -> TrainingPlan:
    """Settle what to train, from the settings where the caller chose nothing.

    Raises:
        DatasetError: There is no such dataset.
        UsageError: An option of `[train]` is not a number or `auto`.
        UntrustedProviderError: The provider may not be sent the chats.
    """
    options = project.settings.train
    version = get_dataset(project.database, dataset)
    plan = TrainingPlan(
        dataset=version,
        folder=project.folder / version.folder,
        provider=provider or options.provider,
        base_model=base_model or options.base_model,
        hyperparameters=hyperparameters or read_hyperparameters(options),
        seed=options.seed,
        suffix=_clean_suffix(suffix or options.suffix or project.name),
    )
    require_trusted(plan.provider, project.settings)
    _check_early_stopping(plan)
    return plan


def read_hyperparameters(
    options: TrainSettings,
    *,
    epochs: str | None = None,
    batch_size: str | None = None,
    learning_rate_multiplier: str | None = None,
) -> Hyperparameters:
    """Read `auto` or numbers, from the settings where the caller says nothing.

    Raises:
        UsageError: One is neither `auto` nor a number above 0.
    """
    multiplier = learning_rate_multiplier or options.learning_rate_multiplier
    return Hyperparameters(
        n_epochs=_whole_or_auto(epochs or options.epochs, "epochs"),
        batch_size=_whole_or_auto(batch_size or options.batch_size, "batch_size"),
        learning_rate_multiplier=_number_or_auto(multiplier, "learning_rate_multiplier"),
        early_stopping_patience=options.early_stopping_patience or None,
    )


def check_files(plan: TrainingPlan, min_examples: int) -> FileSize:
    """Check the files line by line, measure the training file, refuse one that is too small.

    Raises:
        DatasetError: A line would be refused, or there are fewer than `min_examples`.
        UnreadableFileError: A file is missing or not UTF-8 text.
    """
    for path in (plan.training_file, plan.validation_file):
        if path is not None:
            _refuse_damaged(path)
    size = measure_training_file(plan.training_file, plan.provider, plan.base_model)
    if size.n_examples < min_examples:
        raise DatasetError(
            f"{size.n_examples} training examples, at least {min_examples} are needed",
            where=plan.dataset.name,
            fix="Keep more examples in review, then: chatmill build",
        )
    return size


def describe(plan: TrainingPlan, size: FileSize, tokens_per_second: float | None) -> str:
    """Say in one line what will be trained, and how long it takes or what it costs.

    Args:
        plan: The plan.
        size: Of the training file.
        tokens_per_second: Measured on an earlier job of this server; None where there is none.
    """
    epochs = expected_epochs(plan.provider, size, plan.hyperparameters)
    n_trained = size.n_tokens * epochs
    about = "" if size.is_counted else "about "
    what = (
        f"{plan.dataset.name}: {size.n_examples} examples, {about}{size.n_tokens:,} tokens, "
        f"{epochs} epochs = {n_trained:,} tokens on {plan.base_model} at {plan.provider}"
    )
    if plan.provider == LOCAL:
        speed = tokens_per_second or LOCAL_TOKENS_PER_SECOND
        source = "measured here" if tokens_per_second else "typical of two cores"
        return f"{what}; {_duration(n_trained / speed)} at {speed:.0f} tokens/s ({source})"
    if tokens_per_second:
        return f"{what}; {_duration(n_trained / tokens_per_second)}; no price is known"
    return f"{what}; neither time nor price is known for this provider"


def _check_early_stopping(plan: TrainingPlan) -> None:
    if plan.hyperparameters.early_stopping_patience is None:
        return
    if plan.provider != LOCAL:
        raise UsageError(
            f"early_stopping_patience is known to the provider local only, not to {plan.provider}",
            where="[train]",
            fix="Set it to 0",
        )
    if plan.validation_file is None:
        raise DatasetError(
            "has no validation examples, whose loss decides about early stopping",
            where=plan.dataset.name,
            fix="Build with [build] validation_fraction above 0, or set it to 0",
        )


def _refuse_damaged(path: Path) -> None:
    errors = [each for each in check_training_file(path) if each.severity == "error"]
    if errors:
        others = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        raise DatasetError(
            f"{errors[0].field or 'the line'} {errors[0].message}{others}",
            where=f"{path}:{errors[0].line}",
            fix="A version is never edited: put its files back, or build a new one",
        )


def _duration(seconds: float) -> str:
    if seconds < SECONDS_PER_MINUTE:
        return "less than a minute"
    minutes = round(seconds / SECONDS_PER_MINUTE)
    return f"about {minutes} minute{'s' if minutes > 1 else ''}"


def _clean_suffix(text: str) -> str:
    cleaned = re.sub(r"[^a-z0-9]+", "-", text.lower())[:SUFFIX_CHARACTERS]
    return cleaned.strip("-")


def _whole_or_auto(text: str, name: str) -> int | Literal["auto"]:
    if text == "auto":
        return "auto"
    if text.isdecimal() and int(text) > 0:
        return int(text)
    raise UsageError(f"{name} must be a whole number above 0 or auto, not {text}", where="[train]")


def _number_or_auto(text: str, name: str) -> float | Literal["auto"]:
    if text == "auto":
        return "auto"
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if 0 < value < float("inf"):
        return value
    raise UsageError(f"{name} must be a number above 0 or auto, not {text}", where="[train]")
