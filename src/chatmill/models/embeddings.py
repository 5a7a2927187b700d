"""Embeddings: texts in, one row of numbers each out."""

import base64
import binascii
from collections.abc import Sequence

import numpy as np

from chatmill.errors import ModelCallError
from chatmill.models.bodies import EmbeddingsBody, VectorBody
from chatmill.models.connection import Connection
from chatmill.models.progress import Progress

BATCH_TEXTS = 512
"""Below the protocol's 2,048, so that progress shows."""
BATCH_CHARACTERS = 150_000
"""Below the protocol's 300,000 tokens a request even where a character costs two tokens."""


async def embed_all(
    connection: Connection, texts: Sequence[str], model: str, progress: Progress
) -> np.ndarray:
    """Embed every text; equal texts are sent once.

    Args:
        connection: The server.
        texts: At least one.
        model: Embedding model.
        progress: Told how many different texts are done.

    Returns:
        float32, shape (n_texts, n_dims); row i belongs to texts row i.

    Raises:
        ModelError: A call failed, or the rows do not fit the texts.
    """
    row_of = {text: row for row, text in enumerate(dict.fromkeys(texts))}
    distinct = list(row_of)
    blocks: list[np.ndarray] = []
    n_done = 0
    progress("embedding", 0, len(distinct))
    for batch in _batches(distinct):
        blocks.append(await _embed_batch(connection, batch, model))
        n_done += len(batch)
        progress("embedding", n_done, len(distinct))
    if len({block.shape[1] for block in blocks}) > 1:
        raise _misfit(connection, "vectors of different length")
    vectors = np.concatenate(blocks)
    return vectors[[row_of[text] for text in texts]]


def _batches(texts: Sequence[str]) -> list[list[str]]:
    batches: list[list[str]] = []
    n_characters = 0
    for text in texts:
        is_full = batches and (
            len(batches[-1]) >= BATCH_TEXTS or n_characters + len(text) > BATCH_CHARACTERS
        )
        if not batches or is_full:
            batches.append([])
            n_characters = 0
        batches[-1].append(text)
        n_characters += len(text)
    return batches


async def _embed_batch(connection: Connection, texts: list[str], model: str) -> np.ndarray:
    create = connection.sdk.embeddings.with_raw_response.create
    answer = await connection.call(
        lambda: create(input=texts, model=model, encoding_format="base64"), EmbeddingsBody
    )
    rows = sorted(answer.data, key=lambda row: row.index)
    if [row.index for row in rows] != list(range(len(texts))):
        raise _misfit(connection, f"{len(rows)} vectors for {len(texts)} texts")
    try:
        vectors = [_decode(row) for row in rows]
    except (binascii.Error, ValueError) as error:
        raise _misfit(connection, "a vector that is no base64 float32") from error
    if len({len(vector) for vector in vectors}) > 1:
        raise _misfit(connection, "vectors of different length")
    return np.stack(vectors)


def _decode(row: VectorBody) -> np.ndarray:
    if isinstance(row.embedding, str):
        return np.frombuffer(base64.b64decode(row.embedding, validate=True), dtype="<f4").astype(
            np.float32
        )
    return np.asarray(row.embedding, dtype=np.float32)


def _misfit(connection: Connection, what: str) -> ModelCallError:
    return ModelCallError(
        f"the server answered with {what}",
        where=connection.endpoint.base_url,
        fix="Check that the model is an embedding model",
    )
