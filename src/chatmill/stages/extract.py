"""Extract: finds threads and roles in each conversation and lifts examples out of it."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

from chatmill.errors import ModelCallError
from chatmill.extractors.asking import FolderAsker
from chatmill.extractors.base import BulkExtractor, Extraction, Extractor
from chatmill.extractors.examples import cited_ids
from chatmill.extractors.opening import llm_extractor, open_extractor
from chatmill.models.progress import Progress, no_progress
from chatmill.models.spending import Spending
from chatmill.project import Project
from chatmill.records import Conversation, Example, ThreadedConversation
from chatmill.settings import ExtractSettings, Settings
from chatmill.stages.products import learn_products
from chatmill.store.decisions import list_decisions
from chatmill.store.examples import list_examples, save_conversation_examples
from chatmill.store.marks import read_marks
from chatmill.store.product_mentions import ProductBook, read_product_book
from chatmill.threads import thread_conversation

STAGE = "extract"
THREADS_VERSION = "3"
"""Changes whenever the same chat would give other threads or roles."""
MESSAGES_AT_ONCE = 50_000
"""Conversations of about as many messages go to a bulk extractor together."""
UNFINISHED = "unfinished"
"""Mark of a conversation a part of which got no answer."""
NO_REASON = frozenset({"extractor", "model", "provider", "few_shot"})
"""Options of `[extract]` that are part of an extractor's version, or no reason to ask again."""
MODEL_OPTIONS = NO_REASON | {"window_tokens", "overlap_messages", "max_reply_tokens"}
"""Those that change nothing for an extractor without a model."""


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
    n_unfinished: int
    """Conversations a part of which got no answer: the next run asks for it again."""


def extract(  # noqa: PLR0913 - what there is to choose
    project: Project,
    *,
    extractor: str | None = None,
    model: str = "",
    replies: Path | None = None,
    spending: Spending | None = None,
    limit: int | None = None,
    progress: Progress | None = None,
) -> ExtractSummary:
    """Extract from every conversation that changed, or whose extractor or settings did.

    Each conversation is one short transaction, so the stage can be killed anywhere and goes on.

    Args:
        project: An open project.
        extractor: Name of the extractor; `[extract] extractor` when None, `llm` where a model or
            replies are named.
        model: Of the extractor llm, `MODEL` or `PROVIDER/MODEL`; `[extract] model` when empty.
        replies: Folder of replies people pasted, see `write_prompts`.
        spending: How model calls may use stored replies and money; as `[spend]` says when None.
        limit: Look at this many conversations at most.
        progress: Told how far it is.

    Raises:
        SettingsError: There is no such extractor, model or provider.
        UntrustedProviderError: The provider may not be sent unmasked text; nothing was sent.
        SpendError: The estimate was not confirmed; nothing was sent.
        ModelError: Nothing more can be asked; what was answered is stored.
        ProjectBusyError: Another stage is running.
    """
    opened = open_extractor(
        project, extractor, model=model, replies=replies, spending=spending, progress=progress
    )
    with project.lock(STAGE), opened as tool:
        summary = _extract(project, tool, limit, progress or no_progress)
        if isinstance(tool, BulkExtractor) and tool.stopped_by is not None:
            raise tool.stopped_by
    return summary


def write_prompts(project: Project, folder: Path, *, limit: int | None = None) -> tuple[int, int]:
    """Write the prompts of what `extract` would ask, for a chat window; nothing else changes.

    Args:
        project: An open project.
        folder: Made where it is missing. `KEY.reply.txt` beside `KEY.prompt.txt` takes its reply.
        limit: Look at this many conversations at most.

    Returns:
        Prompts that wait for a reply, and those of them that are new.

    Raises:
        StorageError: The folder cannot be written.
    """
    asker = FolderAsker(folder)
    tool = llm_extractor(project, asker)
    wanted, _n_skipped = changed_conversations(project, tool, limit)
    products = read_product_book(project.database, project.settings)
    for _each in extractions(tool, project.conversations.read(wanted), products):
        pass  # asking writes
    return asker.n_waiting, asker.n_written


def require_finished(summary: ExtractSummary) -> None:
    """Refuse a run that left questions to a model without an answer.

    Raises:
        ModelCallError: It did; names where the reasons are.
    """
    if summary.n_unfinished:
        raise ModelCallError(
            f"{summary.n_unfinished} of {summary.n_conversations} conversations have parts "
            "without an answer",
            where="extract",
            fix="See chatmill rejections --stage extract; run it again, only they are asked",
        )


