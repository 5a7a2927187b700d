"""Checks over all examples together: finds duplicates, conflicts, leaks and topics, stores them."""

import dataclasses
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, cast

from chatmill.checks.corpus import Corpus, load_corpus_checks, questions_of
from chatmill.errors import UntrustedProviderError
from chatmill.models.progress import Progress, no_progress
from chatmill.project import Project
from chatmill.records import Cluster, Example, Finding, Severity, Split
from chatmill.store.clusters import MARK_STAGE, list_clusters, save_corpus
from chatmill.store.datasets import list_datasets, read_rows
from chatmill.store.marks import read_marks

if TYPE_CHECKING:
    import numpy as np

    from chatmill.server.embed import Embedder


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpusSummary:
    """What stands after a run over all examples together."""

    is_new: bool
    """False where nothing had changed since the last run."""
    clusters: tuple[Cluster, ...]
    """Duplicates, conflicts and leaks, then topics, the largest first."""
    thin_topics: tuple[str, ...]
    """Names of topics with fewer than `[check] thin_topic` examples."""
    notes: tuple[str, ...]
    """What could not be looked for, and why."""


def check_corpus(
    project: Project, examples: Sequence[Example], progress: Progress | None = None
) -> CorpusSummary:
    """Look at all examples together and store findings and clusters; the caller holds the lock.

    Args:
        project: An open project.
        examples: All that stand; rejected ones are left out here.
        progress: Told how far embedding is.

    Raises:
        ModelError: The embedding model of a provider does not answer.
    """
    report = progress or no_progress
    standing = [each for each in examples if each.status != "rejected"]
    splits, dataset = _splits(project)
    mark = _fingerprint(project, standing, splits, dataset)
    notes = _notes(project, standing)
    is_new = read_marks(project.database, MARK_STAGE).get("") != mark
    if is_new:
        corpus = Corpus(
            examples=standing,
            settings=project.settings,
            engine=project.engine,
            vectors=None if notes else _embed(project, standing, report),
            splits=splits,
            dataset=dataset,
        )
        levels = project.settings.check.severity
        findings: list[Finding] = []
        clusters: list[Cluster] = []
        for check in load_corpus_checks():
            if levels.get(check.name) == "off":
                continue
            found = check.check(corpus)
            clusters += found.clusters
            findings += _as_severe(found.findings, levels.get(check.name))
        names = [check.name for check in load_corpus_checks()]
        save_corpus(project.database, clusters, findings, names, mark)
    stored = tuple(list_clusters(project.database))
    return CorpusSummary(
        is_new=is_new,
        clusters=stored,
        thin_topics=tuple(
            each.name
            for each in stored
            if each.kind == "topic" and len(each.example_ids) < project.settings.check.thin_topic
        ),
        notes=notes,
    )


def _as_severe(found: Sequence[Finding], level: str | None) -> list[Finding]:
    if level is None:
        return list(found)
    return [dataclasses.replace(each, severity=cast("Severity", level)) for each in found]


def _splits(project: Project) -> tuple[dict[str, Split], str]:
    """Return example id → split in the newest dataset version, and its name."""
    versions = list_datasets(project.database)
    if not versions or not (project.folder / versions[-1].folder).is_dir():
        return {}, ""
    rows = read_rows(project.folder / versions[-1].folder)
    held: dict[str, Split] = {
        row.example_id: row.split for row in rows if row.split != "paraphrase"
    }
    return held, versions[-1].name


def _fingerprint(
    project: Project, examples: Sequence[Example], splits: dict[str, Split], dataset: str
) -> str:
    digest = hashlib.sha256()
    settings = project.settings
    chosen = (settings.evaluate.embedding_provider, settings.evaluate.embedding_model)
    checks = [(each.name, each.version) for each in load_corpus_checks()]
    digest.update(repr((checks, settings.check, chosen, sorted(splits.items()), dataset)).encode())
    for each in examples:
        digest.update(repr((each.id, each.status, each.turns)).encode("utf-8", "replace"))
    return digest.hexdigest()


def _notes(project: Project, examples: Sequence[Example]) -> tuple[str, ...]:
    """Say why nothing is embedded, where nothing is."""
    most = project.settings.check.max_same_meaning
    if len(examples) > most:
        return (
            (
                f"questions that mean the same and topics are looked for among at most {most} "
                "examples ([check] max_same_meaning)"
            ),
        )
    provider = project.settings.evaluate.embedding_provider
    if provider != "local":
        from chatmill.models.providers import require_trusted

        try:
            require_trusted(provider, project.settings)
        except UntrustedProviderError as error:
            return (f"questions that mean the same and topics were not looked for: {error}",)
    return ()


def _embed(
    project: Project, examples: Sequence[Example], progress: Progress
) -> "np.ndarray | None":
    """Embed what each example asks; float32 unit rows, zeros where it asks nothing."""
    import numpy as np

    if not examples:
        return None
    texts = [questions_of(each)[:EMBEDDED_CHARACTERS] for each in examples]
    wanted = [at for at, text in enumerate(texts) if text.strip()]
    if not wanted:
        return None
    asked = [texts[at] for at in wanted]
    chosen = project.settings.evaluate
    if chosen.embedding_provider == "local":
        made = _embedder().embed(asked)
    else:
        from chatmill.models.client import ModelClient

        with ModelClient.for_provider(chosen.embedding_provider, project.settings) as client:
            made = client.embed(asked, model=chosen.embedding_model, progress=progress)
    lengths = np.linalg.norm(made, axis=1, keepdims=True)
    vectors = np.zeros((len(texts), made.shape[1]), dtype=np.float32)
    vectors[wanted] = made / np.maximum(lengths, np.finfo(np.float32).tiny)
    return vectors


@lru_cache(maxsize=1)
def _embedder() -> "Embedder":
    """Build this machine's encoder once; it needs no server of its own."""
    from chatmill.server.embed import Embedder

    return Embedder()


EMBEDDED_CHARACTERS = 4_000
"""Of a question; what follows says little about what is asked."""
