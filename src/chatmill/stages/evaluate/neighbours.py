"""The training examples nearest to a question: what the model may have mixed it up with."""

from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from chatmill.errors import UsageError
from chatmill.project import Project
from chatmill.records import Score
from chatmill.store.datasets import get_dataset, read_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from chatmill.server.embed import Embedder

MOST_EMBEDDED = 20_000
"""Trained questions up to which neighbours are looked for; half a minute of work once a version."""
EMBEDDED_CHARACTERS = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """One trained question beside the one that was asked."""

    example_id: str
    turn: int
    question: str
    answer: str
    cosine: float
    """Of the two questions, in [-1, 1]."""


class NeighbourFinder:
    """Finds trained questions by meaning; embeds a version once. Safe to use from threads.

    Args:
        project: Whose dataset versions.
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        self._lock = Lock()
        self._version = ""
        self._rows: list[Neighbour] = []
        self._vectors: np.ndarray | None = None
        self._embedder: Embedder | None = None

    def nearest(self, dataset: str, score: Score, *, limit: int = 3) -> list[Neighbour]:
        """Return the trained questions nearest to one, the question's own place left out.

        Args:
            dataset: Version the model was trained on.
            score: The question.
            limit: Most neighbours to return.

        Raises:
            DatasetError: There is no such version, or its files are gone.
            UsageError: It holds too many questions to look through.
            ModelError: The embedding model does not answer.
        """
        with self._lock:
            self._load(dataset)
            if self._vectors is None:
                return []
            asked = self._embed([score.question])[0]
            closeness = self._vectors @ asked
        found: list[Neighbour] = []
        for at in closeness.argsort()[::-1].tolist():
            row = self._rows[at]
            if row.example_id == score.example_id and row.turn == score.turn:
                continue
            found.append(
                Neighbour(
                    example_id=row.example_id,
                    turn=row.turn,
                    question=row.question,
                    answer=row.answer,
                    cosine=float(closeness[at]),
                )
            )
            if len(found) == limit:
                break
        return found

    def _load(self, dataset: str) -> None:
        version = get_dataset(self._project.database, dataset)
        if version.fingerprint == self._version:
            return
        rows = [
            Neighbour(
                example_id=row.example_id,
                turn=turn,
                question=asked.question,
                answer=asked.answer,
                cosine=1.0,
            )
            for row in read_rows(self._project.folder / version.folder)
            if row.split == "train"
            for turn, asked in enumerate(row.turns)
            if asked.question.strip()
        ]
        if len(rows) > MOST_EMBEDDED:
            raise UsageError(
                f"{len(rows)} trained questions, neighbours are looked for among {MOST_EMBEDDED}"
            )
        self._vectors = self._embed([row.question for row in rows]) if rows else None
        self._rows, self._version = rows, version.fingerprint

    def _embed(self, texts: "Sequence[str]") -> "np.ndarray":
        """Embed texts with the evaluation's model; float32 unit rows."""
        shortened = [text[:EMBEDDED_CHARACTERS] or " " for text in texts]
        chosen = self._project.settings.evaluate
        if chosen.embedding_provider == "local":
            from chatmill.server.embed import Embedder

            self._embedder = self._embedder or Embedder()
            return self._embedder.embed(shortened)
        from chatmill.models.client import ModelClient

        with ModelClient.for_provider(chosen.embedding_provider, self._project.settings) as client:
            return client.embed(shortened, model=chosen.embedding_model)
