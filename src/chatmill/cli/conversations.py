"""`chatmill conversations`: list them, read one, or write them all as JSONL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from chatmill.cli.output import emit_json, json_option, open_project, say, table, tell

if TYPE_CHECKING:
    from chatmill.records import Conversation, Message


DAY_CHARACTERS = 10


@click.command("conversations")
@click.argument("conversation_id", required=False, metavar="[ID]")
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    conversation_id: str | None,
    as_json: bool,
) -> None:
    """List imported conversations, or read one.

    With --json each line is one conversation, which `chatmill import` reads again.
    """
    store = open_project(ctx).conversations
    if as_json:
        for conversation in [store.get(conversation_id)] if conversation_id else store.read():
            emit_json(_interchange(conversation))
    elif conversation_id:
        _show(store.get(conversation_id))
    else:
        rows = [_row(conversation) for conversation in store.read()]
        if rows:
            table(["Conversation", "Language", "Messages", "People", "First", "Last"], rows)
        else:
            say("No conversations yet: chatmill import FILES…")


def _interchange(conversation: Conversation) -> dict[str, Any]:
    return {
        "id": conversation.id,
        "messages": [_message(message) for message in conversation.messages],
    }


def _message(message: Message) -> dict[str, Any]:
    """Write what everybody needs, and what is rare only where it is there."""
    record: dict[str, Any] = {
        "id": message.id,
        "speaker": message.speaker,
        "role": message.role,
        "time": message.sent_at or None,
        "text": message.text,
    }
    if message.original:
        record["original"] = message.original
    if message.kind != "text":
        record["kind"] = message.kind
    if message.reply_to is not None:
        record["reply_to"] = message.reply_to
    if message.attachments:
        record["attachments"] = list(message.attachments)
    return record


def _row(conversation: Conversation) -> list[str]:
    times = [message.sent_at for message in conversation.messages if message.sent_at]
    people = {message.speaker for message in conversation.messages if message.speaker}
    return [
        conversation.id,
        conversation.language,
        str(len(conversation.messages)),
        str(len(people)),
        times[0][:DAY_CHARACTERS] if times else "",
        times[-1][:DAY_CHARACTERS] if times else "",
    ]


def _show(conversation: Conversation) -> None:
    tell(f"{conversation.id}  ({conversation.platform}, from {conversation.source})")
    for message in conversation.messages:
        speaker = message.speaker or message.role
        role = "" if message.role in ("unknown", "system") else f" [{message.role}]"
        time = f"{message.sent_at}  " if message.sent_at else ""
        kind = "" if message.kind == "text" else f"({message.kind}) "
        tell(f"{time}{speaker}{role}: {kind}{message.text}")
