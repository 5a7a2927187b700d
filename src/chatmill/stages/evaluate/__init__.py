"""Evaluate: ask the tuned model and the base model every question, and score the answers."""

from chatmill.stages.evaluate.neighbours import Neighbour, NeighbourFinder
from chatmill.stages.evaluate.pictures import question_plot, rounds_plot
from chatmill.stages.evaluate.report import missing_font_notice
from chatmill.stages.evaluate.rounds import EvaluationReader, Round
from chatmill.stages.evaluate.run import evaluate, read_evaluation_scores
from chatmill.stages.evaluate.summary import (
    EvaluationSummary,
    SummaryLine,
    evaluation_summary,
    interval_method,
    require_cosine,
    summarize,
)

__all__ = [
    "EvaluationReader",
    "EvaluationSummary",
    "Neighbour",
    "NeighbourFinder",
    "Round",
    "SummaryLine",
    "evaluate",
    "evaluation_summary",
    "interval_method",
    "missing_font_notice",
    "question_plot",
    "read_evaluation_scores",
    "require_cosine",
    "rounds_plot",
    "summarize",
]
