"""What every command prints with: the open project, JSON lines, tables and progress."""

import contextlib
import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import click

from chatmill.cli.marked_text import harmless
from chatmill.models.progress import Progress
from chatmill.project import Project

UNBROKEN = 12
"""Widest cell up to which no cell of its column is broken: dates, numbers."""
FIRST_UNBROKEN = 40
"""The same for the column that names the rows."""
_STEERING = re.compile("[\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")

ANNOUNCED = frozenset(
    {
        "import",
        "extract",
        "check",
        "triage",
        "build",
        "train",
        "evaluate",
        "improve",
        "run",
        "forget",
    }
)
"""Commands the project's page shows while they run."""
_ANNOUNCER = "chatmill.announcer"

json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")


def open_project(ctx: click.Context) -> Project:
    """Open the project the command runs in; it is closed when the command ends.

    Raises:
        NoProjectError: There is none here or above.
    """
    project = Project.open(ctx.find_root().obj or ".")
    if ctx.info_name in ANNOUNCED:
        from chatmill.stages.work.notices import Announcer

        ctx.find_root().meta[_ANNOUNCER] = ctx.with_resource(
            Announcer(project.folder, ctx.info_name)
        )
    return ctx.with_resource(project)


def announce(what: str, done: int = 0, total: int = 0) -> None:
    """Tell whoever looks at the project's page how far this command is."""
    ctx = click.get_current_context(silent=True)
    announcer = ctx.find_root().meta.get(_ANNOUNCER) if ctx else None
    if announcer is not None:
        announcer(what, done, total)


def emit_json(record: object) -> None:
    """Print one JSON object on a line of standard output.

    What would steer a terminal, and halves of letters, are escaped; read back they are the same.
    """
    written = json.dumps(record, ensure_ascii=False)
    click.echo(_STEERING.sub(lambda found: f"\\u{ord(found.group()):04x}", written))


def say(text: str = "") -> None:
    """Print one line for a person on standard error, so that standard output stays data."""
    click.echo(harmless(text), err=True)


def tell(text: str = "", *, bold: bool = False, ends_line: bool = True) -> None:
    """Print words of a chat or a model on standard output, none of which steers the terminal."""
    click.secho(harmless(text), bold=bold or None, nl=ends_line)


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
    cells = [[Text(harmless(cell)) for cell in row] for row in rows]
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
            announce(what, done, total)
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=total or None)
            bars.update(tasks[what], completed=done, total=total or None)

        yield report


class _PlainProgress:
    def __init__(self) -> None:
        self._last: dict[str, int] = {}

    def __call__(self, what: str, done: int, total: int) -> None:
        announce(what, done, total)
        tenth = 10 * done // total if total else 0
        if self._last.get(what) != tenth:
            self._last[what] = tenth
            say(f"{what}: {done} of {total}" if total else f"{what}: {done}")
