"""`chatmill threads`: who answers whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from chatmill.cli.output import emit_json, json_option, open_project, say, tell

if TYPE_CHECKING:
    from chatmill.records import Message, ThreadedConversation

LINE_CHARACTERS = 100


@click.command("threads")
@click.argument("conversation_id", required=False, metavar="[CONVERSATION]")
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    conversation_id: str | None,
    as_json: bool,
) -> None:
    """Show the threads of one conversation, or of all."""
    from chatmill.threads import thread_conversation

    project = open_project(ctx)
    store = project.conversations
    found = [store.get(conversation_id)] if conversation_id else store.read()
    n_shown = 0
    for conversation in found:
        threaded = thread_conversation(conversation, project.settings)
        if as_json:
            emit_json(_record(threaded))
        else:
            _show(threaded)
        n_shown += 1
    if not n_shown:
        say("No conversations yet: chatmill import FILES…")


def _record(threaded: ThreadedConversation) -> dict[str, Any]:
    return {
        "id": threaded.conversation.id,
        "links": [[link.later, link.earlier] for link in threaded.links],
        "threads": threaded.thread_ids,
    }


def _show(threaded: ThreadedConversation) -> None:
    """Print one conversation; where nobody speaks, as in a section of a document, nothing."""
    conversation = threaded.conversation
    title = f"  {conversation.title}" if conversation.title else ""
    by_thread: dict[str, list[Message]] = {}
    for message in conversation.messages:
        if threaded.roles[message.id] == "system":
            continue  # somebody came or went
        by_thread.setdefault(threaded.thread_ids[message.id], []).append(message)
    if not by_thread:
        return
    tell(f"{conversation.id}{title}", bold=True)
    earlier = {link.later: link.earlier for link in threaded.links}
    for number, messages in enumerate(by_thread.values(), start=1):
        tell(f"  thread {number}")
        for message in messages:
            role = threaded.roles[message.id]
            answers = earlier.get(message.id, message.id)
            arrow = f" → {answers}" if answers != message.id else ""
            text = " ".join(message.text.split())[:LINE_CHARACTERS]
            tell(f"    {message.id}{arrow}  {message.speaker} ({role}): {text}")
