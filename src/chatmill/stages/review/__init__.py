"""Review: a person keeps, edits or rejects each example; all is logged, undo has no limit."""

from chatmill.stages.review.deciding import ReviewAction, decide, keep_clean, redo, undo
from chatmill.stages.review.exchange import ApplySummary, apply_pairs, export_pairs
from chatmill.stages.review.queue import (
    ConversationReader,
    ReviewItem,
    SourceMessage,
    next_example_for_review,
    next_example_ids,
    previous_example_id,
    review_item,
)
from chatmill.stages.review.recorded import RecordedSummary, apply_recorded
from chatmill.stages.review.veil import ShownText, Veil, Veils
from chatmill.text.pairs_file import TurnText

__all__ = [
    "ApplySummary",
    "ConversationReader",
    "RecordedSummary",
    "ReviewAction",
    "ReviewItem",
    "ShownText",
    "SourceMessage",
    "TurnText",
    "Veil",
    "Veils",
    "apply_pairs",
    "apply_recorded",
    "decide",
    "export_pairs",
    "keep_clean",
    "next_example_for_review",
    "next_example_ids",
    "previous_example_id",
    "redo",
    "review_item",
    "undo",
]
