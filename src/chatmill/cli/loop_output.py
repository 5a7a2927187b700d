"""What `chatmill run` and `chatmill demo` print while the loop runs, and at its end."""

from collections.abc import Sequence
from pathlib import Path

import click

from chatmill.cli.output import announce, emit_json, say, table
from chatmill.cli.train import training_display
from chatmill.loop import LoopResult, run
from chatmill.project import Project
from chatmill.records import Evaluation
from chatmill.stages.evaluate import (
    SummaryLine,
    evaluation_summary,
    interval_method,
    read_evaluation_scores,
    summarize,
)

DECIMALS = 3


def run_and_show(
    project: Project,
    *,
    files: Sequence[Path] = (),
    recorded_review: Path | None = None,
    keep_clean: bool = False,
    as_json: bool = False,
) -> None:
    """Run the loop and end with its figures: lines for a person, or one JSON object."""
    try:
        with training_display() as (report, on_event):
            result = run(
                project,
                files=files,
                recorded_review=recorded_review,
                keep_clean_examples=keep_clean,
                progress=report,
                on_stage=_say_stage,
                on_event=on_event,
            )
    except KeyboardInterrupt:
        say("Stopped. The same command goes on from here.")
        raise SystemExit(1) from None
    if as_json:
        emit_json(_object(project, result))
    elif result.evaluation is None:
        say(f"{result.n_pending} of {result.n_examples} examples wait for review: chatmill review")
    else:
        _show(project, result, result.evaluation)
    if result.unread is not None:
        raise result.unread


def _say_stage(line: str) -> None:
    announce(line)
    say(line)


def _object(project: Project, result: LoopResult) -> dict[str, object]:
    """Make the object both commands end with; figures are means over the trained questions."""
    counts: dict[str, object] = {"examples": result.n_examples, "kept": result.n_kept}
    if result.evaluation is None:
        return counts | {"pending": result.n_pending}
    summary = evaluation_summary(read_evaluation_scores(project, result.evaluation))
    return counts | {
        "base_cosine": summary.base_cosine,
        "tuned_cosine": summary.tuned_cosine,
        "shuffled_floor": summary.shuffled_floor,
        "not_followed": summary.not_followed,
        "report": str(project.folder / result.evaluation.folder / "report.html"),
    }


def _show(project: Project, result: LoopResult, evaluation: Evaluation) -> None:
    scores = read_evaluation_scores(project, evaluation)
    lines = summarize(scores, interval_method(project.settings.evaluate))
    if result.job is not None:
        tokens = result.job.trained_tokens
        click.echo(f"Trained tokens   {'not told' if tokens is None else f'{tokens:,}'}")
        click.echo(f"Adapter SHA-256  {result.job.adapter_sha256 or 'not told'}")
        click.echo(f"Tuned model      {result.job.fine_tuned_model}")
    click.echo(f"Examples         {result.n_examples}, kept {result.n_kept}")
    click.echo("Mean cosine of the answers to the reviewed ones, asked with each example's line:")
    table(
        ["language", "questions", "n", "base", "tuned", "shuffled", "not followed"],
        [_cells(line) for line in lines],
    )
    click.echo(f"Report: {project.folder / evaluation.folder / 'report.html'}")


def _cells(line: SummaryLine) -> tuple[str, ...]:
    return (
        line.language or "?",
        line.group,
        str(line.n),
        "" if line.base is None else f"{line.base.mean:.{DECIMALS}f}",
        f"{line.tuned.mean:.{DECIMALS}f}",
        "" if line.shuffled is None else f"{line.shuffled.mean:.{DECIMALS}f}",
        str(line.n_not_followed),
    )
