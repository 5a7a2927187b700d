"""`chatmill roles`: who answers, who asks, who is a bot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from chatmill.cli.output import counted, emit_json, json_option, open_project, say, table

if TYPE_CHECKING:
    from chatmill.project import Project
    from chatmill.stages.roles import RoleChange, SpeakerSummary

WORDS = {
    "settings": "chatmill.toml",
    "export": "the export",
    "name": "their name",
    "acts": "what they do",
}
"""What tells a role → how a person reads it."""


@click.command("roles")
@click.argument("names", nargs=-1, metavar="[NAME]…")
@click.option("--agent", "change", flag_value="agent", help="They answer.")
@click.option("--customer", "change", flag_value="customer", help="They ask.")
@click.option("--bot", "change", flag_value="bot", help="They are programs.")
@click.option("--auto", "change", flag_value="auto", help="Let chatmill tell again.")
@click.option("--room", metavar="ROOM", help="List only one room.")
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    names: tuple[str, ...],
    change: str | None,
    room: str | None,
    as_json: bool,
) -> None:
    """List who speaks in which role, or change the role of NAME… everywhere."""
    if change and not names:
        raise click.UsageError("Name the people whose role is to change.")
    if change and room:
        raise click.UsageError("A role is changed in every room: leave out --room.")
    project = open_project(ctx)
    if change:
        _change(project, names, change, as_json=as_json)
    else:
        _list(project, names, room, as_json=as_json)


def _list(project: Project, names: tuple[str, ...], room: str | None, *, as_json: bool) -> None:
    from chatmill.stages.roles import list_roles

    found = list_roles(project, room=room, names=names)
    if as_json:
        for each in found:
            emit_json(_record(each))
    elif found:
        table(["Speaker", "Role", "Told by", "Rooms", "Messages"], [_row(each) for each in found])
    else:
        say("Nobody of this name" if names else "Nobody speaks yet: chatmill import FILES…")


def _record(summary: SpeakerSummary) -> dict[str, object]:
    return {
        "speaker": summary.speaker,
        "role": summary.role,
        "told_by": summary.told_by,
        "rooms": list(summary.rooms),
        "messages": summary.n_messages,
    }


def _row(summary: SpeakerSummary) -> list[str]:
    return [
        summary.speaker,
        summary.role,
        WORDS[summary.told_by],
        str(len(summary.rooms)),
        str(summary.n_messages),
    ]


def _change(project: Project, names: tuple[str, ...], change: str, *, as_json: bool) -> None:
    from chatmill.stages.roles import set_roles, settable_roles

    role = next((each for each in settable_roles() if each == change), None)
    for each in set_roles(project, names, role):
        if as_json:
            emit_json(
                {
                    "name": each.name,
                    "role": each.role or "auto",
                    "rooms": each.n_rooms,
                    "messages": each.n_messages,
                }
            )
        else:
            say(_said(each))
    if not as_json:
        say("Next: chatmill extract")


def _said(change: RoleChange) -> str:
    role = change.role or "told by the export and by what they do"
    rooms, messages = counted(change.n_rooms, "room"), counted(change.n_messages, "message")
    return f"{change.name}: {role} ({rooms}, {messages})"
