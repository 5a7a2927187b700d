"""What a check over all examples together is, the table of them, and what they share.

Add one in three steps: a module with a class that has a `name`, a `version` and a `check` as
`CorpusCheck` describes them; one line in `CORPUS_CHECKS` and in `table.CORPUS_NAMES` (from another
package: an entry point in the group `chatmill.corpus_checks`); a line in docs/duplicates.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Protocol

import numpy as np

from chatmill.checks.duplicates.meaning import same_meaning
from chatmill.checks.duplicates.near import near_duplicates
from chatmill.checks.plugs import load_plugs
from chatmill.frames import Engine
from chatmill.records import Cluster, Example, Finding, Severity, Split
from chatmill.settings import Settings

ENTRY_POINTS = "chatmill.corpus_checks"
CORPUS_CHECKS: dict[str, str] = {
    "duplicates": "chatmill.checks.duplicates.check:DuplicatesCheck",
    "conflicts": "chatmill.checks.conflicts:ConflictsCheck",
    "leakage": "chatmill.checks.leakage:LeakageCheck",
    "coverage": "chatmill.checks.coverage:CoverageCheck",
}


@dataclass(frozen=True, kw_only=True)
class Corpus:
    """All examples, and what several checks need to know of them, found once."""

    examples: Sequence[Example]
    """Those that stand and were not rejected."""
    settings: Settings
    engine: Engine = field(default_factory=Engine)
    vectors: np.ndarray | None = None
    """float32, shape (n_examples, n_dims), unit rows of `texts`; None where nothing embeds them."""
    splits: Mapping[str, Split] = field(default_factory=dict)
    """Example id → split of the newest dataset version it is in."""
    dataset: str = ""
    """Name of that version."""

    @cached_property
    def texts(self) -> list[str]:
        """What each example asks: its questions, a line each."""
        return [questions_of(each) for each in self.examples]

    @cached_property
    def near_pairs(self) -> np.ndarray:
        """Near-duplicates among `texts`; int64, shape (n_pairs, 2), the lower place first."""
        return near_duplicates(self.engine, self.texts)

    @cached_property
    def same_pairs(self) -> np.ndarray:
        """Near-duplicates and questions that mean the same; int64, shape (n_pairs, 2)."""
        if self.vectors is None:
            return self.near_pairs
        least = self.settings.check.same_meaning_cosine
        alike = same_meaning(self.texts, self.vectors, least)
        pairs = np.unique(np.concatenate([self.near_pairs, alike]), axis=0)
        return np.asarray(pairs, dtype=np.int64).reshape(-1, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpusReport:
    """What one check found."""

    findings: tuple[Finding, ...] = ()
    clusters: tuple[Cluster, ...] = ()


class CorpusCheck(Protocol):
    """One thing to look for in all examples together; the same examples give the same report."""

    name: str
    """As in `[check] severity` and in findings."""
    version: str
    """Changes whenever the same examples would get another report."""

    def check(self, corpus: Corpus) -> CorpusReport:
        """Look at all examples; never raises because of what one says."""
        ...


@lru_cache(maxsize=1)
def load_corpus_checks() -> tuple[CorpusCheck, ...]:
    """Import and build every check over all examples, ours first, then other packages'."""
    return tuple(load_plugs(CORPUS_CHECKS, ENTRY_POINTS))


def questions_of(example: Example) -> str:
    """Return what an example asks, a line a turn."""
    return "\n".join(turn.question for turn in example.turns)


def about(  # noqa: PLR0913 - the fields of a finding
    check: str,
    example: Example,
    severity: Severity,
    message: str,
    evidence: str,
    *,
    field: str = "turns[0].question",
) -> Finding:
    """Make a finding about a whole question or answer of an example."""
    return Finding(
        example_id=example.id,
        check=check,
        severity=severity,
        field=field,
        start=0,
        end=0,
        message=message,
        evidence=" ".join(evidence.split())[:EVIDENCE_CHARACTERS],
    )


EVIDENCE_CHARACTERS = 400
"""Of the other example's words, so that a line of a megabyte does not fill the page."""
