"""`chatmill train`: fine-tune a model on a dataset version."""

import contextlib
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from chatmill.cli.output import announce, emit_json, json_option, open_project, progress, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from chatmill.models.progress import Progress
    from chatmill.models.tuning import JobEvent, JobMetrics
    from chatmill.records import TuningJob

TENTHS = 10
TRAINING = "training"


@click.command("train")
@click.argument("dataset", required=False)
@click.option("--provider", metavar="NAME", help="Who trains: local, or a provider of settings.")
@click.option("--model", "base_model", metavar="MODEL", help="Base model to tune.")
@click.option("--epochs", metavar="auto|N", help="Passes over the data.")
@click.option("--learning-rate-multiplier", metavar="auto|X", help="Factor on the default rate.")
@click.option("--batch-size", metavar="auto|N", help="Examples a step.")
@click.option("--suffix", metavar="TEXT", help="Part of the tuned model's name.")
@click.option("--again", is_flag=True, help="Train anew where the server has lost a finished job.")
@click.option(
    "--pack",
    "pack_folder",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Write the job to a new folder, to train it on another machine.",
)
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    dataset: str | None,
    provider: str | None,
    base_model: str | None,
    epochs: str | None,
    learning_rate_multiplier: str | None,
    batch_size: str | None,
    suffix: str | None,
    again: bool,
    pack_folder: Path | None,
    as_json: bool,
) -> None:
    """Fine-tune a model on DATASET (v1, v2 …; the newest where none is named).

    Stopped with Ctrl-C, the job goes on; the same command follows it again. A finished job is
    never trained again.
    """
    from chatmill.stages.train import read_hyperparameters, train

    project = open_project(ctx)
    asked = read_hyperparameters(
        project.settings.train,
        epochs=epochs,
        batch_size=batch_size,
        learning_rate_multiplier=learning_rate_multiplier,
    )
    if pack_folder is not None:
        from chatmill.stages.train.packing import pack_job
        from chatmill.stages.train.plan import make_plan

        plan = make_plan(
            project,
            dataset,
            provider=provider,
            base_model=base_model,
            hyperparameters=asked,
            suffix=suffix,
        )
        written = pack_job(project, plan, pack_folder)
        click.echo(f"{plan.dataset.name} → {written}; how to train it: {written}/README.md")
        return
    try:
        with training_display() as (report, on_event):
            job = train(
                project,
                dataset,
                provider=provider,
                base_model=base_model,
                hyperparameters=asked,
                suffix=suffix,
                again=again,
                progress=report,
                on_event=on_event,
            )
    except KeyboardInterrupt:
        ctx.exit(1)  # where the job goes on was said
    if as_json:
        emit_json(asdict(job))
    else:
        show_job(job)


def show_event(event: "JobEvent") -> None:
    """Print what a job reports: every message, and the loss at each tenth of the steps."""
    if event.metrics is None:
        say(event.message)
        return
    step, total = event.metrics.step or 0, event.metrics.total_steps or 0
    announce(TRAINING, step, total)
    is_tenth = total == 0 or TENTHS * step // total != TENTHS * (step - 1) // total
    if is_tenth:
        say(f"step {step} of {total or '?'}: {_losses(event.metrics)}")


def show_job(job: "TuningJob") -> None:
    """Print what a finished job made."""
    click.echo(f"Tuned model     {job.fine_tuned_model}")
    if job.trained_tokens is not None:
        click.echo(f"Trained tokens  {job.trained_tokens:,}")
    if job.adapter_sha256 is not None:
        click.echo(f"Adapter SHA-256 {job.adapter_sha256}")
    click.echo("Talk to it      chatmill chat")


@contextlib.contextmanager
def training_display() -> "Iterator[tuple[Progress, Callable[[JobEvent], None]]]":
    """Give a bar with the live loss on a terminal, plain lines elsewhere."""
    if not sys.stderr.isatty():
        with progress() as report:
            yield report, show_event
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[detail]}"),
    )
    with Bars(*columns, console=Console(stderr=True)) as bars:
        tasks = {}

        def draw(what: str, done: int, total: int, detail: str = "") -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=total or None, detail=detail)
            bars.update(tasks[what], completed=done, total=total or None, detail=detail)

        def show(event: "JobEvent") -> None:
            if event.metrics is None:
                bars.console.print(event.message, markup=False, highlight=False)
                return
            step, total = event.metrics.step or 0, event.metrics.total_steps or 0
            announce(TRAINING, step, total)
            draw(TRAINING, step, total, _losses(event.metrics))

        yield draw, show


def _losses(metrics: "JobMetrics") -> str:
    valid = metrics.full_valid_loss if metrics.valid_loss is None else metrics.valid_loss
    parts = [] if metrics.train_loss is None else [f"loss {metrics.train_loss:.3f}"]
    if valid is not None:
        parts.append(f"validation {valid:.3f}")
    return ", ".join(parts)
