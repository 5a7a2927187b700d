"""`chatmill settings`: every option, what it is set to, and what it does."""

import click

from chatmill.cli.output import emit_json, json_option, open_project, table
from chatmill.settings import describe_options, value_of


@click.command("settings")
@json_option
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """Show every option of this project; change one in chatmill.toml or by its variable."""
    project = open_project(ctx)
    items = [(item, value_of(project.settings, item)) for item in describe_options()]
    if as_json:
        for item, value in items:
            emit_json(
                {
                    "key": item.key,
                    "value": value,
                    "default": item.default,
                    "unit": item.unit,
                    "variable": item.variable,
                    "help": item.help,
                }
            )
        return
    table(
        ["Option", "Value", "What it does"],
        [[item.key, f"{_shown(value)} {item.unit}".strip(), item.help] for item, value in items],
    )


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(value) or "-"
    return str(value) if value != "" else "-"
