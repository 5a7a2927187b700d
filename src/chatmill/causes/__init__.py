"""Causes: why a question did not follow the training, and what such questions have in common."""

from chatmill.causes.contrasts import Contrast, contrasts
from chatmill.causes.diagnosis import Diagnosis, diagnose
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
from chatmill.causes.patterns import Pattern, Patterns, find_patterns

__all__ = [
    "CAUSES",
    "Cause",
    "CauseFound",
    "CauseHints",
    "CauseVectors",
    "Contrast",
    "Diagnosis",
    "Pattern",
    "Patterns",
    "TrainedTurn",
    "TrainingNeighbour",
    "contrasts",
    "diagnose",
    "find_causes",
    "find_patterns",
    "nearest_rows",
    "without_names",
]
