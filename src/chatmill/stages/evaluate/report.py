"""The report: one self-contained page and one picture of every question and its answer."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chatmill import __version__
from chatmill.charts import (
    PAGE_COLORS,
    ChartLook,
    hangul_font,
    png_bytes,
    score_plot,
    svg_text,
    vega_script,
    vega_spec,
)
from chatmill.metrics.groups import GROUPS, group_of
from chatmill.metrics.intervals import MeanEstimate
from chatmill.records import Evaluation, Score
from chatmill.settings import EvaluateSettings
from chatmill.stages.evaluate.pictures import (
    PAGE_FONT,
    chart_levels,
    chart_words,
    distribution_plot,
    plotted_questions,
    score_marks,
)
from chatmill.stages.evaluate.summary import (
    SummaryLine,
    interval_method,
    phrasing_lines,
    summarize,
)
from chatmill.stages.evaluate.words import (
    METHOD,
    WORDS,
    ReportLanguage,
    language_name,
    report_language,
)

PAGE_NAME = "report.html"
PICTURE_NAME = "scores.png"
VECTOR_NAME = "scores.svg"
SPREAD_NAME = "distribution"
"""Its picture's name, with `.png` and with `.svg`."""
TEMPLATES = Path(__file__).parent / "page"
_UNSAFE = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportInput:
    """Everything a report shows."""

    project_name: str
    language: str
    """`[project] language`; may be empty."""
    evaluation: Evaluation
    scores: tuple[Score, ...]
    settings: EvaluateSettings
    serving_line: str
    columns: Mapping[str, Sequence[float | None]] = field(default_factory=dict)
    """What further metrics say, one value a score."""
    remarks: tuple[str, ...] = ()
    """What people's labels came to, line by line."""
    sections: tuple["ReportSection", ...] = ()
    """Patterns and causes, where they were looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionItem:
    """One pattern or cause."""

    title: str
    text: str
    """What it rests on."""
    examples: tuple[tuple[str, int], ...] = ()
    """(example id, turn) of its questions; a click shows them in the table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSection:
    """One more part of the page, between the plot and the table."""

    title: str
    hint: str
    items: tuple[SectionItem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Card:
    """One box of headline numbers, ready for the template."""

    title: str
    hint: str
    n: int
    tuned: str
    interval: str
    """The interval in words, or why there is none."""
    low_percent: float | None
    """Ends of the interval on the scale from 0 to 1, in percent."""
    high_percent: float | None
    tuned_percent: float
    base: str
    base_percent: float | None
    floor: str
    floor_percent: float | None
    serving: str
    nearest: str
    nearest_verdict: str
    """Whether tuning beat the plain baseline, in a sentence; empty where it does not apply."""
    counts: tuple[tuple[str, str, int], ...]
    """(class, words, questions) a verdict."""


def write_report(folder: Path, given: ReportInput) -> None:
    """Write report.html and its charts, as PNG and SVG, into a folder.

    Args:
        folder: Exists already.
        given: What to show.

    Raises:
        OSError: A file cannot be written.
    """
    language = report_language(given.language, _own_languages(given.scores))
    marks = score_marks(plotted_questions(given.scores), language)
    evaluation = given.evaluation
    levels = chart_levels(evaluation)
    words = chart_words(language)
    look = ChartLook(
        font=hangul_font() or "sans-serif",
        title=_headline(given.scores, language),
        subtitle=f"{given.project_name} · {evaluation.dataset} · {evaluation.model}",
        padding=24,
    )
    picture = score_plot(marks, levels, words, look)
    (folder / PICTURE_NAME).write_bytes(png_bytes(picture))
    (folder / VECTOR_NAME).write_text(svg_text(picture), encoding="utf-8")
    spread = distribution_plot(
        given.scores, language, ChartLook(font=hangul_font() or "sans-serif", padding=24)
    )
    (folder / f"{SPREAD_NAME}.png").write_bytes(png_bytes(spread))
    (folder / f"{SPREAD_NAME}.svg").write_text(svg_text(spread), encoding="utf-8")
    write_page(folder, given)


def write_page(folder: Path, given: ReportInput) -> None:
    """Write report.html alone; it appears whole.

    Args:
        folder: Exists already.
        given: What to show.

    Raises:
        OSError: The file cannot be written.
    """
    language = report_language(given.language, _own_languages(given.scores))
    marks = score_marks(plotted_questions(given.scores), language)
    look = ChartLook(colors=PAGE_COLORS, font=PAGE_FONT)
    plot = score_plot(marks, chart_levels(given.evaluation), chart_words(language), look)
    plots = {
        "plot": vega_spec(plot),
        "spread": vega_spec(distribution_plot(given.scores, language, look)),
    }
    partial = folder / f".{PAGE_NAME}"
    partial.write_text(_render(given, language, plots), encoding="utf-8")
    partial.replace(folder / PAGE_NAME)


def missing_font_notice(setting: str, scores: Sequence[Score]) -> str:
    """Say that scores.png cannot show Korean on this machine; empty where it can or need not.

    Args:
        setting: `[project] language`, may be empty.
        scores: Of the run.
    """
    language = report_language(setting, [each.language for each in scores])
    if language != "ko" or hangul_font() is not None:
        return ""
    return (
        f"{PICTURE_NAME}: no font with Hangul on this machine, so Korean shows as boxes; "
        "install one (Debian: fonts-noto-cjk) and delete the report's folder to draw it again"
    )


def _own_languages(scores: Sequence[Score]) -> list[str]:
    """Language of each question as it stands in the dataset."""
    return [each.language for each in scores if each.prompt == "example"]


def json_in_page(value: Any) -> str:  # noqa: ANN401 - anything json can write
    """Encode a value so that no text in it can end the script element it stands in."""
    encoded = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return "".join(_UNSAFE.get(sign, sign) for sign in encoded)


def _render(given: ReportInput, language: ReportLanguage, plots: dict[str, Any]) -> str:
    import jinja2
    from markupsafe import Markup

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    words = WORDS[language]
    lines = summarize(given.scores, interval_method(given.settings))
    data = {"rows": _page_rows(given, language), "words": words, **plots}
    return environment.get_template("report.html.j2").render(
        words=words,
        language=language,
        project_name=given.project_name,
        headline=_headline(given.scores, language),
        cards=[_card(line, given, language) for line in lines],
        method=_method(given, language),
        settings=_settings_rows(given),
        sections=given.sections,
        phrasings=phrasing_lines(given.scores, interval_method(given.settings)),
        languages=_choices([e.language for e in given.scores], language),
        groups=[(group, words[group]) for group in GROUPS],
        verdicts=[(v, words[v]) for v in ("not followed", "partly", "followed")],
        evaluation=given.evaluation,
        # Markup: our own files, and JSON in which every sign that could end a script is escaped.
        style=Markup((TEMPLATES / "report.css").read_text(encoding="utf-8")),  # noqa: S704
        script=Markup((TEMPLATES / "report.js").read_text(encoding="utf-8")),  # noqa: S704
        vega=Markup(vega_script()),  # noqa: S704
        data=Markup(json_in_page(data)),  # noqa: S704
    )


def _headline(scores: Sequence[Score], language: ReportLanguage) -> str:
    own = [each for each in scores if each.prompt == "example"]
    trained = [each for each in own if each.split == "train"] or own
    n_lost = sum(each.verdict == "not followed" for each in trained)
    key = "headline_some" if n_lost else "headline_all"
    return WORDS[language][key].format(n=len(trained), failed=n_lost)


def _page_rows(given: ReportInput, language: ReportLanguage) -> list[dict[str, Any]]:
    """One object a question for the page's script: the scores, and the answer when served."""
    scores = given.scores
    served = {_place(each): each for each in scores if each.prompt == "serving"}
    rows = []
    own = [(at, each) for at, each in enumerate(scores) if each.prompt == "example"]
    for key, (at, each) in enumerate(own):
        row: dict[str, Any] = {
            "key": key,
            "example": each.example_id,
            "turn": each.turn,
            "language": each.language,
            "language_name": language_name(each.language, language),
            "group": group_of(each.split),
            "system": each.system,
            "question": each.question,
            "reference": each.reference,
            "answer": each.answer,
            "cosine": round(each.cosine, 4),
            "base": None if each.base_cosine is None else each.base_answer,
            "base_cosine": _rounded(each.base_cosine),
            "nearest": _rounded(each.nearest_cosine),
            "facts": _rounded(each.facts),
            "polarity": each.polarity,
            "rouge": round(each.rouge_l, 4),
            "cut": each.is_cut,
            "verdict": each.verdict,
            "more": {name: _rounded(values[at]) for name, values in given.columns.items()},
        }
        if (again := served.get(_place(each))) is not None:
            row |= {"served": again.answer, "served_cosine": round(again.cosine, 4)}
        rows.append(row)
    return rows


def _place(score: Score) -> tuple[str, int, str, str]:
    return score.example_id, score.turn, score.split, score.question


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _card(line: SummaryLine, given: ReportInput, language: ReportLanguage) -> _Card:
    words = WORDS[language]
    counts = (
        ("followed", words["followed"], line.n_followed),
        ("partly", words["partly"], line.n_partly),
        ("not-followed", words["not followed"], line.n_not_followed),
    )
    return _Card(
        title=f"{language_name(line.language, language)} · {words[line.group]}",
        hint=words[f"{line.group}_hint"],
        n=line.n,
        tuned=f"{line.tuned.mean:.2f}",
        interval=_interval_text(line.tuned, given.settings.confidence, language),
        low_percent=_percent(line.tuned.low),
        high_percent=_percent(line.tuned.high),
        tuned_percent=_percent(line.tuned.mean) or 0.0,
        base=_mean_text(line.base),
        base_percent=_percent(line.base.mean) if line.base else None,
        floor=_mean_text(line.shuffled),
        floor_percent=_percent(line.shuffled.mean) if line.shuffled else None,
        serving=_mean_text(line.serving),
        nearest=_mean_text(line.nearest),
        nearest_verdict=_nearest_verdict(line, language),
        counts=counts,
    )


def _nearest_verdict(line: SummaryLine, language: ReportLanguage) -> str:
    gain = line.over_nearest
    if gain is None or gain.low is None or gain.high is None:
        return ""
    key = "ties_nearest"
    if gain.low > 0:
        key = "beats_nearest"
    elif gain.high < 0:
        key = "loses_to_nearest"
    return WORDS[language][key]


def _interval_text(estimate: MeanEstimate, confidence: float, language: ReportLanguage) -> str:
    words = WORDS[language]
    if estimate.low is None or estimate.high is None:
        return words["too_few"]
    name = words["interval"].format(percent=f"{confidence:.0%}")
    return f"{name} {estimate.low:.2f}–{estimate.high:.2f}"


def _mean_text(estimate: MeanEstimate | None) -> str:
    return "" if estimate is None else f"{estimate.mean:.2f}"


def _percent(value: float | None) -> float | None:
    """Place on the scale from 0 to 1, in percent; what lies outside stands at its end."""
    return None if value is None else round(100 * min(1.0, max(0.0, value)), 2)


def _choices(tags: Sequence[str], language: ReportLanguage) -> list[tuple[str, str]]:
    return [(tag, language_name(tag, language)) for tag in sorted(set(tags))]


def _method(given: ReportInput, language: ReportLanguage) -> list[str]:
    settings = given.settings
    sentences = [
        sentence.format(
            seed=settings.seed,
            min_conversations=settings.min_conversations,
        )
        for sentence in METHOD[language]
    ]
    return [*given.remarks, *sentences]


def _settings_rows(given: ReportInput) -> list[tuple[str, str]]:
    evaluation = given.evaluation
    return [
        ("evaluation", evaluation.id),
        ("dataset", evaluation.dataset),
        ("model", evaluation.model),
        ("base model", evaluation.base_model),
        ("job", evaluation.job_id or "–"),
        ("embedder", evaluation.embedder),
        ("serving line", given.serving_line),
        ("followed from", f"{evaluation.followed_from:.4f}"),
        ("partly from", f"{evaluation.partly_from:.4f}"),
        ("shuffled floor", f"{evaluation.shuffled_floor:.4f}"),
        ("max_answer_tokens", str(given.settings.max_answer_tokens)),
        ("chatmill", __version__),
    ]
