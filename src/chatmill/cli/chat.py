"""`chatmill chat`: talk to the tuned model."""

import sys
from typing import TYPE_CHECKING

import click

from chatmill.cli.output import emit_json, json_option, open_project, progress, say, tell

if TYPE_CHECKING:
    from chatmill.stages.chat import Chat


@click.command("chat")
@click.argument("message", required=False)
@click.option("--model", metavar="MODEL", help="Model to talk to; the newest tuned one otherwise.")
@click.option("--system", metavar="LINE", help="First line of the request.")
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    message: str | None,
    model: str | None,
    system: str | None,
    as_json: bool,
) -> None:
    """Ask the tuned model MESSAGE; without one, a conversation begins (end it with Ctrl-D)."""
    from chatmill.stages.chat import open_chat

    project = open_project(ctx)
    with progress() as report:
        chat = open_chat(project, model=model, system=system, progress=report)
    with chat:
        if message is not None:
            _answer(chat, message, as_json=as_json)
            return
        say(f"{chat.model} · {chat.system}")
        while (question := _read_question()) is not None:
            if question:
                _answer_until_interrupted(chat, question, as_json=as_json)


def _read_question() -> str | None:
    try:
        return input("> " if sys.stdin.isatty() else "").strip()
    except (EOFError, KeyboardInterrupt):
        say()
        return None


def _answer_until_interrupted(chat: "Chat", question: str, *, as_json: bool) -> None:
    try:
        _answer(chat, question, as_json=as_json)
    except KeyboardInterrupt:
        say("\n(stopped; this question is forgotten)")


def _answer(chat: "Chat", question: str, *, as_json: bool) -> None:
    if as_json:
        answer = "".join(chat.say(question))
        emit_json(
            {"model": chat.model, "system": chat.system, "question": question, "answer": answer}
        )
        return
    for piece in chat.say(question):
        tell(piece, ends_line=False)
    tell()
