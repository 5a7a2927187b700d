"""`chatmill calls`: what was asked of which model, what it cost, and what failed."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from chatmill.cli.output import emit_json, json_option, open_project, say, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatmill.store.calls import CallTally, FailedCall


@click.command("calls")
@click.option("--stage", help="Only of one stage: extract, evaluate …")
@click.option("--failed", is_flag=True, help="List the calls without an answer, and why.")
@json_option
@click.pass_context
def command(ctx: click.Context, stage: str | None, failed: bool, as_json: bool) -> None:
    """Show what models were asked and what it cost, by day, stage and model."""
    from chatmill.store.calls import list_failed_calls, read_calls

    database = open_project(ctx).database
    failures = list_failed_calls(database, stage=stage)
    tallies = [each for each in read_calls(database) if stage in (None, each.stage)]
    if as_json:
        for each in failures if failed else tallies:
            emit_json(asdict(each))
    elif failed:
        _show_failures(failures)
    else:
        _show_tallies(tallies, len(failures))


def _show_tallies(tallies: "Sequence[CallTally]", n_failures: int) -> None:
    if not tallies:
        say("No model was asked anything yet.")
        return
    table(
        ["Day", "Stage", "Model", "Answered", "Failed", "Tokens in/out", "USD"],
        [
            [
                each.day,
                each.stage,
                f"{each.provider}/{each.model}",
                f"{each.n_answered:,}",
                f"{each.n_refused + each.n_failed:,}",
                f"{each.prompt_tokens:,}/{each.completion_tokens:,}",
                "?" if each.n_unpriced else f"{each.cost_usd:.4f}",
            ]
            for each in tallies
        ],
    )
    spent = sum(each.cost_usd for each in tallies)
    say(f"Spent ${spent:.4f}" + _unpriced(tallies))
    if n_failures:
        say(f"Without an answer: {n_failures}. Show them: chatmill calls --failed")


def _unpriced(tallies: "Sequence[CallTally]") -> str:
    models = sorted({each.model for each in tallies if each.n_unpriced})
    if not models:
        return ""
    return f", and what {', '.join(models)} cost: no price in settings"


def _show_failures(failures: "Sequence[FailedCall]") -> None:
    if not failures:
        say("Every call has its answer.")
        return
    table(
        ["Stage", "Model", "Question", "Why"],
        [
            [each.stage, f"{each.provider}/{each.model}", each.question, each.reason]
            for each in failures
        ],
    )
