"""What commands that call models have in common: the estimate shown, the question, the options."""

import sys
from typing import TYPE_CHECKING

import click

from chatmill.cli.output import say

if TYPE_CHECKING:
    from chatmill.models.spending import RunEstimate, Spending
    from chatmill.project import Project
    from chatmill.settings import Settings

no_cache_option = click.option(
    "--no-cache", is_flag=True, help="Ask anew what was answered before; it is paid for again."
)
yes_option = click.option(
    "--yes", is_flag=True, help="Do not ask before a run that costs more than confirm_above_usd."
)
batch_option = click.option(
    "--batch", is_flag=True, help="Hand calls over in batches: cheaper, answered within a day."
)


def spending_of(
    project: "Project", *, no_cache: bool, yes: bool, batch: bool = False
) -> "Spending":
    """Read `[spend]`, show each estimate on standard error, and ask on a terminal."""
    return spending_from(project.settings, no_cache=no_cache, yes=yes, batch=batch)


def spending_from(
    settings: "Settings", *, no_cache: bool, yes: bool, batch: bool = False
) -> "Spending":
    """Do the same where there are settings and no project."""
    from chatmill.models.spending import Spending

    confirm = None
    if yes:
        confirm = _agree
    elif sys.stdin.isatty() and sys.stderr.isatty():
        confirm = _ask
    return Spending.from_settings(settings).with_faces(
        is_store_read=not no_cache, show=_show, confirm=confirm, warn=say, is_batch=batch
    )


def _show(estimate: "RunEstimate") -> None:
    say(f"Calls: {estimate.line()}")


def _agree(estimate: "RunEstimate") -> bool:
    del estimate
    return True


def _ask(estimate: "RunEstimate") -> bool:
    cost = "an unknown sum" if estimate.cost_usd is None else f"about ${estimate.cost_usd:.2f}"
    return click.confirm(f"Spend {cost}?", err=True)
