"""`chatmill run`: every stage that has something to do."""

from pathlib import Path

import click

from chatmill.cli.output import json_option, open_project


@click.command("run")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--keep-clean",
    is_flag=True,
    help="Do not stop at review: keep what has no error finding, as policy keep-clean.",
)
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    files: tuple[Path, ...],
    keep_clean: bool,
    as_json: bool,
) -> None:
    """Import FILES, then do every stage that has something to do; killed, it goes on."""
    from chatmill.cli.loop_output import run_and_show

    run_and_show(open_project(ctx), files=files, keep_clean=keep_clean, as_json=as_json)
