"""Review: a person keeps, edits or rejects each example; all is logged, undo has no limit."""

from chatmill.stages.review.agreement import Agreement, agreement, cohens_kappa
from chatmill.stages.review.deciding import ReviewAction, decide, keep_clean, redo, undo
from chatmill.stages.review.exchange import ApplySummary, apply_pairs, export_pairs
from chatmill.stages.review.handing import hand_out, lease_seconds, let_go, still_looking
from chatmill.stages.review.history import ExampleHistory, example_history
from chatmill.stages.review.queue import (
    ConversationReader,
    Look,
    ReviewItem,
    SourceMessage,
    next_example_for_review,
    next_example_ids,
    previous_example_id,
    review_item,
)
from chatmill.stages.review.recorded import RecordedSummary, apply_recorded
from chatmill.stages.review.relisting import Relisting
from chatmill.stages.review.veil import ShownText, Veil, Veils
from chatmill.text.pairs_file import TurnText

__all__ = [
    "Agreement",
    "ApplySummary",
    "ConversationReader",
    "ExampleHistory",
    "Look",
    "RecordedSummary",
    "Relisting",
    "ReviewAction",
    "ReviewItem",
    "ShownText",
    "SourceMessage",
    "TurnText",
    "Veil",
    "Veils",
    "agreement",
    "apply_pairs",
    "apply_recorded",
    "cohens_kappa",
    "decide",
    "example_history",
    "export_pairs",
    "hand_out",
    "keep_clean",
    "lease_seconds",
    "let_go",
    "next_example_for_review",
    "next_example_ids",
    "previous_example_id",
    "redo",
    "review_item",
    "still_looking",
    "undo",
]
