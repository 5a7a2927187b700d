"""Duplicates: examples that ask the same, as clusters with one suggested keeper."""

from collections.abc import Sequence

import numpy as np

from chatmill.checks.corpus import Corpus, CorpusReport, about
from chatmill.checks.duplicates.near import clusters_of
from chatmill.records import Cluster, ClusterKind, Example, Finding

_WORDING: dict[ClusterKind, str] = {
    "exact": "asks word for word what example {} asks, which is suggested to keep",
    "near": "asks in nearly the same words what example {} asks, which is suggested to keep",
    "meaning": "may mean the same as example {}, which is suggested to keep",
}


class DuplicatesCheck:
    """Equal, nearly equal, and the same in other words; what is merged in one is not repeated."""

    name = "duplicates"
    version = "1"

    def check(self, corpus: Corpus) -> CorpusReport:
        """Put examples that ask the same together; a finding on each but the keeper."""
        clusters: list[Cluster] = []
        findings: list[Finding] = []
        n_examples = len(corpus.examples)
        near = clusters_of(n_examples, corpus.near_pairs)
        plain = [" ".join(text.split()) for text in corpus.texts]
        groups = [(group, _kind(group, plain)) for group in near]
        groups += [(group, "meaning") for group in _by_meaning(n_examples, corpus.same_pairs, near)]
        for group, kind in groups:
            members = [corpus.examples[at] for at in group]
            keeper = suggested_keeper(members)
            clusters.append(
                Cluster(
                    kind=kind,
                    name=" ".join(keeper.turns[0].question.split())[:80],
                    keeper=keeper.id,
                    example_ids=tuple(each.id for each in members),
                )
            )
            findings += [
                about(
                    self.name,
                    each,
                    "info" if kind == "meaning" else "warning",
                    _WORDING[kind].format(keeper.id),
                    keeper.turns[0].question,
                )
                for each in members
                if each is not keeper
            ]
        return CorpusReport(findings=tuple(findings), clusters=tuple(clusters))


def suggested_keeper(members: Sequence[Example]) -> Example:
    """Choose what to keep: kept already, then most turns, most support, longest answer, first."""
    return max(
        enumerate(members),
        key=lambda placed: (
            placed[1].status == "kept",
            len(placed[1].turns),
            sum(len(turn.answer_citations) for turn in placed[1].turns),
            sum(len(turn.answer) for turn in placed[1].turns),
            -placed[0],
        ),
    )[1]


def _kind(group: list[int], plain: list[str]) -> ClusterKind:
    return "exact" if len({plain[at] for at in group}) == 1 else "near"


def _by_meaning(n_examples: int, pairs: np.ndarray, near: list[list[int]]) -> list[list[int]]:
    """Group by meaning around a first example; one step only, likeness does not travel on.

    Of a cluster of near-duplicates only the first takes part: the others are said there.
    """
    first_of = list(range(n_examples))
    for group in near:
        for at in group:
            first_of[at] = group[0]
    neighbours: dict[int, set[int]] = {}
    for a, b in pairs.tolist():
        low, high = sorted((first_of[a], first_of[b]))
        if low != high:
            neighbours.setdefault(low, set()).add(high)
    taken: set[int] = set()
    groups = []
    for leader in sorted(neighbours):
        rest = sorted(neighbours[leader] - taken)
        if leader not in taken and rest:
            groups.append([leader, *rest])
            taken.update(groups[-1])
    return groups
