"""`chatmill rescue`: save an account and its tuned models' answers before the service ends."""

import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from chatmill.cli.output import emit_json, json_option, open_project, progress, say, table
from chatmill.cli.spending import batch_option, spending_of, yes_option

if TYPE_CHECKING:
    from chatmill.stages.rescue import Rescue


@click.command("rescue")
@click.argument("provider")
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where it is saved; rescue/PROVIDER in the project otherwise.",
)
@click.option(
    "--questions",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="JSONL asked of every tuned model, in place of its training and validation files.",
)
@click.option("--save-only", is_flag=True, help="Save the account, ask nothing, spend nothing.")
@batch_option
@yes_option
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    provider: str,
    folder: Path | None,
    questions: Path | None,
    save_only: bool,
    batch: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Save files, jobs, events and result files of an account, and its tuned models' answers."""
    from chatmill.stages.rescue import rescue

    project = open_project(ctx)
    with progress() as report:
        result = rescue(
            project,
            provider,
            folder=folder,
            questions=questions,
            is_asking=not save_only,
            progress=report,
            spending=spending_of(project, no_cache=False, yes=yes, batch=batch),
        )
    if as_json:
        emit_json(asdict(replace(result, folder=Path())) | {"folder": str(result.folder)})
    else:
        _show(result)
    if result.missing or result.n_unanswered:
        sys.exit(1)


def _show(result: "Rescue") -> None:
    if result.models:
        table(
            ("model", "answered", "questions", "file"),
            [
                (each.model, str(each.n_answered), str(each.n_questions), each.place)
                for each in result.models
            ],
        )
    if result.account is not None:
        say(f"Questions: {result.account.line()}")
    for each in result.missing:
        say(f"missing: {each.kind} {each.id}: {each.reason}")
    say(
        f"Saved {result.n_files} files and {result.n_jobs} jobs ({result.n_models} tuned models) "
        f"in {result.folder}"
    )
    if result.missing or result.n_unanswered:
        say(
            f"{len(result.missing)} items and {result.n_unanswered} answers are missing; run it "
            "again to try them again"
        )
