"""`chatmill evaluate`: ask the tuned model every question and print what it followed."""

from collections.abc import Sequence
from dataclasses import asdict

import click

from chatmill.cli.output import emit_json, json_option, open_project, progress, say, table
from chatmill.stages.evaluate import (
    SummaryLine,
    evaluate,
    evaluation_summary,
    interval_method,
    read_evaluation_scores,
    require_cosine,
    summarize,
)


@click.command("evaluate")
@click.argument("dataset", required=False)
@click.option("--model", metavar="M", help="Ask this model in place of the newest tuned one.")
@click.option(
    "--fail-under",
    type=click.FloatRange(-1, 1),
    metavar="X",
    help="Exit 1 where the mean cosine of trained questions is below X.",
)
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    dataset: str | None,
    model: str | None,
    fail_under: float | None,
    as_json: bool,  # noqa: FBT001 - click hands flags over by name
) -> None:
    """Ask the tuned model every question of DATASET (the newest) and score its answers."""
    project = open_project(ctx)
    with progress() as report:
        evaluation = evaluate(project, dataset, model=model, progress=report)
    scores = read_evaluation_scores(project, evaluation)
    lines = summarize(scores, interval_method(project.settings.evaluate))
    report_path = f"{evaluation.folder}/report.html"
    if as_json:
        emit_json(
            {
                **asdict(evaluation),
                **asdict(evaluation_summary(scores)),
                "lines": [asdict(line) for line in lines],
                "report": report_path,
            }
        )
    else:
        print_lines(lines)
        say(f"Report: {report_path}")
    if fail_under is not None:
        require_cosine(scores, fail_under, report_path)


def print_lines(lines: Sequence[SummaryLine]) -> None:
    """Print one row a language and group; `run` and `demo` end with it too."""
    table(
        (
            "language",
            "questions",
            "n",
            "base",
            "tuned (interval)",
            "serving line",
            "shuffled",
            "nearest",
            "followed",
            "partly",
            "not followed",
        ),
        [_cells(line) for line in lines],
    )


def _cells(line: SummaryLine) -> tuple[str, ...]:
    tuned = f"{line.tuned.mean:.3f}"
    if line.tuned.low is None or line.tuned.high is None:
        tuned += " (too few)"
    else:
        tuned += f" ({line.tuned.low:.3f}–{line.tuned.high:.3f})"
    drop = line.serving_drop
    served = (
        "" if line.serving is None or drop is None else f"{line.serving.mean:.3f} ({-drop:+.3f})"
    )
    return (
        line.language or "?",
        line.group,
        str(line.n),
        "" if line.base is None else f"{line.base.mean:.3f}",
        tuned,
        served,
        "" if line.shuffled is None else f"{line.shuffled.mean:.3f}",
        "" if line.nearest is None else f"{line.nearest.mean:.3f}",
        str(line.n_followed),
        str(line.n_partly),
        str(line.n_not_followed),
    )
