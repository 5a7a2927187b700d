"""`chatmill doctor`: what this machine has, and what to do about the rest."""

import sys

import click

from chatmill.cli.output import emit_json, json_option, table


@click.command("doctor")
@json_option
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """Check that this machine has what chatmill needs; exit 1 where something is missing."""
    from chatmill.stages.doctor import examine_machine

    findings = examine_machine(ctx.find_root().obj or ".")
    if as_json:
        for each in findings:
            emit_json({"part": each.part, "ok": each.is_fine, "state": each.state, "fix": each.fix})
    else:
        table(
            ["Part", "State", "What to do"],
            [[each.part, each.state, "" if each.is_fine else each.fix] for each in findings],
        )
    if not all(each.is_fine for each in findings):
        sys.exit(1)
