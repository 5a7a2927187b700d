"""`chatmill import`: read chat exports into the project."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from chatmill.cli.output import emit_json, json_option, open_project, progress, say

if TYPE_CHECKING:
    from chatmill.stages.import_ import FileReport

REJECTIONS_SHOWN = 5


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--format", "format_name", metavar="NAME", help="Importer; found by content if not given."
)
@click.option("--dry-run", is_flag=True, help="Show what would be read, write nothing.")
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    files: tuple[Path, ...],
    format_name: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Read chat exports (files, or folders of them) into the project.

    Importing a grown export again adds only its new messages.
    """
    from chatmill.stages.import_ import import_files

    project = open_project(ctx)
    show = _show_json if as_json else _show_line

    def on_file(report: FileReport) -> None:
        show(report, dry_run=dry_run)

    with progress() as bar:
        summary = import_files(
            project, files, format=format_name, dry_run=dry_run, progress=bar, on_file=on_file
        )
    if not as_json:
        found = "would be new" if dry_run else "new"
        say(f"{len(summary.files)} files, {summary.n_new} messages {found}")


def _show_json(report: FileReport, *, dry_run: bool) -> None:
    record = {
        "file": report.name,
        "format": report.format,
        "encoding": report.encoding,
        "conversations": report.n_conversations,
        "messages": report.n_messages,
        "new": report.n_new,
        "rejected": report.n_rejected,
        "unchanged": report.is_unchanged,
    }
    if dry_run:
        record["rejections"] = [asdict(each) for each in report.rejections]
    emit_json(record)


def _show_line(report: FileReport, *, dry_run: bool) -> None:
    if report.is_unchanged:
        say(f"{report.name}: unchanged")
        return
    say(
        f"{report.name}: {report.format} ({report.encoding}), "
        f"{report.n_conversations} conversations, {report.n_messages} messages, {report.n_new} new"
    )
    if report.n_rejected and not dry_run:
        say(f"  {report.n_rejected} left out, see: chatmill rejections --stage import")
    elif report.n_rejected:
        for each in report.rejections[:REJECTIONS_SHOWN]:
            say(f"  line {each.line} left out: {each.reason}")
        say(f"  {report.n_rejected} left out in all")
