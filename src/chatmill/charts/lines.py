"""Lines over steps or rounds: the loss of a training, the scores of the loop's rounds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chatmill.charts.marks import ChartColors, ChartLook

if TYPE_CHECKING:
    import altair as alt

MAX_POINTS = 800
"""Most points of one line; beyond it, neighbours are drawn as their mean."""
MAX_DOTTED = 60
"""Up to so many points each has a dot, which a click can choose."""
LINE_HEIGHT = 240


@dataclass(frozen=True, slots=True, kw_only=True)
class LinePoint:
    """One point of a line."""

    x: float
    y: float
    key: int = -1
    """What a click hands back; -1 where there is nothing to show."""
    label: str = ""
    """Under the axis, where points are named; the number otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line and its name."""

    name: str
    color: str
    points: tuple[LinePoint, ...]
    is_dashed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LineAxes:
    """What the axes say."""

    x: str
    y: str
    x_domain: tuple[float, float] | None = None
    """From the points where None."""
    y_domain: tuple[float, float] | None = None
    is_named: bool = False
    """Whether points stand at names, one beside the other, not at numbers."""


def line_plot(lines: Sequence[Line], axes: LineAxes, look: ChartLook) -> "alt.LayerChart":
    """Draw lines in their colours, with a legend above and a tooltip at every dot.

    Args:
        lines: Those without points are left out.
        axes: Titles and extents.
        look: Colours, font and width.
    """
    import altair as alt

    drawn = [line for line in lines if line.points]
    rows = [_row(line.name, point, axes) for line in drawn for point in thin_points(line.points)]
    names = [line.name for line in drawn]
    color = alt.Color(
        "line:N",
        scale=alt.Scale(domain=names, range=[line.color for line in drawn]),
        title=None,
    )
    dash = alt.StrokeDash(
        "line:N",
        scale=alt.Scale(
            domain=names, range=[[5, 4] if line.is_dashed else [1, 0] for line in drawn]
        ),
        title=None,
    )
    encoding = {"x": _x(axes), "y": _y(axes), "color": color}
    base = alt.Chart(alt.InlineData(values=rows))
    layers: list[Any] = [base.mark_line(strokeWidth=2).encode(**encoding, strokeDash=dash)]
    n_most = max((len(line.points) for line in drawn), default=0)
    points = base.mark_point(size=48, filled=True, opacity=1.0 if n_most <= MAX_DOTTED else 0.0)
    layers.append(
        points.encode(
            **encoding,
            tooltip=[
                alt.Tooltip("heading:N", title="title"),
                alt.Tooltip("about:N", title=" "),
            ],
            description=alt.Description("about:N"),
        )
    )
    chart = alt.layer(*layers).properties(width=look.width, height=LINE_HEIGHT)
    styled: alt.LayerChart = _styled(chart, look)
    return styled


def thin_points(points: Sequence[LinePoint], limit: int = MAX_POINTS) -> list[LinePoint]:
    """Draw neighbours as their mean where there are too many; the last point stays as it is.

    Args:
        points: In order of `x`.
        limit: Most points to return, the last one beside them.
    """
    if len(points) <= limit:
        return list(points)
    size = -(-len(points) // limit)
    thinned = []
    for start in range(0, len(points) - 1, size):
        inside = points[start : min(start + size, len(points) - 1)]
        thinned.append(
            LinePoint(
                x=sum(each.x for each in inside) / len(inside),
                y=sum(each.y for each in inside) / len(inside),
                key=inside[0].key,
                label=inside[0].label,
            )
        )
    return [*thinned, points[-1]]


def _row(name: str, point: LinePoint, axes: LineAxes) -> dict[str, Any]:
    return {
        "line": name,
        "x": point.label if axes.is_named else point.x,
        "y": round(point.y, 5),
        "key": point.key,
        "heading": f"{axes.x} {point.label or f'{point.x:g}'}",
        "about": f"{name} · {point.y:.3f}",
    }


def _x(axes: LineAxes) -> Any:  # noqa: ANN401 - a generated class
    import altair as alt

    if axes.is_named:
        return alt.X("x:O", title=axes.x, sort=None, axis=alt.Axis(labelAngle=0, labelOverlap=True))
    domain = alt.Undefined if axes.x_domain is None else list(axes.x_domain)
    return alt.X(
        "x:Q",
        title=axes.x,
        scale=alt.Scale(domain=domain, nice=False),
        axis=alt.Axis(tickMinStep=1, format="d"),
    )


def _y(axes: LineAxes) -> Any:  # noqa: ANN401 - a generated class
    import altair as alt

    domain = alt.Undefined if axes.y_domain is None else list(axes.y_domain)
    return alt.Y("y:Q", title=axes.y, scale=alt.Scale(domain=domain, zero=True))


def _styled(chart: Any, look: ChartLook) -> Any:  # noqa: ANN401 - generated class
    colors: ChartColors = look.colors
    text = {"labelColor": colors.muted, "titleColor": colors.muted}
    return (
        chart.configure(background=colors.background, font=look.font, padding=look.padding)
        .configure_view(stroke=None)
        .configure_axis(
            gridColor=colors.grid,
            domainColor=colors.grid,
            tickColor=colors.grid,
            labelFontSize=11,
            titleFontSize=12,
            titleFontWeight="normal",
            **text,
        )
        .configure_axisX(grid=False)
        .configure_legend(orient="top", direction="horizontal", labelFontSize=12, **text)
    )
