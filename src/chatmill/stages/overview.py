"""Overview: the funnel from messages to what was trained on, what waits, and topics with gaps."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from chatmill.project import Project
from chatmill.store.calls import count_failed_calls
from chatmill.store.datasets import list_datasets
from chatmill.store.examples import count_examples
from chatmill.store.jobs import list_jobs
from chatmill.store.overview import (
    TopicCounts,
    WaitingCounts,
    count_topics,
    count_waiting,
    count_with_error,
    list_waiting_conversations,
    topics_of,
)
from chatmill.store.rejections import count_rejections
from chatmill.store.sources import list_sources

MOST_CONVERSATIONS = 8
MOST_TOPICS = 60
StepName = Literal[
    "files", "conversations", "messages", "examples", "clean", "decided", "kept", "built"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelStep:
    """One step on the way from messages to training examples."""

    name: StepName
    n: int
    n_left_out: int = 0
    """Rejections of the stage that leads here; people can list them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingPlace:
    """A conversation in which examples wait."""

    conversation_id: str
    title: str
    n_pending: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One topic and what is missing in it."""

    counts: TopicCounts
    is_thin: bool
    """Fewer kept examples than `[check] thin_topic`."""
    n_not_followed: int
    """Of its questions, in the newest evaluation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Where a project stands, at one moment."""

    funnel: tuple[FunnelStep, ...]
    waiting: WaitingCounts
    places: tuple[WaitingPlace, ...]
    n_failed_calls: int
    n_open_jobs: int
    """Fine-tuning jobs that have not ended."""
    n_rejections: dict[str, int]
    """Stage → what could not be used."""
    topics: tuple[Topic, ...]
    """The largest first, at most 60."""
    n_topics: int


def project_overview(
    project: Project,
    *,
    title_of: Callable[[str], str] = str,
    not_followed: Sequence[str] = (),
) -> Overview:
    """Count everything; over a million examples that takes seconds.

    Args:
        project: Which.
        title_of: Names a conversation by its id.
        not_followed: Example of every question the newest evaluation says was not followed.
    """
    database = project.database
    topics = _topics(project, not_followed)
    return Overview(
        funnel=_funnel(project),
        waiting=count_waiting(database),
        places=_places(project, title_of),
        n_failed_calls=count_failed_calls(database),
        n_open_jobs=sum(
            job.status not in ("succeeded", "failed", "cancelled") for job in list_jobs(database)
        ),
        n_rejections=count_rejections(database),
        topics=tuple(topics[:MOST_TOPICS]),
        n_topics=len(topics),
    )


def _funnel(project: Project) -> tuple[FunnelStep, ...]:
    database = project.database
    n_conversations, n_messages = project.conversations.count()
    examples = count_examples(database)
    n_examples = sum(examples.values())
    n_kept = examples.get("kept", 0)
    left_out = count_rejections(database)
    versions = list_datasets(database)
    newest = versions[-1].n_examples if versions else {}
    n_built = sum(n for split, n in newest.items() if split != "paraphrase")
    return (
        FunnelStep(
            name="files", n=len(list_sources(database)), n_left_out=left_out.get("import", 0)
        ),
        FunnelStep(name="conversations", n=n_conversations),
        FunnelStep(name="messages", n=n_messages),
        FunnelStep(name="examples", n=n_examples, n_left_out=left_out.get("extract", 0)),
        FunnelStep(name="clean", n=n_examples - count_with_error(database)),
        FunnelStep(name="decided", n=n_kept + examples.get("rejected", 0)),
        FunnelStep(name="kept", n=n_kept, n_left_out=examples.get("rejected", 0)),
        FunnelStep(name="built", n=n_built, n_left_out=left_out.get("build", 0)),
    )


def _places(project: Project, title_of: Callable[[str], str]) -> tuple[WaitingPlace, ...]:
    return tuple(
        WaitingPlace(
            conversation_id=each.conversation_id,
            title=title_of(each.conversation_id),
            n_pending=each.n_pending,
        )
        for each in list_waiting_conversations(project.database, MOST_CONVERSATIONS)
    )


def _topics(project: Project, not_followed: Sequence[str]) -> list[Topic]:
    named = topics_of(project.database, sorted(set(not_followed)))
    lost = Counter(named[each] for each in not_followed if each in named)
    thin = project.settings.check.thin_topic
    return [
        Topic(counts=each, is_thin=each.n_kept < thin, n_not_followed=lost[each.name])
        for each in count_topics(project.database)
    ]
