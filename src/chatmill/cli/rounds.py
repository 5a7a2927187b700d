"""`chatmill rounds`: every evaluated version, its size, score and hyperparameters."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from chatmill.cli.output import emit_json, json_option, open_project, say, table

if TYPE_CHECKING:
    from chatmill.stages.rounds import ListedRound


@click.command("rounds")
@json_option
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """List the evaluations, oldest first: sizes, scores, tokens trained, hyperparameters."""
    from chatmill.stages.rounds import list_rounds

    rounds = list_rounds(open_project(ctx))
    if as_json:
        for each in rounds:
            emit_json(asdict(each))
        return
    if not rounds:
        say("Nothing was evaluated yet: chatmill evaluate")
        return
    table(
        (
            "evaluation",
            "trained\non",
            "trained",
            "held-out",
            "followed/\npartly/not",
            "tokens",
            "a million\ntokens bring",
            "epochs · batch · rate",
        ),
        [_cells(each) for each in rounds],
    )


def _cells(each: ListedRound) -> tuple[str, ...]:
    return (
        each.evaluation_id,
        str(each.n_train),
        _number(each.trained),
        _number(each.held_out),
        f"{each.n_followed}/{each.n_partly}/{each.n_not_followed}",
        "" if each.trained_tokens is None else f"{each.trained_tokens:,}",
        "" if each.gain_per_million is None else f"{each.gain_per_million:+.2f}",
        each.hyperparameters,
    )


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"
