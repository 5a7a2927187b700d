"""`chatmill status`: how far the project is, and what comes next."""

import click

from chatmill.cli.output import emit_json, json_option, open_project, say, table


@click.command("status")
@json_option
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """Show how far the project is and what comes next."""
    from chatmill.stages.status import project_status

    project = open_project(ctx)
    status = project_status(project)
    if as_json:
        emit_json(
            {
                "project": project.name,
                "counts": {count.what: count.n for count in status.counts},
                "next": status.next_command,
                "notes": list(status.notes),
            }
        )
        return
    table(["", project.name], [[count.what, str(count.n)] for count in status.counts])
    for note in status.notes:
        say(note)
    say(f"Next: {status.next_command}   ({status.next_reason})")
