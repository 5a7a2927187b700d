"""Lines: few marks whatever the length, named, and drawn."""

import json

from chatmill.charts import (
    ChartLook,
    Line,
    LineAxes,
    LinePoint,
    line_plot,
    png_bytes,
    thin_points,
    vega_spec,
)
from chatmill.charts.lines import MAX_POINTS


def points(n: int) -> tuple[LinePoint, ...]:
    """Make a falling line."""
    return tuple(LinePoint(x=step, y=1 / (step + 1)) for step in range(n))


def test_a_long_line_is_thinned_and_ends_where_it_ends() -> None:
    """A million steps are drawn with few marks; the last value is never a mean."""
    thinned = thin_points(points(100_000))
    assert len(thinned) <= MAX_POINTS + 1
    assert thinned[-1] == points(100_000)[-1]
    assert thin_points(points(5)) == list(points(5))
    assert thin_points(()) == []


def test_lines_are_named_and_drawn() -> None:
    """Both lines stand in the legend; a line without points is left out."""
    lines = [
        Line(name="학습", color="#0f766e", points=points(20)),
        Line(name="검증", color="#d97706", points=points(4), is_dashed=True),
        Line(name="none", color="#000000", points=()),
    ]
    chart = line_plot(lines, LineAxes(x="step", y="loss"), ChartLook(width=400))
    text = json.dumps(vega_spec(chart), ensure_ascii=False)
    assert "학습" in text
    assert '"none"' not in text
    assert png_bytes(chart).startswith(b"\x89PNG")
