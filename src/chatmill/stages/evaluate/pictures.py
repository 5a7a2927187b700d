"""What the score plot shows, for the report and for the page of evaluations."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chatmill.charts import (
    PAGE_COLORS,
    ChartColors,
    ChartLevels,
    ChartLook,
    ChartWords,
    Line,
    LineAxes,
    LinePoint,
    ScoreMark,
    line_plot,
    score_plot,
    vega_spec,
)
from chatmill.frames.score_pages import ScoreTable
from chatmill.metrics.groups import GROUPS, group_of
from chatmill.records import Evaluation, Score, Split, Verdict
from chatmill.stages.evaluate.rounds import Round
from chatmill.stages.evaluate.words import WORDS, ReportLanguage, language_name

if TYPE_CHECKING:
    import altair as alt

PAGE_FONT = (
    "system-ui, 'Apple SD Gothic Neo', 'Malgun Gothic', 'Noto Sans KR', 'Noto Sans CJK KR', "
    "sans-serif"
)
TOOLTIP_CHARACTERS = 300
"""Of a question, in a chart on a page; the page shows it whole."""

N_BINS = 20
"""Of a distribution, each 0.05 wide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlottedQuestion:
    """What a plot needs of one question."""

    question: str
    language: str
    split: Split
    cosine: float
    base_cosine: float | None
    verdict: Verdict


_FIELDS = tuple(PlottedQuestion.__dataclass_fields__)


def question_plot(
    evaluation: Evaluation, scores: ScoreTable, language: ReportLanguage, *, width: int
) -> dict[str, Any]:
    """Return the plot of an evaluation as a Vega-Lite object for a page.

    Args:
        evaluation: The run.
        scores: Its scores.
        language: Of the reader.
        width: Of the page's column, in pixels.
    """
    rows: Sequence[Mapping[str, Any]] = scores.columns(_FIELDS)
    asked = [
        PlottedQuestion(**{**row, "question": row["question"][:TOOLTIP_CHARACTERS]}) for row in rows
    ]
    look = ChartLook(colors=PAGE_COLORS, font=PAGE_FONT, width=width)
    chart = score_plot(
        score_marks(asked, language), chart_levels(evaluation), chart_words(language), look
    )
    return vega_spec(chart)


def rounds_plot(rounds: Sequence[Round], language: ReportLanguage, *, width: int) -> dict[str, Any]:
    """Return how the rounds of the loop went, as a Vega-Lite object for a page.

    Args:
        rounds: Oldest first.
        language: Of the reader.
        width: Of the page's column, in pixels.
    """
    words = WORDS[language]
    seen: Counter[str] = Counter()
    names = []
    for each in rounds:  # a version may have been asked about more than once
        seen[each.evaluation.dataset] += 1
        again = seen[each.evaluation.dataset]
        names.append(each.evaluation.dataset + (f" ({again})" if again > 1 else ""))

    def points(values: Sequence[float | None]) -> tuple[LinePoint, ...]:
        return tuple(
            LinePoint(x=at, y=value, key=at, label=names[at])
            for at, value in enumerate(values)
            if value is not None
        )

    colors = PAGE_COLORS
    lines = [
        Line(
            name=words["trained"],
            color=colors.followed,
            points=points([each.trained for each in rounds]),
        ),
        Line(
            name=words["held-out"],
            color=colors.partly,
            points=points([each.held_out for each in rounds]),
        ),
        Line(
            name=words["unseen"],
            color=colors.not_followed,
            points=points([each.unseen for each in rounds]),
        ),
        Line(
            name=words["base"],
            color=colors.base,
            points=points([each.trained_base for each in rounds]),
            is_dashed=True,
        ),
    ]
    axes = LineAxes(x="", y=words["cosine"], y_domain=(0.0, 1.0), is_named=True)
    look = ChartLook(colors=colors, font=PAGE_FONT, width=width)
    return vega_spec(line_plot(lines, axes, look))


def distribution_lines(
    scores: Sequence[Score], language: ReportLanguage, colors: ChartColors
) -> list[Line]:
    """Return how scores spread: trained, held-out and unseen questions, base model and floor.

    Args:
        scores: Of one run.
        language: Of the reader.
        colors: Of the lines.
    """
    words = WORDS[language]
    own = [each for each in scores if each.prompt == "example"]
    looks = {"trained": colors.followed, "held-out": colors.partly, "unseen": colors.not_followed}
    spread = [
        Line(
            name=words[group],
            color=looks[group],
            points=_shares([e.cosine for e in own if group_of(e.split) == group]),
        )
        for group in GROUPS
    ]
    base = [each.base_cosine for each in own if each.base_cosine is not None]
    chance = [each.shuffled_cosine for each in own if each.shuffled_cosine is not None]
    return [
        *spread,
        Line(name=words["base"], color=colors.base, points=_shares(base), is_dashed=True),
        Line(name=words["floor"], color=colors.muted, points=_shares(chance), is_dashed=True),
    ]


def distribution_plot(
    scores: Sequence[Score], language: ReportLanguage, look: ChartLook
) -> "alt.LayerChart":
    """Draw how scores spread, so that learnt and carried over are seen beside each other."""
    words = WORDS[language]
    axes = LineAxes(x=words["cosine"], y=words["share"], is_named=True)
    return line_plot(distribution_lines(scores, language, look.colors), axes, look)


def _shares(values: Sequence[float]) -> tuple[LinePoint, ...]:
    """Share of values in each bin from 0 to 1; what lies below 0 is in the first."""
    if not values:
        return ()
    places = Counter(min(N_BINS - 1, max(0, int(value * N_BINS))) for value in values)
    return tuple(
        LinePoint(x=at, y=places[at] / len(values), label=f"{at / N_BINS:.2f}")
        for at in range(N_BINS)
    )


def plotted_questions(scores: Sequence[Score]) -> list[PlottedQuestion]:
    """Take what a plot needs from the scores asked with the example's own line, in their order."""
    return [
        PlottedQuestion(**{name: getattr(each, name) for name in _FIELDS})
        for each in scores
        if each.prompt == "example"
    ]


def score_marks(asked: Sequence[PlottedQuestion], language: ReportLanguage) -> list[ScoreMark]:
    """Make one mark a question, in the order of languages and groups; its key is its place."""
    counts = Counter(each.language for each in asked)
    words = WORDS[language]
    return [
        ScoreMark(
            key=key,
            panel=words[group],
            row=language_name(tag, language),
            question=each.question,
            cosine=each.cosine,
            base_cosine=each.base_cosine,
            verdict=each.verdict,
        )
        for tag in sorted(counts, key=lambda tag: (-counts[tag], tag))
        for group in GROUPS
        for key, each in enumerate(asked)
        if each.language == tag and group_of(each.split) == group
    ]


def chart_levels(evaluation: Evaluation) -> ChartLevels:
    """Return the horizontal lines of a run."""
    return ChartLevels(
        followed_from=evaluation.followed_from,
        partly_from=evaluation.partly_from,
        shuffled_floor=evaluation.shuffled_floor,
    )


def chart_words(language: ReportLanguage) -> ChartWords:
    """Return what the plot says."""
    words = WORDS[language]
    return ChartWords(
        verdicts={
            "followed": words["followed"],
            "partly": words["partly"],
            "not followed": words["not followed"],
        },
        base=words["base"],
        cosine=words["cosine"],
        floor=words["floor"],
        followed_line=words["followed_line"],
        partly_line=words["partly_line"],
        stands_for=words["stands_for"],
    )
