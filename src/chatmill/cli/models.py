"""`chatmill models`: the project's tuned models and their jobs."""

from dataclasses import asdict

import click

from chatmill.cli.output import emit_json, json_option, open_project, say, table


@click.command("models")
@json_option
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """Show the fine-tuning jobs of the project and the models they made, oldest first."""
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
