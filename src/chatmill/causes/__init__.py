"""Causes: why a question did not follow the training, and what such questions have in common."""

from chatmill.causes.evidence import (
    CAUSES,
    Cause,
    CauseFound,
    CauseHints,
    CauseVectors,
    TrainedTurn,
    TrainingNeighbour,
)
from chatmill.causes.finding import find_causes, without_names
from chatmill.causes.nearest import nearest_rows

__all__ = [
    "CAUSES",
    "Cause",
    "CauseFound",
    "CauseHints",
    "CauseVectors",
    "TrainedTurn",
    "TrainingNeighbour",
    "find_causes",
    "nearest_rows",
    "without_names",
]
