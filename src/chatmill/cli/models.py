"""`chatmill models`: the project's tuned models: list, show, export, import, delete."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from chatmill.cli.output import emit_json, json_option, open_project, progress, say, table
from chatmill.errors import UsageError

if TYPE_CHECKING:
    from chatmill.stages.train.exporting import ExportForm
    from chatmill.stages.train.shelf import ModelView

FORMS = ("adapter", "merged", "gguf")


@click.group("models", invoke_without_command=True)
@json_option
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """Show the fine-tuning jobs of the project and the models they made, oldest first."""
    if ctx.invoked_subcommand is not None:
        return
    from chatmill.store.jobs import list_jobs

    jobs = list_jobs(open_project(ctx).database)
    if as_json:
        for job in jobs:
            emit_json(asdict(job))
        return
    if not jobs:
        say("No model was tuned yet: chatmill train")
        return
    table(
        ("dataset", "status", "model", "provider", "trained tokens", "job"),
        (
            (
                job.dataset,
                job.status,
                job.fine_tuned_model or job.error or "",
                job.provider,
                "" if job.trained_tokens is None else f"{job.trained_tokens:,}",
                job.id,
            )
            for job in jobs
        ),
    )


@command.command("show")
@click.argument("model", required=False)
@json_option
@click.pass_context
def show(ctx: click.Context, model: str | None, as_json: bool) -> None:
    """Show the card of MODEL (its name or its job), the newest one where none is named."""
    from chatmill.stages.train.shelf import find_model, view_model

    project = open_project(ctx)
    view = view_model(project, find_model(project, model))
    if as_json:
        emit_json(asdict(view))
    else:
        _show(view)


@command.command("export")
@click.argument("model")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--as",
    "form",
    type=click.Choice(FORMS),
    default="merged",
    show_default=True,
    help="The adapter alone, the merged model, or a GGUF file (needs llama.cpp's converter).",
)
@json_option
@click.pass_context
def export(ctx: click.Context, model: str, folder: Path, form: "ExportForm", as_json: bool) -> None:
    """Write MODEL to the new FOLDER, for other programs."""
    from chatmill.stages.train.exporting import export_model
    from chatmill.stages.train.shelf import find_model

    project = open_project(ctx)
    job = find_model(project, model)
    with progress() as report:
        written = export_model(project, job, folder, form, progress=report)
    if as_json:
        emit_json({"model": job.fine_tuned_model, "form": form, "folder": str(written)})
    else:
        click.echo(f"{job.fine_tuned_model} → {written}")


@command.command("import")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@json_option
@click.pass_context
def import_(ctx: click.Context, folder: Path, as_json: bool) -> None:
    """Bring home the result of FOLDER, which `chatmill train --pack` wrote."""
    from chatmill.stages.train.packing import import_model

    job = import_model(open_project(ctx), folder)
    if as_json:
        emit_json(asdict(job))
    else:
        click.echo(f"Tuned model     {job.fine_tuned_model}")
        click.echo("Talk to it      chatmill chat")


@command.command("delete")
@click.argument("model")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def delete(ctx: click.Context, model: str, yes: bool) -> None:
    """Delete MODEL: its folder in the project, and its name at the server of this machine."""
    from chatmill.stages.train.shelf import delete_model, find_model

    project = open_project(ctx)
    job = find_model(project, model)
    if not yes and not _is_confirmed(f"Delete {job.fine_tuned_model}?"):
        raise UsageError("not confirmed; nothing was deleted", fix="Add --yes")
    delete_model(project, job)
    click.echo(f"{job.fine_tuned_model} is deleted")


def _is_confirmed(question: str) -> bool:
    import sys

    return sys.stdin.isatty() and click.confirm(question, err=True)


def _show(view: "ModelView") -> None:
    job = view.job
    asked = job.hyperparameters
    lines = [
        ("Model", job.fine_tuned_model),
        ("Base model", f"{job.base_model} ({view.licence})"),
        ("Tuned at", job.provider),
        ("Dataset", job.dataset),
        ("Epochs", asked.n_epochs),
        ("Batch size", asked.batch_size),
        ("Learning rate multiplier", asked.learning_rate_multiplier),
        ("Trained tokens", job.trained_tokens),
        ("Adapter SHA-256", job.adapter_sha256),
        ("First line", view.system),
        ("Evaluated", view.evaluation.id if view.evaluation else "not yet: chatmill evaluate"),
    ]
    lines += [
        (f"Mean cosine, {score.split}", f"{score.mean_cosine:.3f} of {score.n_questions}")
        for score in view.scores
    ]
    for name, value in lines:
        if value is not None:
            click.echo(f"{name:<25} {value}")
