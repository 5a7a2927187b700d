"""Check: looks at every example that changed and stores what is odd about it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chatmill.checks import check_example, example_fingerprint
from chatmill.models.progress import Progress, no_progress
from chatmill.project import Project
from chatmill.records import Conversation, Example, Finding, Severity
from chatmill.stages.check.corpus import CorpusSummary, check_corpus
from chatmill.store.examples import list_examples, list_findings, save_findings
from chatmill.store.marks import read_marks
from chatmill.store.product_mentions import read_product_book
from chatmill.text.morphemes import has_morphemes

STAGE = "check"
EXAMPLES_AT_ONCE = 200
"""Findings written in one transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckCount:
    """How often one check found one severity."""

    check: str
    severity: Severity
    n_findings: int
    n_examples: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckSummary:
    """What stands after a run, over all examples."""

    n_examples: int
    n_checked: int
    """Looked at in this run; the others had not changed."""
    n_clean: int
    """Without any error or warning."""
    counts: tuple[CheckCount, ...]
    """By check and severity."""
    thin_topics: tuple[str, ...] = ()
    """Names of topics with fewer than `[check] thin_topic` examples."""
    notes: tuple[str, ...] = ()
    """What could not be looked for, or only less well, and why."""


def check(project: Project, progress: Progress | None = None) -> CheckSummary:
    """Run the checks over every example whose words, source, checks or settings changed.

    Args:
        project: An open project.
        progress: Told how far it is.

    Raises:
        SettingsError: `[check] severity` names an unknown check or severity.
        ProjectBusyError: Another stage is running.
    """
    report = progress or no_progress
    with project.lock(STAGE):
        examples = list_examples(project.database)
        marks = read_marks(project.database, STAGE)
        n_checked = 0
        found: dict[str, list[Finding]] = {}
        new_marks: dict[str, str] = {}
        products = read_product_book(project.database, project.settings)
        pairs = _beside_sources(project, examples)
        for n_seen, (example, conversation) in enumerate(pairs, start=1):
            settings = products.settings_of(conversation.id)
            mark = example_fingerprint(example, conversation, settings)
            if marks.get(example.id) != mark:
                found[example.id] = check_example(example, conversation, settings)
                new_marks[example.id] = mark
                n_checked += 1
            if len(found) >= EXAMPLES_AT_ONCE:
                save_findings(project.database, found, new_marks)
                found, new_marks = {}, {}
            report("checking", n_seen, len(examples))
        save_findings(project.database, found, new_marks)
        together = check_corpus(project, examples, report)
    return _summary(project, examples, n_checked, together)


def _beside_sources(
    project: Project, examples: Sequence[Example]
) -> Iterator[tuple[Example, Conversation]]:
    by_conversation: dict[str, list[Example]] = {}
    for example in examples:
        by_conversation.setdefault(example.conversation_id, []).append(example)
    for conversation in project.conversations.read(by_conversation):
        for example in by_conversation[conversation.id]:
            yield example, conversation


def _without_morphemes(examples: Sequence[Example]) -> Iterator[str]:
    """Say that Korean words are compared without their morphemes, where that is so."""
    if not has_morphemes() and any(each.language.startswith("ko") for each in examples):
        yield (
            "Korean words are compared by rules, not by morpheme. "
            "For fewer false findings: pip install 'chatmill[korean]'"
        )


def _summary(
    project: Project, examples: Sequence[Example], n_checked: int, together: CorpusSummary
) -> CheckSummary:
    findings = list_findings(project.database)
    n_findings: Counter[tuple[str, Severity]] = Counter()
    n_examples: Counter[tuple[str, Severity]] = Counter()
    for each in findings.values():
        kinds = [(finding.check, finding.severity) for finding in each]
        n_findings.update(kinds)
        n_examples.update(set(kinds))
    n_odd = sum(any(f.severity != "info" for f in each) for each in findings.values())
    return CheckSummary(
        n_examples=len(examples),
        n_checked=n_checked,
        n_clean=len(examples) - n_odd,
        counts=tuple(
            CheckCount(check=name, severity=severity, n_findings=n, n_examples=n_examples[key])
            for key, n in sorted(n_findings.items())
            for name, severity in [key]
        ),
        thin_topics=together.thin_topics,
        notes=(*together.notes, *_without_morphemes(examples)),
    )
