"""Evaluate: ask the tuned model and the base model every question, and score the answers."""

from chatmill.stages.evaluate.gates import Regression, compare_runs, require_no_regression
from chatmill.stages.evaluate.neighbours import Neighbour, NeighbourFinder
from chatmill.stages.evaluate.pictures import question_plot, rounds_plot
from chatmill.stages.evaluate.report import missing_font_notice
from chatmill.stages.evaluate.rounds import EvaluationReader, Round
from chatmill.stages.evaluate.run import (
    LabelledEvaluation,
    evaluate,
    label_evaluation,
    read_earlier_scores,
    read_evaluation_scores,
)
from chatmill.stages.evaluate.summary import (
    EvaluationSummary,
    PhrasingLine,
    SummaryLine,
    evaluation_summary,
    interval_method,
    phrasing_lines,
    require_cosine,
    summarize,
)

__all__ = [
    "EvaluationReader",
    "EvaluationSummary",
    "LabelledEvaluation",
    "Neighbour",
    "NeighbourFinder",
    "PhrasingLine",
    "Regression",
    "Round",
    "SummaryLine",
    "compare_runs",
    "evaluate",
    "evaluation_summary",
    "interval_method",
    "label_evaluation",
    "missing_font_notice",
    "phrasing_lines",
    "question_plot",
    "read_earlier_scores",
    "read_evaluation_scores",
    "require_cosine",
    "require_no_regression",
    "rounds_plot",
    "summarize",
]
