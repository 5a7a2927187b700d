"""The one question after an import: who answers in this room?"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from chatmill.cli.output import counted, say

if TYPE_CHECKING:
    from chatmill.project import Project
    from chatmill.stages.roles import RoomQuestion

SPEAKERS_SHOWN = 20


def ask_who_answers(project: Project, *, as_json: bool) -> None:
    """Ask once about each room of which nothing tells who answers; only on a terminal."""
    if as_json or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return
    from chatmill.stages.roles import MAX_ROOMS_ASKED, answer, leave_unasked, rooms_to_ask

    for _ in range(MAX_ROOMS_ASKED):
        questions = rooms_to_ask(project)  # an answer may settle other rooms too
        if not questions:
            return
        answer(project, questions[0], _ask(questions[0]))
    left = rooms_to_ask(project)
    if left:
        leave_unasked(project, left)
        rooms = counted(len(left), "more room")
        say(f"{rooms}: people are told by what they do. To change it: chatmill roles")


def _ask(question: RoomQuestion) -> list[str]:
    shown = question.speakers[:SPEAKERS_SHOWN]
    say(f"Who answers in {question.room}?")
    for number, (speaker, n_messages) in enumerate(shown, 1):
        say(f"  {number:2}  {speaker}  ({counted(n_messages, 'message')})")
    if len(question.speakers) > len(shown):
        say(f"      and {len(question.speakers) - len(shown)} more")

    def chosen(text: str) -> list[str]:
        numbers = [part for part in text.replace(",", " ").split() if part]
        if not all(part.isdigit() and 1 <= int(part) <= len(shown) for part in numbers):
            raise click.UsageError(f"Numbers from 1 to {len(shown)}, like 1 3")
        return [shown[int(part) - 1][0] for part in numbers]

    picked: list[str] = click.prompt(
        "Numbers, or Enter to let chatmill tell",
        default="",
        show_default=False,
        value_proc=chosen,
        err=True,
    )
    return picked
