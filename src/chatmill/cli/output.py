"""What every command prints with: the open project, JSON lines, tables and progress."""

import contextlib
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import click

from chatmill.models.progress import Progress
from chatmill.project import Project

UNBROKEN = 12
"""Widest cell up to which no cell of its column is broken: dates, numbers."""
FIRST_UNBROKEN = 40
"""The same for the column that names the rows."""

json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")


def open_project(ctx: click.Context) -> Project:
    """Open the project the command runs in; it is closed when the command ends.

    Raises:
        NoProjectError: There is none here or above.
    """
    project = Project.open(ctx.find_root().obj or ".")
    return ctx.with_resource(project)


def emit_json(record: object) -> None:
    """Print one JSON object on a line of standard output."""
    click.echo(json.dumps(record, ensure_ascii=False))


def say(text: str = "") -> None:
    """Print one line for a person on standard error, so that standard output stays data."""
    click.echo(text, err=True)


def counted(number: int, noun: str) -> str:
    """Write a number with its noun: `1 room`, `3 rooms`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table that fits the terminal (East Asian widths counted)."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=SIMPLE_HEAD, pad_edge=False)
    cells = [[Text(cell) for cell in row] for row in rows]
    for place, heading in enumerate(headings):
        widest = max((row[place].cell_len for row in cells), default=0)
        limit = FIRST_UNBROKEN if place == 0 else UNBROKEN
        drawn.add_column(heading, overflow="fold", no_wrap=widest <= limit)
    for row in cells:
        drawn.add_row(*row)
    Console(highlight=False).print(drawn)


@contextlib.contextmanager
def progress() -> Iterator[Progress]:
    """Give a progress bar on a terminal, and plain lines (one a tenth) elsewhere."""
    if not sys.stderr.isatty():
        yield _PlainProgress()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    bars = Bars(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
    with bars:
        tasks: dict[str, Any] = {}

        def report(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=total or None)
            bars.update(tasks[what], completed=done, total=total or None)

        yield report


class _PlainProgress:
    def __init__(self) -> None:
        self._last: dict[str, int] = {}

    def __call__(self, what: str, done: int, total: int) -> None:
        tenth = 10 * done // total if total else 0
        if self._last.get(what) != tenth:
            self._last[what] = tenth
            say(f"{what}: {done} of {total}" if total else f"{what}: {done}")
