"""Leakage: what is tested, asked in nearly the same words or with the same meaning in training."""

from chatmill.checks.corpus import Corpus, CorpusReport, about
from chatmill.records import Cluster, Finding


class LeakageCheck:
    """Pairs across the splits of the newest dataset version."""

    name = "leakage"
    version = "1"

    def check(self, corpus: Corpus) -> CorpusReport:
        """Find held-out examples that ask what a trained one asks."""
        findings: list[Finding] = []
        clusters: list[Cluster] = []
        for pair in corpus.same_pairs.tolist():
            both = [corpus.examples[at] for at in pair]
            sides = [corpus.splits.get(each.id) for each in both]
            if None in sides or sides.count("train") != 1:
                continue
            if sides[0] == "train":
                both.reverse()
                sides.reverse()
            held_out, trained = both
            clusters.append(
                Cluster(
                    kind="leak",
                    name=f"{sides[0]} of {corpus.dataset}",
                    example_ids=(held_out.id, trained.id),
                )
            )
            message = (
                f"is in {sides[0]} of {corpus.dataset} and asks what the trained example "
                f"{trained.id} asks: the score on it says little"
            )
            question = trained.turns[0].question
            findings.append(about(self.name, held_out, "warning", message, question))
        return CorpusReport(findings=tuple(findings), clusters=tuple(clusters))
