"""`chatmill try`: the pairs of one file, without a project."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from chatmill.cli.marked_text import shortened
from chatmill.cli.output import counted, emit_json, json_option, progress, say, tell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatmill.records import Example, Finding, Rejection

_SHOWN_REASONS = 5


@click.command("try")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--agent", "agents", multiple=True, metavar="NAME", help="Somebody who answers.")
@click.option("--product", "products", multiple=True, metavar="NAME", help="A product's name.")
@click.option("--format", "format_", default="", metavar="NAME", help="Importer to read it with.")
@json_option
def command(
    file: Path, agents: tuple[str, ...], products: tuple[str, ...], format_: str, as_json: bool
) -> None:
    """Show the questions and answers of FILE; nothing is stored, no project is needed."""
    from chatmill.stages.try_ import settings_for, try_file

    with progress() as bar:
        trial = try_file(file, settings_for(agents, products), format_=format_, progress=bar)
    for example in trial.examples:
        found = trial.findings[example.id]
        if as_json:
            emit_json({**asdict(example), "findings": [asdict(each) for each in found]})
        else:
            _show(example, found)
    if as_json:
        return
    rooms = counted(trial.n_conversations, "conversation")
    say(
        f"{counted(trial.n_messages, 'message')} of {rooms} read as {trial.format}; "
        f"answering: {', '.join(trial.agents) or 'nobody'}"
    )
    say(f"{counted(len(trial.examples), 'example')}, {len(trial.rejections)} left out")
    _show_reasons(trial.rejections)


def _show(example: Example, findings: Sequence[Finding]) -> None:
    tell(f"S) {example.system}")
    for turn in example.turns:
        tell(_marked("Q)", turn.question))
        tell(_marked("A)", turn.answer))
    for each in findings:
        words = f" “{shortened(each.evidence)}”" if each.evidence else ""
        tell(f"!  {each.severity}: {each.field} {each.message}{words}")
    tell()


def _marked(mark: str, text: str) -> str:
    return f"{mark} " + text.replace("\n", "\n   ")


def _show_reasons(rejections: Sequence[Rejection]) -> None:
    counts: dict[str, int] = {}
    for each in rejections:
        counts[each.reason] = counts.get(each.reason, 0) + 1
    for reason in sorted(counts, key=lambda name: -counts[name])[:_SHOWN_REASONS]:
        say(f"  {counts[reason]:>4} {reason}")
