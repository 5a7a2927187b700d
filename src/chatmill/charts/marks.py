"""What a plot shows, says and looks like."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from chatmill.records import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreMark:
    """One question of the plot."""

    key: int
    """What a click hands back."""
    panel: str
    """Panel it stands in, its group: trained, held-out or unseen, in the reader's language."""
    row: str
    """Row of panels it stands in: the language's name."""
    question: str
    cosine: float
    """Tuned answer against reference."""
    base_cosine: float | None
    verdict: Verdict
    n: int = 1
    """Questions it stands for, where there are too many to draw one each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartWords:
    """What the plot says, in the reader's language."""

    verdicts: Mapping[Verdict, str]
    base: str
    """Name of the base model's marks."""
    cosine: str
    """Title of the vertical axis."""
    floor: str
    """Name of the dotted line."""
    followed_line: str
    partly_line: str
    stands_for: str
    """Tooltip heading of `ScoreMark.n`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartLevels:
    """Horizontal lines, in cosine."""

    followed_from: float
    partly_from: float
    shuffled_floor: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartColors:
    """CSS colours; a page hands in variables so that dark mode and print follow by themselves."""

    followed: str = "#0f766e"
    partly: str = "#d97706"
    not_followed: str = "#e11d48"
    base: str = "#8a94a6"
    text: str = "#1f2937"
    muted: str = "#6b7280"
    grid: str = "#e5e7eb"
    background: str = "#ffffff"


PAGE_COLORS = ChartColors(
    followed="var(--followed)",
    partly="var(--partly)",
    not_followed="var(--not-followed)",
    base="var(--base)",
    text="var(--text)",
    muted="var(--muted)",
    grid="var(--grid)",
    background="transparent",
)
"""Resolved by the page's own style sheet; the chart must be drawn as SVG."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartLook:
    """How a plot looks and what stands above it."""

    colors: ChartColors = ChartColors()
    font: str = "sans-serif"
    """Family of all text."""
    title: str = ""
    """Above the whole plot; a page that has its own heading leaves it out."""
    subtitle: str = ""
    """Second line, smaller."""
    padding: int = 4
    """Room on all sides, in pixels."""
    width: int = 1000
    """Of all panels of a row together, in pixels; narrow panels keep their least width."""


def thin_marks(marks: Sequence[ScoreMark], limit: int) -> list[ScoreMark]:
    """Sort the marks of each panel by cosine, and merge neighbours where there are too many.

    A merged mark stands at the mean of its questions and answers to a click with the lowest of
    them; those that did not follow are merged only with each other, so none is averaged away.

    Args:
        marks: In any order.
        limit: Most marks to return, roughly; each panel keeps at least one of each kind.
    """
    size = max(1, math.ceil(len(marks) / limit))
    thinned: list[ScoreMark] = []
    for place in dict.fromkeys((each.row, each.panel) for each in marks):
        inside = sorted(
            (each for each in marks if (each.row, each.panel) == place),
            key=lambda each: (each.cosine, each.key),
        )
        lost = [each for each in inside if each.verdict == "not followed"]
        others = [each for each in inside if each.verdict != "not followed"]
        for kind in (lost, others):
            thinned.extend(
                _merged(kind[start : start + size]) for start in range(0, len(kind), size)
            )
    return thinned


def _merged(marks: Sequence[ScoreMark]) -> ScoreMark:
    first = marks[0]
    if len(marks) == 1:
        return first
    bases = [each.base_cosine for each in marks if each.base_cosine is not None]
    n_partly = sum(each.verdict == "partly" for each in marks)
    verdict = first.verdict
    if verdict != "not followed":
        verdict = "partly" if 2 * n_partly > len(marks) else "followed"
    return replace(
        first,
        cosine=sum(each.cosine for each in marks) / len(marks),
        base_cosine=sum(bases) / len(bases) if bases else None,
        verdict=verdict,
        n=sum(each.n for each in marks),
    )
