"""Conflicts: one question answered differently, the classic cause of a bot that won't learn."""

from chatmill.checks.corpus import Corpus, CorpusReport, about
from chatmill.checks.duplicates.meaning import fact_values
from chatmill.records import Cluster, Example, Finding
from chatmill.text.polarity import polarity


class ConflictsCheck:
    """Pairs of examples with one turn that ask the same and whose answers disagree."""

    name = "conflicts"
    version = "1"

    def check(self, corpus: Corpus) -> CorpusReport:
        """Compare the answers of examples that ask the same; a finding on both."""
        findings: list[Finding] = []
        clusters: list[Cluster] = []
        for a, b in corpus.same_pairs.tolist():
            one, other = corpus.examples[a], corpus.examples[b]
            reason = disagreement(one, other)
            if not reason:
                continue
            clusters.append(Cluster(kind="conflict", name=reason, example_ids=(one.id, other.id)))
            findings += [
                about(
                    self.name,
                    each,
                    "warning",
                    f"example {beside.id} answers the same question differently: {reason}",
                    beside.turns[0].answer,
                    field="turns[0].answer",
                )
                for each, beside in ((one, other), (other, one))
            ]
        return CorpusReport(findings=tuple(findings), clusters=tuple(clusters))


def disagreement(one: Example, other: Example) -> str:
    """Say how the answers of two examples disagree; nothing where they do not, or cannot be told.

    Later turns depend on what was said before, so only examples of one turn are compared.
    """
    if len(one.turns) > 1 or len(other.turns) > 1:
        return ""
    a, b = one.turns[0].answer, other.turns[0].answer
    said, also = fact_values(a), fact_values(b)
    only, only_other = sorted(said - also), sorted(also - said)
    if only and only_other:
        return f"{', '.join(only[:3])} against {', '.join(only_other[:3])}"
    if polarity(a) != polarity(b):
        return f"one is {polarity(a)}, the other {polarity(b)}"
    return ""
