"""Puts roles, links and threads of one conversation together."""

from chatmill.records import Conversation, ThreadedConversation
from chatmill.settings import Settings
from chatmill.threads.components import thread_ids
from chatmill.threads.links import reply_links
from chatmill.threads.roles import message_roles


def thread_conversation(conversation: Conversation, settings: Settings) -> ThreadedConversation:
    """Find out who is who and who answers whom in one conversation.

    Args:
        conversation: Messages in the order they were sent.
        settings: `[roles] agents`, `[threads]` and `[extract] trim` are used.
    """
    roles = message_roles(conversation, settings)
    links = reply_links(conversation, roles, settings)
    return ThreadedConversation(
        conversation=conversation,
        roles=roles,
        links=links,
        thread_ids=thread_ids(conversation, links),
    )
