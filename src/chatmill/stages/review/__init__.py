"""Review: a person keeps, edits or rejects each example; all is logged, undo has no limit."""

from chatmill.stages.review.agreement import Agreement, agreement, cohens_kappa
from chatmill.stages.review.deciding import ReviewAction, decide, keep_clean, redo, undo
from chatmill.stages.review.exchange import ApplySummary, apply_pairs, export_bytes, export_pairs
from chatmill.stages.review.handing import hand_out, lease_seconds, let_go, still_looking
from chatmill.stages.review.history import ExampleHistory, example_history
from chatmill.stages.review.preview import Change, Preview, preview_edit
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
from chatmill.stages.review.remarks import ask, asked_of, comment, people_to_ask
from chatmill.stages.review.reshaping import merge_with_next, split_example
from chatmill.stages.review.veil import ShownText, Veil, Veils
from chatmill.text.pairs_file import TurnText

__all__ = [
    "Agreement",
    "ApplySummary",
    "Change",
    "ConversationReader",
    "ExampleHistory",
    "Look",
    "Preview",
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
    "ask",
    "asked_of",
    "cohens_kappa",
    "comment",
    "decide",
    "example_history",
    "export_bytes",
    "export_pairs",
    "hand_out",
    "keep_clean",
    "lease_seconds",
    "let_go",
    "merge_with_next",
    "next_example_for_review",
    "next_example_ids",
    "people_to_ask",
    "preview_edit",
    "previous_example_id",
    "redo",
    "review_item",
    "split_example",
    "still_looking",
    "undo",
]
