"""Compares models and prompts on the same conversations: pairs, findings and cost, nothing kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from chatmill.checks.table import check_example
from chatmill.errors import UsageError
from chatmill.extractors.asking import ClientAsker
from chatmill.extractors.base import Extraction
from chatmill.extractors.llm import CallTotals, model_of
from chatmill.extractors.opening import llm_extractor
from chatmill.models.client import ModelClient
from chatmill.models.progress import Progress, no_progress
from chatmill.models.spending import Spending
from chatmill.project import Project
from chatmill.records import Finding, ThreadedConversation
from chatmill.store.examples import list_examples
from chatmill.store.product_mentions import read_product_book
from chatmill.threads import thread_conversation

DEFAULT_LIMIT = 20
"""Conversations compared when nobody says how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantSummary:
    """What one model with one prompt made of the conversations."""

    variant: str
    """As it was named: a model, or a folder of prompts."""
    model: str
    """Provider and model."""
    n_conversations: int
    n_examples: int
    n_pairs: int
    """Turns that stand in the source's own words; what a reviewer would see."""
    n_left_out: int
    """Rejections: pairs that were invented, threads without a pair, calls that failed."""
    n_errors: int
    """Findings of severity error."""
    n_warnings: int
    n_kept_found: int
    """Pairs people kept in these conversations that came out word for word."""
    n_kept: int
    """Pairs people kept in these conversations."""
    totals: CallTotals
    """Calls, tokens and cost; stored answers count like new ones."""

    @property
    def cost_per_pair_usd(self) -> float | None:
        """None without a pair, or without a price."""
        cost = self.totals.cost_usd
        return None if cost is None or not self.n_pairs else cost / self.n_pairs

    @property
    def findings_per_pair(self) -> float | None:
        """Errors and warnings; None without a pair."""
        return (self.n_errors + self.n_warnings) / self.n_pairs if self.n_pairs else None


def compare_extractors(
    project: Project,
    variants: Sequence[str],
    *,
    limit: int = DEFAULT_LIMIT,
    spending: Spending | None = None,
    progress: Progress | None = None,
) -> list[VariantSummary]:
    """Let each variant extract the same conversations; answers are stored, examples are not.

    Conversations with kept examples come first, so that there is something to compare with.

    Args:
        project: An open project.
        variants: Models (`MODEL`, `PROVIDER/MODEL`) or folders of prompts for `[extract] model`.
        limit: Conversations.
        spending: How calls may use stored replies and money.
        progress: Told how many calls are answered.

    Raises:
        UsageError: There is no conversation.
        SettingsError: There is no such model, provider or prompt.
        ModelError: Nothing more can be asked; what was answered is stored.
    """
    kept = {each.conversation_id for each in list_examples(project.database, status="kept")}
    known = list(project.conversations.fingerprints())
    chosen = sorted(known, key=lambda each: each not in kept)[:limit]
    if not chosen:
        raise UsageError("there is no conversation", fix="Import some: chatmill import FILE")
    threadeds = [
        thread_conversation(each, project.settings) for each in project.conversations.read(chosen)
    ]
    report = progress or no_progress
    return [_one(project, each, threadeds, spending, report) for each in variants]


def _one(
    project: Project,
    variant: str,
    threadeds: Sequence[ThreadedConversation],
    spending: Spending | None,
    report: Progress,
) -> VariantSummary:
    folder = Path(variant)
    prompts = folder if folder.is_dir() else None
    provider, model = model_of(project.settings, "" if prompts else variant)
    with ModelClient.for_provider(
        provider, project.settings, spending=spending, progress=report
    ) as client:
        asker = ClientAsker(client, model, project.database, report)
        tool = llm_extractor(project, asker, prompts)
        products = read_product_book(project.database, project.settings)
        found = tool.extract_many(threadeds, products.settings_of_all())
    if asker.stopped_by is not None:
        raise asker.stopped_by
    return _summary(
        project, variant, asker.name, tool.totals, list(zip(threadeds, found, strict=True))
    )


def _summary(
    project: Project,
    variant: str,
    model: str,
    totals: CallTotals,
    found: Sequence[tuple[ThreadedConversation, Extraction]],
) -> VariantSummary:
    findings: list[Finding] = []
    products = read_product_book(project.database, project.settings)
    pairs: set[tuple[str, str, str]] = set()
    n_pairs = n_examples = 0
    for threaded, each in found:
        n_examples += len(each.examples)
        for example in each.examples:
            findings += check_example(
                example, threaded.conversation, products.settings_of(example.conversation_id)
            )
            n_pairs += len(example.turns)
            pairs |= {(example.conversation_id, t.question, t.answer) for t in example.turns}
    looked_at = {threaded.conversation.id for threaded, _each in found}
    kept = {
        (example.conversation_id, turn.question, turn.answer)
        for example in list_examples(project.database, status="kept")
        if example.conversation_id in looked_at
        for turn in example.turns
    }
    return VariantSummary(
        variant=variant,
        model=model,
        n_conversations=len(found),
        n_examples=n_examples,
        n_pairs=n_pairs,
        n_left_out=sum(len(each.rejections) for _threaded, each in found),
        n_errors=sum(each.severity == "error" for each in findings),
        n_warnings=sum(each.severity == "warning" for each in findings),
        n_kept_found=len(kept & pairs),
        n_kept=len(kept),
        totals=totals,
    )
