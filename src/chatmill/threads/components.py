"""Threads are the connected components of the reply links."""

from collections.abc import Iterable

from chatmill.records import Conversation, ReplyLink


def thread_ids(conversation: Conversation, links: Iterable[ReplyLink]) -> dict[str, str]:
    """Return message id → id of its thread, named after the thread's first message.

    A message nobody linked is a thread of its own.
    """
    order = {message.id: place for place, message in enumerate(conversation.messages)}
    parent = {message_id: message_id for message_id in order}

    def root(message_id: str) -> str:
        while parent[message_id] != message_id:
            parent[message_id] = parent[parent[message_id]]
            message_id = parent[message_id]
        return message_id

    for link in links:
        if link.later not in parent or link.earlier not in parent:
            continue
        first, second = sorted((root(link.later), root(link.earlier)), key=order.__getitem__)
        parent[second] = first
    return {message_id: root(message_id) for message_id in order}
