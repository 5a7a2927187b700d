"""`chatmill doctor`: what this machine has, or what a model can do, and what to do about it."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from chatmill.cli.output import emit_json, json_option, open_project, say, table

if TYPE_CHECKING:
    from chatmill.models.probe import ProbeReport


@click.command("doctor")
@click.option("--model", metavar="NAME", help="Try this model with a few tiny calls.")
@click.option(
    "--provider", metavar="P", help="Who has the model; the one that trains where not named."
)
@json_option
@click.pass_context
def command(ctx: click.Context, model: str | None, provider: str | None, as_json: bool) -> None:
    """Check this machine, or with --model a model; exit 1 where something is missing."""
    if model is not None:
        _examine_model(ctx, model, provider, as_json=as_json)
        return
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


def _examine_model(ctx: click.Context, model: str, provider: str | None, *, as_json: bool) -> None:
    from chatmill.stages.doctor import examine_model

    report = examine_model(open_project(ctx), model, provider)
    if as_json:
        end = report.shutdown
        emit_json(
            {
                **asdict(report),
                "shutdown": end and {"on": end.on.isoformat(), "source": end.source},
            }
        )
    else:
        _show(report)
    if not report.can_chat:
        sys.exit(1)


def _show(report: ProbeReport) -> None:
    table(
        [f"{report.provider}/{report.model}", "", "ms", "What came back"],
        [
            [each.part, "yes" if each.is_there else "no", f"{each.seconds * 1000:.0f}", each.state]
            for each in report.findings
        ],
    )
    cost = "price not in settings" if report.cost_usd is None else f"${report.cost_usd:.6f}"
    say(f"{report.profile} · {cost}")
    if report.shutdown is not None:
        say(report.shutdown.line(datetime.now(UTC).date()))
