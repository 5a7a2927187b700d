"""`chatmill extract`: lift questions and answers out of the conversations."""

from dataclasses import asdict

import click

from chatmill.cli.output import emit_json, json_option, open_project, progress, say


@click.command("extract")
@click.option("--extractor", metavar="NAME", help="Extractor; [extract] extractor if not given.")
@click.option("--limit", type=click.IntRange(min=1), help="Look at this many conversations.")
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    extractor: str | None,
    limit: int | None,
    as_json: bool,
) -> None:
    """Lift questions and answers out of the conversations, in their own words.

    Only conversations that changed are looked at; decisions carry over.
    """
    from chatmill.stages.extract import extract

    project = open_project(ctx)
    with progress() as bar:
        summary = extract(project, extractor=extractor, limit=limit, progress=bar)
    if as_json:
        emit_json(asdict(summary))
        return
    say(
        f"{summary.n_conversations} conversations looked at with {summary.extractor}, "
        f"{summary.n_skipped} unchanged"
    )
    say(
        f"{summary.n_new} new examples, {summary.n_changed} changed, {summary.n_carried} carried "
        f"over, {summary.n_unchanged} as they were, {summary.n_withdrawn} withdrawn"
    )
    if summary.n_rejected:
        say(f"{summary.n_rejected} left out, see: chatmill rejections --stage extract")
