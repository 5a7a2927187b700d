"""Triage: learns from people's decisions what they keep, and says how sure it is."""

from chatmill.stages.review.triage.learning import (
    TrainingSummary,
    TriageFigures,
    train_triage,
)
from chatmill.stages.review.triage.offering import (
    REASONS,
    Offer,
    Refusal,
    TriageStatus,
    is_training_due,
    keep_sure,
    sample_of_kept,
    sample_of_sure,
    triage_status,
    undo_keeping,
)

__all__ = [
    "REASONS",
    "Offer",
    "Refusal",
    "TrainingSummary",
    "TriageFigures",
    "TriageStatus",
    "is_training_due",
    "keep_sure",
    "sample_of_kept",
    "sample_of_sure",
    "train_triage",
    "triage_status",
    "undo_keeping",
]
