"""`chatmill import`: read chat exports into the project."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from chatmill.cli.output import counted, emit_json, json_option, open_project, progress, say
from chatmill.cli.who_answers import ask_who_answers
from chatmill.errors import ImportProblemsError, InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatmill.frames import Overview
    from chatmill.project import Project
    from chatmill.stages.import_ import FileReport

REJECTIONS_SHOWN = 5
REASONS_SHOWN = 3
NAMES_SHOWN = 5
STOPPED = "Stopped. Files read so far are kept; the same command goes on from here."
STOPPED_LOOKING = "Stopped. Nothing was written."


@click.command("import")
@click.argument("files", nargs=-1, required=True)
@click.option(
    "--format", "format_name", metavar="NAME", help="Importer; found by content if not given."
)
@click.option(
    "--columns", default="", metavar="FIELD=COLUMN,…", help="Columns of tables; remembered."
)
@click.option(
    "--timezone", default="", metavar="ZONE", help="Of exports that name none; remembered."
)
@click.option("--room", default="", metavar="NAME", help="The room all these files belong to.")
@click.option(
    "--agent", "agents", multiple=True, metavar="NAME", help="Who answers; may be repeated."
)
@click.option("--dry-run", is_flag=True, help="Show what would be read, write nothing.")
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    files: tuple[str, ...],
    format_name: str | None,
    columns: str,
    timezone: str,
    room: str,
    agents: tuple[str, ...],
    dry_run: bool,
    as_json: bool,
) -> None:
    """Read chat exports (files, folders, archives, patterns, s3:// addresses) into the project.

    Importing a grown export again adds only its new messages.
    """
    from chatmill.stages.import_ import import_files, use_wishes

    project = open_project(ctx)
    wishes = use_wishes(project, columns=columns, timezone=timezone, agents=agents, dry_run=dry_run)
    reports: list[FileReport] = []

    def show(report: FileReport) -> None:
        reports.append(report)
        (_show_json if as_json else _show_lines)(report)

    def settle_who_answers() -> None:
        if not dry_run and any(report.n_messages for report in reports):
            _settle_who_answers(project, agents, as_json=as_json)

    try:
        with progress() as bar:
            summary = import_files(
                project,
                files,
                format=format_name,
                room=room,
                dry_run=dry_run,
                progress=bar,
                on_file=wishes.remembered_by(show),
            )
    except KeyboardInterrupt:
        say(STOPPED_LOOKING if dry_run else STOPPED)
        raise SystemExit(1) from None
    except InputError as error:
        settle_who_answers()  # in the rooms that did come in
        if not isinstance(error, ImportProblemsError):
            raise
        for problem in error.problems:
            say(f"chatmill: {problem}")
        say(f"chatmill: {error.summary}")
        raise SystemExit(1) from error
    if not as_json:
        found = "would be new" if dry_run else "new"
        say(f"{counted(len(summary.files), 'file')}, {counted(summary.n_new, 'message')} {found}")
    settle_who_answers()


def _settle_who_answers(project: Project, agents: Sequence[str], *, as_json: bool) -> None:
    """Ask who answers, or say which of those who were named speak nowhere."""
    from chatmill.stages.import_ import silent_agents

    for name in silent_agents(project, agents):
        say(f"{name!r} (--agent) speaks in none of the imported rooms; remembered all the same")
    if not agents:
        ask_who_answers(project, as_json=as_json)


def _show_json(report: FileReport) -> None:
    record: dict[str, object] = {"file": report.name}
    if report.format:
        record |= {
            "format": report.format,
            "encoding": report.encoding,
            "conversations": report.n_conversations,
            "messages": report.n_messages,
            "new": report.n_new,
            "rejected": report.n_rejected,
            "unchanged": report.is_unchanged,
        }
    if report.n_forgotten:
        record["forgotten"] = report.n_forgotten
    if report.reasons:
        record["reasons"] = dict(report.reasons)
    if report.overview is not None:
        record |= {
            "rooms": [asdict(each) for each in report.overview.rooms],
            "people": dict(report.overview.people),
            "first_date": report.overview.first_date,
            "last_date": report.overview.last_date,
            "first_lines": list(report.overview.first_lines),
            "rejections": [asdict(each) for each in report.rejections],
        }
    if report.same_speakers:
        record["same_speakers"] = [
            [each.speaker.name, each.same_as.name] for each in report.same_speakers
        ]
    if report.error:
        record["error"] = report.error
    emit_json(record)


def _show_lines(report: FileReport) -> None:
    if report.is_unchanged:
        say(f"{report.name}: unchanged")
        return
    if report.n_messages:
        encoding = f" ({report.encoding})" if report.encoding else ""
        say(
            f"{report.name}: {report.format}{encoding}, "
            f"{counted(report.n_conversations, 'conversation')}, "
            f"{counted(report.n_messages, 'message')}, {report.n_new} new"
        )
    elif report.n_rejected:
        say(f"{report.name}: nothing to read")
    if report.n_forgotten:
        say(f"{report.name}: {counted(report.n_forgotten, 'forgotten message')} left out")
    for each in report.same_speakers:
        if each.speaker.name != each.same_as.name:
            say(f"  {each.speaker.name} is {each.same_as.name} (same messages)")
    if report.overview is not None and report.n_messages:
        _show_overview(report.overview)
    if report.n_rejected:
        _show_rejections(report)


def _show_overview(overview: Overview) -> None:
    rooms = [(each.title or each.id, each.n_messages) for each in overview.rooms]
    for what, names in (("rooms", rooms), ("people", overview.people)):
        shown = ", ".join(f"{name} ({n})" for name, n in names[:NAMES_SHOWN])
        more = len(names) - NAMES_SHOWN
        say(f"  {what}: {shown or 'none'}{f' and {more} more' if more > 0 else ''}")
    dates = f"{overview.first_date} to {overview.last_date}"
    say(f"  dates: {dates if overview.first_date else 'none'}")
    for line in overview.first_lines:
        say(f"  | {line}")


def _show_rejections(report: FileReport) -> None:
    reasons = [f"{n} × {reason}" for reason, n in report.reasons.items()]
    shown = ", ".join(reasons[:REASONS_SHOWN])
    more = ", …" if len(reasons) > REASONS_SHOWN else ""
    is_dry_run = report.overview is not None
    see = "" if is_dry_run else "; see: chatmill rejections --stage import"
    say(f"  {report.n_rejected} left out: {shown}{more}{see}")
    for each in report.rejections[: REJECTIONS_SHOWN if is_dry_run else 0]:
        place = f"line {each.line}" if each.line else each.source
        say(f"  {place} left out: {each.reason}")