def _extract(
    project: Project, tool: Extractor, limit: int | None, report: Progress
) -> ExtractSummary:
    learn_products(project, report)
    wanted, n_skipped = changed_conversations(project, tool, limit)
    counts = dict.fromkeys(_COUNTED, 0)
    n_rejected = n_unfinished = 0
    conversations = project.conversations.read(wanted)
    products = read_product_book(project.database, project.settings)
    found_in = extractions(tool, conversations, products)
    for done, (conversation, found) in enumerate(found_in, start=1):
        change = save_conversation_examples(
            project.database,
            conversation.id,
            [*found.examples, *_kept_waiting(project, conversation, found)],
            found.rejections,
            UNFINISHED if found.waiting else wanted[conversation.id],
        )
        for name in _COUNTED:
            counts[name] += getattr(change, name)
        n_rejected += len(found.rejections)
        n_unfinished += bool(found.waiting)
        report("extracting", done, len(wanted))
    return ExtractSummary(
        extractor=tool.name,
        n_conversations=len(wanted),
        n_skipped=n_skipped,
        n_rejected=n_rejected,
        n_unfinished=n_unfinished,
        **counts,
    )


def extractions(
    tool: Extractor, conversations: Iterator[Conversation], products: ProductBook
) -> Iterator[tuple[Conversation, Extraction]]:
    """Yield each conversation with what an extractor makes of it, in their order."""
    if not isinstance(tool, BulkExtractor):
        for conversation in conversations:
            settings = products.settings_of(conversation.id)
            threaded = thread_conversation(conversation, settings)
            yield conversation, tool.extract(threaded, settings)
        return
    settings = products.settings_of_all()
    for several in _batches(conversations, settings):
        for threaded, found in zip(several, tool.extract_many(several, settings), strict=True):
            yield threaded.conversation, found


def _batches(
    conversations: Iterator[Conversation], settings: Settings
) -> Iterator[list[ThreadedConversation]]:
    held: list[ThreadedConversation] = []
    n_messages = 0
    for conversation in conversations:
        held.append(thread_conversation(conversation, settings))
        n_messages += len(conversation.messages)
        if n_messages >= MESSAGES_AT_ONCE:
            yield held
            held, n_messages = [], 0
    if held:
        yield held


def _kept_waiting(project: Project, conversation: Conversation, found: Extraction) -> list[Example]:
    """Return stored examples of a part that got no answer this time, so that they stay."""
    if not found.waiting:
        return []
    anew = {each for example in found.examples for each in cited_ids(example.turns)}
    return [
        each
        for each in list_examples(
            project.database, status="pending", conversation_id=conversation.id
        )
        if found.waiting.issuperset(cited_ids(each.turns))
        and anew.isdisjoint(cited_ids(each.turns))
        and not list_decisions(project.database, example_id=each.id)
    ]


_COUNTED = ("n_new", "n_unchanged", "n_carried", "n_changed", "n_withdrawn")


def changed_conversations(
    project: Project, tool: Extractor, limit: int | None
) -> tuple[dict[str, str], int]:
    """Return conversation id → fingerprint for what is to be done, and how many are not."""
    marks = read_marks(project.database, STAGE)
    products = read_product_book(project.database, project.settings)
    current = {
        conversation_id: hashlib.sha256(
            f"{digest}\x1f{_how(tool, products.settings_of(conversation_id))}".encode()
        ).hexdigest()
        for conversation_id, digest in project.conversations.fingerprints().items()
    }
    changed = {key: mark for key, mark in current.items() if marks.get(key) != mark}
    n_skipped = len(current) - len(changed)
    return dict(list(changed.items())[:limit]), n_skipped


def _how(tool: Extractor, settings: Settings) -> str:
    """Name everything besides the messages that an extraction depends on."""
    asks = isinstance(tool, BulkExtractor)
    ignored = NO_REASON if asks else MODEL_OPTIONS
    options = {
        each.name: getattr(settings.extract, each.name)
        for each in fields(ExtractSettings)
        if each.name not in ignored
    }
    used = (settings.roles, settings.threads, options, settings.project.products)
    return f"{tool.name}={tool.version} threads={THREADS_VERSION} {used!r}"
