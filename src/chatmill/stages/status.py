"""Status: counts everything the stages left behind and says which stage has something to do."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from chatmill.frames.erasing import count_older
from chatmill.project import Project
from chatmill.records import TuningJob
from chatmill.store.datasets import list_datasets
from chatmill.store.erasures import unfinished_erasure
from chatmill.store.evaluations import list_evaluations
from chatmill.store.examples import count_examples
from chatmill.store.jobs import list_jobs
from chatmill.store.rejections import count_rejections
from chatmill.store.sources import list_sources


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """One line of the overview."""

    what: str
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectStatus:
    """Where a project stands."""

    counts: tuple[Count, ...]
    next_command: str
    next_reason: str
    notes: tuple[str, ...] = ()
    """What is due besides, in sentences."""


def project_status(project: Project) -> ProjectStatus:
    """Count what there is and name the command that goes on from here."""
    n_conversations, n_messages = project.conversations.count()
    examples = count_examples(project.database)
    jobs = list_jobs(project.database)
    counts = [
        Count(what="files", n=len(list_sources(project.database))),
        Count(what="conversations", n=n_conversations),
        Count(what="messages", n=n_messages),
        *(Count(what=f"examples {name}", n=n) for name, n in sorted(examples.items())),
        *(
            Count(what=f"rejections ({stage})", n=n)
            for stage, n in sorted(count_rejections(project.database).items())
        ),
        Count(what="datasets", n=len(list_datasets(project.database))),
        Count(what="tuning jobs", n=len(jobs)),
        Count(what="evaluations", n=len(list_evaluations(project.database))),
    ]
    command, reason = _next_step(project, n_conversations, examples, jobs)
    return ProjectStatus(
        counts=tuple(counts), next_command=command, next_reason=reason, notes=_notes(project)
    )


def _notes(project: Project) -> tuple[str, ...]:
    """Remind of what privacy asks for; nothing is ever forgotten by itself."""
    notes = []
    if unfinished_erasure(project.database) is not None:
        notes.append("An erasure was interrupted; finish it: chatmill forget")
    days = project.settings.privacy.retention_days
    if days:
        date = (datetime.now(UTC).date() - timedelta(days=days)).isoformat()
        n_expired = count_older(project.conversations.address, date)
        if n_expired:
            notes.append(
                f"{n_expired} messages are older than {days} days ([privacy] retention_days): "
                "chatmill forget --expired"
            )
    return tuple(notes)


def _next_step(
    project: Project, n_conversations: int, examples: dict[str, int], jobs: list[TuningJob]
) -> tuple[str, str]:
    """Return the command that goes on from here, and why."""
    datasets = list_datasets(project.database)
    newest = datasets[-1].name if datasets else ""
    is_tuned = any(job.dataset == newest and job.status == "succeeded" for job in jobs)
    is_asked = any(each.dataset == newest for each in list_evaluations(project.database))
    n_pending = examples.get("pending", 0)
    steps = (
        (not n_conversations, "chatmill import FILES…", "nothing was imported yet"),
        (not examples, "chatmill extract", "no question was lifted out yet"),
        (n_pending > 0, "chatmill review", f"{n_pending} examples wait for a decision"),
        (not datasets, "chatmill build", "what was kept is not a dataset yet"),
        (not is_tuned, "chatmill train", f"nothing was trained on {newest} yet"),
        (not is_asked, "chatmill evaluate", f"the model tuned on {newest} was not asked yet"),
        (True, "chatmill improve", "send what was not followed back to review"),
    )
    return next((command, why) for is_due, command, why in steps if is_due)
