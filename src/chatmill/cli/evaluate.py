"""`chatmill evaluate`: ask the tuned model every question and print what it followed."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from chatmill.cli.output import emit_json, json_option, open_project, progress, say, table
from chatmill.cli.spending import batch_option, no_cache_option, spending_of, yes_option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatmill.metrics.intervals import MeanEstimate
    from chatmill.stages.evaluate import SummaryLine


@click.command("evaluate")
@click.argument("dataset", required=False)
@click.option("--model", metavar="M", help="Ask this model in place of the newest tuned one.")
@click.option(
    "--fail-under",
    type=click.FloatRange(-1, 1),
    metavar="X",
    help="Exit 1 where the mean cosine of trained questions is below X.",
)
@batch_option
@no_cache_option
@yes_option
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    dataset: str | None,
    model: str | None,
    fail_under: float | None,
    batch: bool,
    no_cache: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Ask the tuned model every question of DATASET (the newest) and score its answers."""
    from chatmill.stages import evaluate as stage

    project = open_project(ctx)
    with progress() as report:
        spending = spending_of(project, no_cache=no_cache, yes=yes, batch=batch)
        evaluation = stage.evaluate(
            project, dataset, model=model, progress=report, spending=spending
        )
    scores = stage.read_evaluation_scores(project, evaluation)
    lines = stage.summarize(scores, stage.interval_method(project.settings.evaluate))
    report_path = f"{evaluation.folder}/report.html"
    if as_json:
        emit_json(
            {
                **asdict(evaluation),
                **asdict(stage.evaluation_summary(scores)),
                "lines": [asdict(line) for line in lines],
                "report": report_path,
            }
        )
    else:
        print_lines(lines)
        say(f"Report: {report_path}")
    if notice := stage.missing_font_notice(project.settings.project.language, scores):
        say(notice)
    if fail_under is not None:
        stage.require_cosine(scores, fail_under, report_path)


def print_lines(lines: Sequence[SummaryLine]) -> None:
    """Print one row a language and group; `run` and `demo` end with it too.

    Narrow enough for 80 columns; docs/evaluate.md says what each column is.
    """
    table(
        (
            "questions",
            "base",
            "tuned",
            "interval",
            "served",
            "floor",
            "near",
            "followed/\npartly/not",
        ),
        [_cells(line) for line in lines],
    )


def _cells(line: SummaryLine) -> tuple[str, ...]:
    return (
        f"{line.language or '?'} {line.group}",
        _mean(line.base),
        _mean(line.tuned),
        _interval(line.tuned),
        _mean(line.serving),
        _mean(line.shuffled),
        _mean(line.nearest),
        f"{line.n_followed}/{line.n_partly}/{line.n_not_followed}",
    )


def _mean(estimate: MeanEstimate | None) -> str:
    return "" if estimate is None else f"{estimate.mean:.2f}"


def _interval(estimate: MeanEstimate) -> str:
    if estimate.low is None or estimate.high is None:
        return "too few"
    return f"{estimate.low:.2f}–{estimate.high:.2f}"
