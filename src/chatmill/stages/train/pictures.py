"""The loss curve of a job, for its page."""

from typing import Any, Literal

from chatmill.charts import (
    PAGE_COLORS,
    ChartLook,
    Line,
    LineAxes,
    LinePoint,
    line_plot,
    vega_spec,
)
from chatmill.stages.train.events import LossCurve

WORDS = {
    "en": {"step": "step", "loss": "loss", "train": "training", "valid": "validation"},
    "ko": {"step": "단계", "loss": "손실", "train": "학습", "valid": "검증"},
}
FONT = (
    "system-ui, 'Apple SD Gothic Neo', 'Malgun Gothic', 'Noto Sans KR', 'Noto Sans CJK KR', "
    "sans-serif"
)


def loss_plot(curve: LossCurve, language: Literal["en", "ko"], *, width: int) -> dict[str, Any]:
    """Return the curve as a Vega-Lite object for a page.

    Args:
        curve: What is known of the job.
        language: Of the reader.
        width: Of the page's column, in pixels.
    """
    words = WORDS[language]
    lines = [
        Line(
            name=words["train"],
            color=PAGE_COLORS.followed,
            points=tuple(
                LinePoint(x=each.step, y=each.train_loss)
                for each in curve.points
                if each.train_loss is not None
            ),
        ),
        Line(
            name=words["valid"],
            color=PAGE_COLORS.partly,
            points=tuple(
                LinePoint(x=each.step, y=each.valid_loss)
                for each in curve.points
                if each.valid_loss is not None
            ),
        ),
    ]
    last = max((each.step for each in curve.points), default=1)
    axes = LineAxes(
        x=words["step"], y=words["loss"], x_domain=(0.0, float(curve.total_steps or last))
    )
    look = ChartLook(colors=PAGE_COLORS, font=FONT, width=width)
    return vega_spec(line_plot(lines, axes, look))
