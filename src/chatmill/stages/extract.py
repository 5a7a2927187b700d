"""Extract: finds threads and roles in each conversation and lifts examples out of it."""

import hashlib
from dataclasses import dataclass

from chatmill.extractors.base import Extractor
from chatmill.extractors.table import load_extractor
from chatmill.models.progress import Progress, no_progress
from chatmill.project import Project
from chatmill.settings import Settings
from chatmill.store.examples import save_conversation_examples
from chatmill.store.marks import read_marks
from chatmill.threads import thread_conversation

STAGE = "extract"
THREADS_VERSION = "2"
"""Changes whenever the same chat would give other threads or roles."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractSummary:
    """What one run did; examples of conversations it left alone are not counted."""

    extractor: str
    n_conversations: int
    """Looked at in this run."""
    n_skipped: int
    """Had not changed since they were looked at last."""
    n_new: int
    """Examples that wait for a first decision."""
    n_unchanged: int
    """Examples that stand as they were, decision and all."""
    n_carried: int
    """Examples that replace one with the same words and took its decision."""
    n_changed: int
    """Examples that replace one with other words and come back to review."""
    n_withdrawn: int
    """Examples nobody decided about that are no longer found."""
    n_rejected: int
    """Questions and threads left out, each with a reason."""


def extract(
    project: Project,
    *,
    extractor: str | None = None,
    limit: int | None = None,
    progress: Progress | None = None,
) -> ExtractSummary:
    """Extract from every conversation that changed, or whose extractor or settings did.

    Each conversation is one short transaction, so the stage can be killed anywhere and goes on.

    Args:
        project: An open project.
        extractor: Name of the extractor; `[extract] extractor` when None.
        limit: Look at this many conversations at most.
        progress: Told how far it is.

    Raises:
        SettingsError: There is no such extractor.
        ProjectBusyError: Another stage is running.
    """
    report = progress or no_progress
    tool = load_extractor(extractor or project.settings.extract.extractor)
    with project.lock(STAGE):
        wanted, n_skipped = _changed(project, tool, limit)
        counts = dict.fromkeys(_COUNTED, 0)
        n_rejected = 0
        for done, conversation in enumerate(project.conversations.read(wanted), start=1):
            threaded = thread_conversation(conversation, project.settings)
            found = tool.extract(threaded, project.settings)
            change = save_conversation_examples(
                project.database,
                conversation.id,
                found.examples,
                found.rejections,
                wanted[conversation.id],
            )
            for name in _COUNTED:
                counts[name] += getattr(change, name)
            n_rejected += len(found.rejections)
            report("extracting", done, len(wanted))
    return ExtractSummary(
        extractor=tool.name,
        n_conversations=len(wanted),
        n_skipped=n_skipped,
        n_rejected=n_rejected,
        **counts,
    )


_COUNTED = ("n_new", "n_unchanged", "n_carried", "n_changed", "n_withdrawn")


def _changed(project: Project, tool: Extractor, limit: int | None) -> tuple[dict[str, str], int]:
    """Return conversation id → fingerprint for what is to be done, and how many are not."""
    marks = read_marks(project.database, STAGE)
    how = _how(tool, project.settings)
    current = {
        conversation_id: hashlib.sha256(f"{digest}\x1f{how}".encode()).hexdigest()
        for conversation_id, digest in project.conversations.fingerprints().items()
    }
    changed = {key: mark for key, mark in current.items() if marks.get(key) != mark}
    n_skipped = len(current) - len(changed)
    return dict(list(changed.items())[:limit]), n_skipped


def _how(tool: Extractor, settings: Settings) -> str:
    """Name everything besides the messages that an extraction depends on."""
    used = (settings.roles, settings.threads, settings.extract, settings.project.products)
    return f"{tool.name}={tool.version} threads={THREADS_VERSION} {used!r}"
