"""What a reviewer looks at next, with everything there is to say about it."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import Literal

from chatmill.project import Project
from chatmill.records import Conversation, Decision, Example, Finding, Message
from chatmill.store.double_reviews import DoubleReview
from chatmill.store.examples import cited_messages, get_example
from chatmill.store.item_rows import read_item_rows
from chatmill.store.queue import WHOLE_QUEUE, QueueChoice, next_pending_ids, previous_id
from chatmill.store.returned import ReturnedQuestion, list_returned

CONVERSATIONS_IN_MEMORY = 64
MESSAGES_IN_MEMORY = 200_000
"""Of all of them together; the latest one is kept, however long."""


Look = Literal["first", "second", "settle"]
"""The only opinion, the second one (the first is not shown before), or the one that settles it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceMessage:
    """One message shown beside an example."""

    message: Message
    n_skipped: int
    """Messages left out between the one shown before it and this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewItem:
    """One example and everything a reviewer needs to decide about it."""

    example: Example
    conversation: Conversation
    source: tuple[SourceMessage, ...]
    """The messages it cites and those around them, in order."""
    findings: tuple[Finding, ...]
    """Errors first."""
    returned: tuple[ReturnedQuestion, ...]
    """What the tuned model did not follow, where improve sent it back."""
    history: tuple[Decision, ...]
    """Decisions about it, oldest first."""
    replaced: Example | None
    """The example this one took the place of after its room grew, where somebody had kept it."""
    revision: str = ""
    """Id of the newest decision about it, shown or not; empty where there is none."""
    look: Look = "first"
    """What the reviewer's decision is."""


class ConversationReader:
    """Reads conversations and keeps the latest in memory until an import changes the store.

    Safe to use from several threads.

    Args:
        project: Whose conversations.
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        self._lock = Lock()
        self._kept: OrderedDict[str, Conversation] = OrderedDict()
        self._state = ""
        self._n_messages = 0

    def get(self, conversation_id: str) -> Conversation:
        """Return one conversation.

        Raises:
            UsageError: The project has none with that id.
        """
        with self._lock:
            state = self._project.conversations.state()
            if state != self._state:
                self._kept.clear()
                self._n_messages = 0
                self._state = state
            n_new = 0
            found = self._kept.get(conversation_id)
            if found is None:
                found = self._project.conversations.get(conversation_id)
                self._kept[conversation_id] = found
                n_new = len(found.messages)
            self._kept.move_to_end(conversation_id)
            self._n_messages += n_new
            while len(self._kept) > 1 and (
                len(self._kept) > CONVERSATIONS_IN_MEMORY or self._n_messages > MESSAGES_IN_MEMORY
            ):
                self._n_messages -= len(self._kept.popitem(last=False)[1].messages)
            return found


def next_example_for_review(project: Project, after: str | None = None) -> Example | None:
    """Return the pending example that comes next, None where nothing waits.

    Errors come first, then warnings, then what improve sent back, then the rest as extracted.

    Args:
        project: Whose queue.
        after: Example to go on from, going round to the start of the queue at its end.
    """
    ids = next_pending_ids(project.database, after=after, limit=1)
    return get_example(project.database, ids[0]) if ids else None


def next_example_ids(
    project: Project,
    *,
    after: str | None = None,
    limit: int = 1,
    choice: QueueChoice = WHOLE_QUEUE,
) -> list[str]:
    """List the pending examples that come next; see `next_example_for_review`.

    Nobody's lease is asked for or looked at: `hand_out` does that.
    """
    return next_pending_ids(project.database, after=after, limit=limit, choice=choice)


def previous_example_id(project: Project, before: str) -> str | None:
    """Return the id of the example before this one in the queue, decided or not."""
    return previous_id(project.database, before=before)


def review_item(
    project: Project,
    example_id: str,
    conversations: ConversationReader | None = None,
    *,
    reviewer: str = "",
) -> ReviewItem:
    """Gather what a reviewer needs to decide about one example.

    Args:
        project: Where it is.
        example_id: Which.
        conversations: Reader to share between calls.
        reviewer: Who looks; before a second opinion they do not see the first. Everything is
            shown when empty.

    Raises:
        UsageError: No such example.
    """
    reader = conversations or ConversationReader(project)
    rows = read_item_rows(project.database, example_id)
    conversation = reader.get(rows.example.conversation_id)
    order = ("error", "warning", "info")
    look = look_of(rows.double, reviewer)
    is_second = look == "second"
    example = replace(rows.example, status="pending") if is_second else rows.example
    return ReviewItem(
        example=example,
        conversation=conversation,
        source=_source(example, conversation, project.settings.review.source_messages),
        findings=tuple(sorted(rows.findings, key=lambda each: order.index(each.severity))),
        returned=_latest(rows.returned),
        history=tuple(
            each for each in rows.decisions if not is_second or each.reviewer == reviewer
        ),
        replaced=rows.replaced if rows.replaced and rows.replaced.status == "kept" else None,
        revision=rows.decisions[-1].id if rows.decisions else "",
        look=look,
    )


def look_of(double: DoubleReview | None, reviewer: str) -> Look:
    """Say what somebody's decision about an example would be."""
    if double is None or not reviewer:
        return "first"
    if double.state == "waiting" and double.first_reviewer != reviewer:
        return "second"
    return "settle" if double.state == "disputed" else "first"


def returned_questions(project: Project, example_id: str) -> tuple[ReturnedQuestion, ...]:
    """Return what the latest evaluation that sent this example back said, worst first."""
    return _latest(list_returned(project.database, example_ids=[example_id]))


def _latest(rows: Sequence[ReturnedQuestion]) -> tuple[ReturnedQuestion, ...]:
    latest = [each for each in rows if each.evaluation_id == rows[-1].evaluation_id]
    return tuple(sorted(latest, key=lambda each: each.cosine))


def _source(example: Example, conversation: Conversation, most: int) -> tuple[SourceMessage, ...]:
    """Choose the messages to show: cited ones always, those around them as far as there is room."""
    cited = cited_messages(example)
    near = cited | set(example.context)
    places = [at for at, each in enumerate(conversation.messages) if each.id in near]
    if len(places) > most:
        places = [at for at in places if conversation.messages[at].id in cited]
    if not places:
        places = list(range(min(most, len(conversation.messages))))
    shown: list[SourceMessage] = []
    last = -1
    for at in places:
        shown.append(SourceMessage(message=conversation.messages[at], n_skipped=at - last - 1))
        last = at
    return tuple(shown)
