"""Which earlier message each message answers or goes on with.

What the platform says (`reply_to`) always wins. In a tidy room (a ticket, very few people at a
time) rules decide the rest; in a small one learnt weights choose the talk each message goes on
with; in a busy one, where many people talk across each other, a learnt ranker does.
"""

from collections.abc import Sequence

import numpy as np

from chatmill.records import Conversation, Message, ReplyLink, Role
from chatmill.settings import Settings, ThreadsSettings
from chatmill.threads.chooser import links_by_talks
from chatmill.threads.ranker import rank_links
from chatmill.threads.rules import links_by_rules
from chatmill.threads.seen import NOT_PEOPLE
from chatmill.threads.signals import read_signals


def reply_links(
    conversation: Conversation, roles: dict[str, Role], settings: Settings
) -> tuple[ReplyLink, ...]:
    """Link each message of people to the one it answers; one that starts something to itself.

    Args:
        conversation: Messages in the order they were sent.
        roles: Message id → role.
        settings: `[threads]` bounds gaps and candidates; `[extract] trim` is cut before looking.
    """
    people = [m for m in conversation.messages if m.speaker and m.kind not in NOT_PEOPLE]
    at_once = speakers_at_once(people, settings.threads.candidates)
    if at_once >= settings.threads.busy_speakers:
        return _links_by_rank(people, settings.threads)
    if at_once >= settings.threads.few_speakers:
        return links_by_talks(conversation, roles, settings)
    return links_by_rules(conversation, roles, settings)


def speakers_at_once(people: Sequence[Message], window: int) -> float:
    """Return how many people speak in `window` messages, on average; of a shorter room, all."""
    runs = [people[start : start + window] for start in range(0, len(people), window)]
    if len(runs) > 1 and len(runs[-1]) < window:
        runs.pop()
    return sum(len({message.speaker for message in run}) for run in runs) / max(len(runs), 1)


def _links_by_rank(people: Sequence[Message], settings: ThreadsSettings) -> tuple[ReplyLink, ...]:
    answered = rank_links(read_signals(people), _told(people), settings)
    return tuple(
        ReplyLink(later=message.id, earlier=people[place].id)
        for message, place in zip(people, answered.tolist(), strict=True)
    )


def _told(people: Sequence[Message]) -> np.ndarray:
    """Return the place each message answers where the platform says so, else -1."""
    place_of = {message.id: place for place, message in enumerate(people)}
    told = np.full(len(people), -1)
    for place, message in enumerate(people):
        earlier = place_of.get(message.reply_to or "", -1)
        if earlier < place:
            told[place] = earlier
    return told
