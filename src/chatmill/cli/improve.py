"""`chatmill improve`: send what was not followed back to review."""

from dataclasses import asdict

import click

from chatmill.cli.output import emit_json, json_option, open_project, say, table


@click.command("improve")
@click.argument("evaluation", required=False)
@click.option(
    "--limit", type=click.IntRange(min=1), metavar="N", help="Return at most N questions."
)
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    evaluation: str | None,
    limit: int | None,
    as_json: bool,
) -> None:
    """Put the questions EVALUATION (the newest) says were not followed back into review."""
    from chatmill.stages.improve import improve

    project = open_project(ctx)
    done = improve(project, evaluation, limit=limit)
    if as_json:
        for question in done.questions:
            emit_json(asdict(question))
    elif done.questions:
        table(
            ("cosine", "example", "question", "answer"),
            [
                (f"{each.cosine:.2f}", each.example_id, each.question, each.answer)
                for each in done.questions
            ],
        )
    moved = done.examples
    say(
        f"{done.evaluation.id}: {len(done.questions)} questions not followed; "
        f"{len(moved.queued)} examples back in review, {len(moved.known)} sent before, "
        f"{len(moved.left)} not kept any more"
    )
    if done.n_beyond_limit:
        say(f"{done.n_beyond_limit} more were left by --limit")
    if done.n_unseen:
        say(f"{done.n_unseen} unseen questions were not followed: nobody trained on them")
    if moved.queued:
        say("Next: chatmill review")
