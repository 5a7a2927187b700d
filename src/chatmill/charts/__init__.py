"""The only chart code: the per-question score plot and lines, as Vega-Lite and as PNG."""

from chatmill.charts.drawing import hangul_font, png_bytes, svg_text, vega_script, vega_spec
from chatmill.charts.lines import Line, LineAxes, LinePoint, line_plot, thin_points
from chatmill.charts.marks import (
    PAGE_COLORS,
    ChartColors,
    ChartLevels,
    ChartLook,
    ChartWords,
    ScoreMark,
    thin_marks,
)
from chatmill.charts.score_plot import MARKS_PER_QUESTION, MAX_MARKS, score_plot

__all__ = [
    "MARKS_PER_QUESTION",
    "MAX_MARKS",
    "PAGE_COLORS",
    "ChartColors",
    "ChartLevels",
    "ChartLook",
    "ChartWords",
    "Line",
    "LineAxes",
    "LinePoint",
    "ScoreMark",
    "hangul_font",
    "line_plot",
    "png_bytes",
    "score_plot",
    "svg_text",
    "thin_marks",
    "thin_points",
    "vega_script",
    "vega_spec",
]
