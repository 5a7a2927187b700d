"""How many tokens a training file has, and how long a job on this machine will take."""

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from chatmill.errors import DatasetError
from chatmill.models.providers import LOCAL
from chatmill.models.requests import ChatRequest
from chatmill.records import Hyperparameters

if TYPE_CHECKING:
    from chatmill.models.tuning import RemoteJob

LOCAL_TOKENS_PER_SECOND = 400.0
"""Measured on two cores for the embedded model, used until a job of this machine has ended."""
TOKENS_PER_MESSAGE = 5
"""Role and marks around each message in a chat template."""
TOKEN_LIKE = re.compile(
    r"[A-Za-z]{1,7}|\d{1,3}|[^\sA-Za-z\d\u0080-\U0010ffff]{1,3}|[\u0080-\U0010ffff]"
)
"""What becomes about one token in the tokenizers of today's hosted models."""
TIKTOKEN_ADDRESS = "https://openaipublic.blob.core.windows.net/encodings"
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
        provider: Who trains; see `count_question_tokens`.
        base_model: Model to tune.

    Raises:
        DatasetError: The file cannot be read or is not in the chat format.
    """
    contents = [_contents(line, f"{path}:{number}") for number, line in _lines(path)]
    texts = [text for each in contents for text in each]
    counter = _local_counter(base_model) if provider == LOCAL else _tiktoken_counter(base_model)
    if counter is None:
        n_tokens = sum(estimate_hosted_tokens(text) for text in texts)
    else:
        n_tokens = counter(texts)
    return FileSize(
        n_examples=len(contents),
        n_tokens=n_tokens + TOKENS_PER_MESSAGE * len(texts),
        is_counted=counter is not None,
    )


def estimate_hosted_tokens(text: str) -> int:
    """Estimate a text's tokens from its letters, for models whose tokenizer is not here.

    Seven ASCII letters, three digits, three marks, or one other letter are a token: on the sample
    chats within 5 % of what tiktoken counts with `o200k_base`, Korean and English.
    """
    return len(TOKEN_LIKE.findall(text))


def estimate_question_tokens(request: ChatRequest) -> int:
    """Estimate what a request's messages cost a hosted model."""
    n_tokens = sum(estimate_hosted_tokens(message.content) for message in request.messages)
    return n_tokens + TOKENS_PER_MESSAGE * len(request.messages)


def count_question_tokens(requests: Sequence[ChatRequest], provider: str) -> tuple[list[int], bool]:
    """Count what requests' messages cost, with the models' own tokenizers where they are here.

    Args:
        requests: In any number.
        provider: Who answers; `local` has the tokenizers of its models at hand, for OpenAI's
            there is tiktoken, where it is installed and its vocabulary was fetched before.

    Returns:
        Tokens of each request, and whether all were counted rather than estimated.
    """
    counters = {
        model: _local_counter(model) if provider == LOCAL else _tiktoken_counter(model)
        for model in {request.model for request in requests}
    }
    counts: list[int] = []
    for request in requests:
        counter = counters[request.model]
        if counter is None:
            counts.append(estimate_question_tokens(request))
        else:
            texts = [message.content for message in request.messages]
            counts.append(counter(texts) + TOKENS_PER_MESSAGE * len(texts))
    return counts, all(counter is not None for counter in counters.values())


def _local_counter(model: str) -> Callable[[Sequence[str]], int] | None:
    tokenizer_file = _tokenizer_file(model)
    if tokenizer_file is None:
        return None
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(tokenizer_file))

    def count(texts: Sequence[str]) -> int:
        encodings = tokenizer.encode_batch(list(texts), add_special_tokens=False)
        return sum(len(encoding.ids) for encoding in encodings)

    return count


def _tiktoken_counter(model: str) -> Callable[[Sequence[str]], int] | None:
    """Use tiktoken where it needs no download: a blocked one would never return."""
    try:
        import tiktoken
    except ImportError:
        return None
    try:
        name = tiktoken.encoding_name_for_model(untuned_name(model))
    except KeyError:
        return None
    if not _is_vocabulary_here(name):
        return None
    encoding = tiktoken.get_encoding(name)
    return lambda texts: sum(
        len(tokens) for tokens in encoding.encode_ordinary_batch(list(texts), num_threads=1)
    )


def untuned_name(model: str) -> str:
    """Return the base model's name of `ft:gpt-4o-mini-2024-07-18:…`."""
    return model.split(":")[1] if model.startswith("ft:") and model.count(":") > 1 else model


def _is_vocabulary_here(encoding_name: str) -> bool:
    """Look where tiktoken keeps what it fetched: a file named by the SHA-1 of its address."""
    chosen = os.environ.get("TIKTOKEN_CACHE_DIR") or os.environ.get("DATA_GYM_CACHE_DIR")
    folder = Path(chosen or Path(tempfile.gettempdir()) / "data-gym-cache")
    address = f"{TIKTOKEN_ADDRESS}/{encoding_name}.tiktoken"
    return (folder / hashlib.sha1(address.encode()).hexdigest()).is_file()  # noqa: S324 - tiktoken's own naming


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
