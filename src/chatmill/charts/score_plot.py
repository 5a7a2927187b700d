"""The score plot: every question a point, how far its answer follows above the base model's."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chatmill.charts.marks import (
    ChartColors,
    ChartLevels,
    ChartLook,
    ChartWords,
    ScoreMark,
    thin_marks,
)
from chatmill.records import Verdict

if TYPE_CHECKING:
    import altair as alt

MAX_MARKS = 5_000
"""Most marks of one chart; beyond it, neighbours in rank are drawn as one."""
MARKS_PER_QUESTION = 3
"""Tuned answer, base answer, and the line between them."""
MIN_PANEL_WIDTH = 84
PANEL_HEIGHT = 230
LABEL_HEIGHT = 0.07
"""Lines nearer than this, in cosine, would print their names over each other."""
LABEL_SHIFT = 6
"""By so many pixels the names move apart then."""

BASE = "base"
VERDICTS: tuple[Verdict, ...] = ("not followed", "partly", "followed")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """What all panels share."""

    levels: ChartLevels
    words: ChartWords
    colors: ChartColors
    lowest: float
    """Bottom of the vertical axis."""
    width: int
    """Of all panels of a row together, in pixels."""


def score_plot(
    marks: Sequence[ScoreMark], levels: ChartLevels, words: ChartWords, look: ChartLook
) -> "alt.VConcatChart":
    """Draw every question as a point: how far its answer follows, above the base model's.

    Panels stand in the order their first mark comes; inside a panel questions go from the least
    to the best followed. What did not follow has its own strong colour and shape.

    Args:
        marks: One a question, at least one.
        levels: Floor and thresholds of the run.
        words: What the plot says.
        look: Colours, font and title.
    """
    import altair as alt

    drawn = thin_marks(marks, MAX_MARKS // MARKS_PER_QUESTION)
    frame = _Frame(
        levels=levels,
        words=words,
        colors=look.colors,
        lowest=min(0.0, *(value for mark in drawn for value in _cosines_of(mark))),
        width=look.width,
    )
    rows = []
    for row in dict.fromkeys(each.row for each in drawn):
        in_row = [each for each in drawn if each.row == row]
        rows.append(_row_of_panels(row, in_row, frame))
    chart: alt.VConcatChart = alt.vconcat(*rows, spacing=26)
    chart = chart.resolve_scale(color="shared", shape="shared")
    if look.title:
        heading = alt.TitleParams(
            look.title,
            subtitle=look.subtitle,
            fontSize=20,
            subtitleFontSize=13,
            subtitleColor=look.colors.muted,
            subtitlePadding=6,
            offset=16,
        )
        chart = chart.properties(title=heading)
    styled: alt.VConcatChart = _styled(chart, look)
    return styled


def _row_of_panels(row: str, marks: Sequence[ScoreMark], frame: _Frame) -> Any:  # noqa: ANN401 - a generated class
    import altair as alt

    names = list(dict.fromkeys(each.panel for each in marks))
    free = max(0, frame.width - MIN_PANEL_WIDTH * len(names))
    panels = []
    for name in names:
        inside = [each for each in marks if each.panel == name]
        width = MIN_PANEL_WIDTH + round(free * len(inside) / len(marks))
        title = f"{row} · {name} ({sum(each.n for each in inside)})"
        layers = [
            *_level_layers(frame, width=width, is_named=name == names[-1]),
            *_mark_layers(inside, frame, has_axis=name == names[0]),
        ]
        panels.append(alt.layer(*layers).properties(width=width, height=PANEL_HEIGHT, title=title))
    return alt.hconcat(*panels, spacing=18)


def _level_layers(frame: _Frame, *, width: int, is_named: bool) -> list[Any]:
    """Lines at the thresholds and the floor, named at the right end of the last panel."""
    import altair as alt

    levels, words, colors = frame.levels, frame.words, frame.colors
    is_narrow = levels.followed_from - levels.partly_from < LABEL_HEIGHT
    shift = LABEL_SHIFT if is_narrow else 0
    lines = (
        (levels.followed_from, words.followed_line, [6, 4], colors.followed, -shift),
        (levels.partly_from, words.partly_line, [6, 4], colors.not_followed, shift),
        (levels.shuffled_floor, words.floor, [2, 3], colors.muted, 0),
    )
    layers: list[Any] = []
    for level, name, dash, color, shift_down in lines:
        if not math.isfinite(level):
            continue
        at = _chart_of([{"level": level, "name": f"{name} {level:.2f}"}])
        layers.append(
            at.mark_rule(color=color, strokeDash=dash, opacity=0.65).encode(y=alt.Y("level:Q"))
        )
        if is_named:
            layers.append(
                at.mark_text(
                    align="left", dx=6, dy=shift_down, fontSize=11, color=color, baseline="middle"
                ).encode(x=alt.value(width), y=alt.Y("level:Q"), text="name:N")
            )
    return layers


def _mark_layers(marks: Sequence[ScoreMark], frame: _Frame, *, has_axis: bool) -> list[Any]:
    """The line from base to tuned answer, the base answers, and the tuned answers on top."""
    import altair as alt

    words, colors = frame.words, frame.colors
    axis = alt.Axis(
        values=[-0.5, 0, 0.25, 0.5, 0.75, 1], format=".2f", tickSize=0, labelOpacity=float(has_axis)
    )
    y = alt.Y(
        "cosine:Q",
        scale=alt.Scale(domain=[frame.lowest, 1.0], nice=False),
        axis=axis,
        title=words.cosine if has_axis else None,
    )
    x = alt.X("rank:Q", axis=None, scale=alt.Scale(domain=[-0.7, len(marks) - 0.3]))
    tooltip = [
        alt.Tooltip("question:N", title="title"),  # what Vega's tooltip prints as a heading
        alt.Tooltip("about:N", title=" "),
    ]
    encoding = {
        "x": x,
        "y": y,
        "color": alt.Color("kind:N", scale=_kind_scale(words, _colors_of(colors)), title=None),
        "shape": alt.Shape(
            "kind:N",
            scale=_kind_scale(words, ["diamond", "square", "circle", "triangle-down"]),
            title=None,
        ),
        "tooltip": tooltip,
        "description": alt.Description("label:N"),
    }
    rows = [row for rank, mark in enumerate(marks) for row in _data_rows(rank, mark, words)]
    lines = [row for row in rows if "base" in row]
    layers: list[Any] = []
    if lines:
        layers.append(
            _chart_of(lines)
            .mark_rule(strokeWidth=1, opacity=0.28, color=colors.base)
            .encode(x=x, y=y, y2="base:Q")
        )
    sizes = (([words.base], 26), ([words.verdicts[v] for v in ("followed", "partly")], 42))
    for kinds, size in (*sizes, ([words.verdicts["not followed"]], 110)):
        values = [row for row in rows if row["kind"] in kinds]
        if values:
            points = _chart_of(values).mark_point(
                size=size, filled=True, opacity=0.95, cursor="pointer"
            )
            layers.append(points.encode(**encoding))
    return layers


def _chart_of(values: list[dict[str, Any]]) -> Any:  # noqa: ANN401 - an Altair chart
    import altair as alt

    return alt.Chart(alt.InlineData(values=values))


def _cosines_of(mark: ScoreMark) -> tuple[float, ...]:
    return (mark.cosine,) if mark.base_cosine is None else (mark.cosine, mark.base_cosine)


def _data_rows(rank: int, mark: ScoreMark, words: ChartWords) -> list[dict[str, Any]]:
    """One row for the tuned answer and, where the base model was asked, one for its answer."""
    tuned = _data_row(rank, mark, words, words.verdicts[mark.verdict], mark.cosine)
    if mark.base_cosine is None:
        return [tuned]
    base = _data_row(rank, mark, words, words.base, mark.base_cosine)
    return [base, {**tuned, "base": base["cosine"]}]


def _data_row(
    rank: int, mark: ScoreMark, words: ChartWords, kind: str, cosine: float
) -> dict[str, Any]:
    about = f"{kind} · {cosine:.3f}"
    if mark.n > 1:
        about = f"{about} · {words.stands_for}: {mark.n}"
    return {
        "rank": rank,
        "key": mark.key,
        "kind": kind,
        "cosine": round(cosine, 4),
        "question": mark.question,
        "about": about,
        "label": f"{kind}: {mark.question} ({cosine:.2f})",
    }


def _kind_scale(words: ChartWords, range_: Sequence[str]) -> Any:  # noqa: ANN401 - generated class
    import altair as alt

    domain = [*(words.verdicts[verdict] for verdict in VERDICTS), words.base]
    return alt.Scale(domain=domain, range=list(range_))


def _colors_of(colors: ChartColors) -> list[str]:
    return [colors.not_followed, colors.partly, colors.followed, colors.base]


def _styled(chart: Any, look: ChartLook) -> Any:  # noqa: ANN401 - generated class
    colors = look.colors
    text = {"labelColor": colors.muted, "titleColor": colors.muted}
    return (
        chart.configure(background=colors.background, font=look.font, padding=look.padding)
        .configure_view(stroke=None)
        .configure_axis(
            gridColor=colors.grid,
            domain=False,
            tickColor=colors.grid,
            labelFontSize=11,
            titleFontSize=12,
            titleFontWeight="normal",
            **text,
        )
        .configure_title(
            color=colors.text, fontSize=13, fontWeight=600, anchor="start", offset=10, frame="group"
        )
        .configure_legend(
            orient="top", direction="horizontal", symbolSize=90, labelFontSize=12, **text
        )
    )
