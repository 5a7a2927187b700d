"""What a cause is found from, and what is said about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

Cause = Literal[
    "conflicting answers",
    "other facts nearby",
    "answer too long",
    "low grounding",
    "no neighbour",
    "one phrasing",
    "rare part name",
    "held out",
    "not known",
]
CAUSES: tuple[Cause, ...] = get_args(Cause)
"""In the order they are asked: the first that applies is named, the others stand beside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedTurn:
    """One turn the model was trained on."""

    example_id: str
    turn: int
    """From 0."""
    question: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseVectors:
    """Embeddings, float32 unit rows (zeros for white space), shape (n, n_dims)."""

    asked: np.ndarray
    """Of the failed questions, product names taken out (`without_names`)."""
    references: np.ndarray
    """Of their reviewed answers."""
    said: np.ndarray
    """Of what the model answered."""
    questions: np.ndarray
    """Of the trained questions, product names taken out."""
    answers: np.ndarray
    """Of the trained answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseHints:
    """What is known beside the words and vectors."""

    max_answer_tokens: int
    """What the model may say; longer answers are cut."""
    ungrounded: Mapping[str, str]
    """Example id → what the grounding check said."""
    products: tuple[str, ...] = ()
    """Product names; part numbers where there are none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingNeighbour:
    """A trained question beside the one that failed."""

    example_id: str
    turn: int
    question: str
    answer: str
    cosine: float
    """Of the two questions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseFound:
    """Why one question did not follow the training, as far as the data says."""

    cause: Cause
    evidence: str
    """The words, numbers or names it rests on, in one sentence."""
    example_ids: tuple[str, ...]
    """Examples to look at, the one to mend first."""
    neighbours: tuple[TrainingNeighbour, ...]
    """The nearest trained questions, its own left out, nearest first."""
    also: tuple[Cause, ...]
    """Further causes that apply."""
    n_phrasings: int
    """Trained questions with this answer, its own among them."""
