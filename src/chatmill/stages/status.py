"""Status: counts everything the stages left behind and says which stage has something to do."""

from dataclasses import dataclass

from chatmill.project import Project
from chatmill.records import TuningJob
from chatmill.store.datasets import list_datasets
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
    return ProjectStatus(counts=tuple(counts), next_command=command, next_reason=reason)


def _next_step(
    project: Project, n_conversations: int, examples: dict[str, int], jobs: list[TuningJob]
) -> tuple[str, str]:
    if not n_conversations:
        return "chatmill import FILES…", "nothing was imported yet"
    if not examples:
        return "chatmill extract", "no question was lifted out yet"
    if examples.get("pending"):
        return "chatmill review", f"{examples['pending']} examples wait for a decision"
    datasets = list_datasets(project.database)
    if not datasets:
        return "chatmill build", "what was kept is not a dataset yet"
    newest = datasets[-1].name
    done = [job for job in jobs if job.dataset == newest and job.status == "succeeded"]
    if not done:
        return "chatmill train", f"nothing was trained on {newest} yet"
    if not any(each.dataset == newest for each in list_evaluations(project.database)):
        return "chatmill evaluate", f"the model tuned on {newest} was not asked yet"
    return "chatmill improve", "send what was not followed back to review"
