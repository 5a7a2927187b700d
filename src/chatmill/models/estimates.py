"""How many tokens a training file has, and how long a job on this machine will take."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from chatmill.errors import DatasetError
from chatmill.models.providers import LOCAL
from chatmill.records import Hyperparameters

if TYPE_CHECKING:
    from chatmill.models.tuning import RemoteJob

LOCAL_TOKENS_PER_SECOND = 400.0
"""Measured on two cores for the embedded model, used until a job of this machine has ended."""
TOKENS_PER_MESSAGE = 5
"""Role and marks around each message in a chat template."""
ASCII_CHARACTERS_PER_TOKEN = 4
"""English in the tokenizers of today's hosted models; other letters count one token each."""
SMALL_SET_EXAMPLES = 100
LARGE_SET_EXAMPLES = 25_000
HOSTED_EPOCHS = 3
MOST_HOSTED_EPOCHS = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSize:
    """How big a training file is to a model."""

    n_examples: int
    n_tokens: int
    """Of one pass over the file."""
    is_counted: bool
    """Counted with the model's own tokenizer; else estimated from the letters."""


def measure_training_file(path: Path, provider: str, base_model: str) -> FileSize:
    """Count a training file's examples and tokens.

    Args:
        path: JSONL in OpenAI's chat format.
        provider: Who trains; only for `local` is the tokenizer at hand.
        base_model: Model to tune.

    Raises:
        DatasetError: The file cannot be read or is not in the chat format.
    """
    contents = [_contents(line, f"{path}:{number}") for number, line in _lines(path)]
    texts = [text for each in contents for text in each]
    tokenizer_file = _tokenizer_file(base_model) if provider == LOCAL else None
    if tokenizer_file is None:
        n_tokens = sum(estimate_hosted_tokens(text) for text in texts)
    else:
        n_tokens = _count_tokens(tokenizer_file, texts)
    return FileSize(
        n_examples=len(contents),
        n_tokens=n_tokens + TOKENS_PER_MESSAGE * len(texts),
        is_counted=tokenizer_file is not None,
    )


def estimate_hosted_tokens(text: str) -> int:
    """Estimate a text's tokens from its letters, for models whose tokenizer is not here."""
    n_ascii = sum(character.isascii() for character in text)
    return -(-n_ascii // ASCII_CHARACTERS_PER_TOKEN) + len(text) - n_ascii


def expected_epochs(provider: str, size: FileSize, asked: Hyperparameters) -> int:
    """Say what `auto` will most likely become.

    `local` follows our own rule; hosted services the one of OpenAI's cookbook.
    """
    if asked.n_epochs != "auto":
        return asked.n_epochs
    if provider == LOCAL:
        from chatmill.server.hyperparameters import resolve_hyperparameters

        return resolve_hyperparameters(size.n_examples, {}).n_epochs
    if HOSTED_EPOCHS * size.n_examples < SMALL_SET_EXAMPLES:
        return min(MOST_HOSTED_EPOCHS, SMALL_SET_EXAMPLES // size.n_examples)
    if HOSTED_EPOCHS * size.n_examples > LARGE_SET_EXAMPLES:
        return max(1, LARGE_SET_EXAMPLES // size.n_examples)
    return HOSTED_EPOCHS


def measured_tokens_per_second(jobs: "Iterable[RemoteJob]", base_model: str) -> float | None:
    """Return the speed of the newest finished job of a model, from creation to end.

    Args:
        jobs: Newest first.
        base_model: Model to tune.

    Returns:
        Trained tokens a second; None where no such job has finished.
    """
    for job in jobs:
        seconds = (job.finished_at or 0) - job.created_at
        is_measure = job.status == "succeeded" and job.model == base_model and seconds > 0
        if is_measure and job.trained_tokens:
            return job.trained_tokens / seconds
    return None


def _lines(path: Path) -> list[tuple[int, str]]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(
            f"cannot be read: {error}", where=str(path), fix="Build again: chatmill build"
        ) from error
    return [(n, line) for n, line in enumerate(text.split("\n"), start=1) if line.strip()]


def _contents(line: str, where: str) -> list[str]:
    try:
        return [str(message["content"]) for message in json.loads(line)["messages"]]
    except (ValueError, KeyError, TypeError) as error:
        raise DatasetError(
            "not a line in the chat format", where=where, fix="Build again: chatmill build"
        ) from error


def _tokenizer_file(base_model: str) -> Path | None:
    from chatmill.server.base_models import base_model_folder
    from chatmill.server.home import find_home

    folder = base_model_folder(base_model, find_home())
    file = None if folder is None else folder / "tokenizer.json"
    return file if file is not None and file.is_file() else None


def _count_tokens(tokenizer_file: Path, texts: Sequence[str]) -> int:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(tokenizer_file))
    encodings = tokenizer.encode_batch(list(texts), add_special_tokens=False)
    return sum(len(encoding.ids) for encoding in encodings)
