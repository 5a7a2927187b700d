"""`chatmill check`: look for unsupported and odd examples."""

from dataclasses import asdict

import click

from chatmill.cli.output import emit_json, json_option, open_project, progress, say, table


@click.command("check")
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    as_json: bool,
) -> None:
    """Look for words the source does not support and for odd examples.

    Checks delete nothing: what they find is shown beside the example in review.
    """
    from chatmill.stages.check import check

    project = open_project(ctx)
    with progress() as bar:
        summary = check(project, progress=bar)
    if as_json:
        emit_json(asdict(summary))
        return
    if summary.counts:
        table(
            ["Check", "Severity", "Findings", "Examples"],
            [
                [each.check, each.severity, str(each.n_findings), str(each.n_examples)]
                for each in summary.counts
            ],
        )
    say(
        f"{summary.n_examples} examples, {summary.n_checked} checked now, "
        f"{summary.n_clean} without error or warning"
    )
    if summary.n_clean < summary.n_examples:
        say("Read them: chatmill examples --flagged")
