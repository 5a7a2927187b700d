"""`chatmill rejections`: what could not be used, where it stands, and why."""

from dataclasses import asdict

import click

from chatmill.cli.output import emit_json, json_option, open_project, say, table


@click.command("rejections")
@click.option("--stage", help="Only of one stage: import, extract, build …")
@click.option("--source", help="Only of one file or conversation.")
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    stage: str | None,
    source: str | None,
    as_json: bool,
) -> None:
    """Show what could not be used, and why."""
    from chatmill.store.rejections import list_rejections

    found = list_rejections(open_project(ctx).database, stage=stage, source=source)
    if as_json:
        for each in found:
            emit_json(asdict(each))
        return
    if not found:
        say("Nothing was left out.")
        return
    table(
        ["Stage", "Where", "Why", "What"],
        [
            [
                each.stage,
                each.source if each.line is None else f"{each.source}:{each.line}",
                each.reason,
                " ".join(each.raw.split())[:80],
            ]
            for each in found
        ],
    )
