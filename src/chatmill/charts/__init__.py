"""The only chart code: the per-question score plot, as Vega-Lite for pages and as PNG."""

from chatmill.charts.drawing import hangul_font, png_bytes, vega_script, vega_spec
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
    "ScoreMark",
    "hangul_font",
    "png_bytes",
    "score_plot",
    "thin_marks",
    "vega_script",
    "vega_spec",
]
