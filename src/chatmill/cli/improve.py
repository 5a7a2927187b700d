"""`chatmill improve`: send what was not followed back to review."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from chatmill.cli.output import emit_json, json_option, open_project, say, table

if TYPE_CHECKING:
    from chatmill.causes import Patterns


@click.command("improve")
@click.argument("evaluation", required=False)
@click.option(
    "--limit", type=click.IntRange(min=1), metavar="N", help="Return at most N questions."
)
@click.option("--cause", metavar="CAUSE", help='Only these, such as "conflicting answers".')
@click.option("--pattern", metavar="NAME", help="Only questions of this pattern.")
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    evaluation: str | None,
    limit: int | None,
    cause: str | None,
    pattern: str | None,
    as_json: bool,
) -> None:
    """Put the questions EVALUATION (the newest) says were not followed back into review."""
    from chatmill.stages.improve import improve

    project = open_project(ctx)
    done = improve(project, evaluation, limit=limit, cause=cause, pattern=pattern)
    if as_json:
        for each in done.proposals:
            why = {"cause": each.cause, "evidence": each.evidence, "todo": each.todo}
            also = {"pattern": each.pattern, "example_ids": each.example_ids}
            emit_json({**asdict(each.question), **why, **also})
    elif done.questions:
        table(
            ("cosine", "example", "question", "answer", "cause"),
            [
                (
                    f"{each.question.cosine:.2f}",
                    each.question.example_id,
                    each.question.question,
                    each.question.answer,
                    f"{each.cause}\n{each.evidence}".rstrip(),
                )
                for each in done.proposals
            ],
        )
    if not as_json:
        _show_patterns(done.patterns)
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


def _show_patterns(patterns: Patterns) -> None:
    """Say what failures have in common, chance left out."""
    if patterns.groups:
        table(
            ("pattern", "questions", "causes", "more or less than followed ones"),
            [
                (
                    each.name,
                    str(len(each.places)),
                    ", ".join(f"{cause} {n}" for cause, n in each.causes),
                    ", ".join(
                        f"{'+' if one.difference > 0 else '-'} {one.feature}"
                        for one in each.contrasts
                    ),
                )
                for each in patterns.groups
            ],
        )
    for each in patterns.contrasts:
        if each.is_sure:
            say(
                f"{each.feature}: {each.n_failed_with} of {each.n_with} not followed, else "
                f"{each.n_failed_without} of {each.n_without} (difference {each.difference:+.0%}, "
                f"95 % {each.low:+.0%} to {each.high:+.0%}, p {each.p_adjusted:.3f} after Holm)"
            )
