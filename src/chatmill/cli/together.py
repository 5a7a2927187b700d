"""`chatmill check --together KIND`: examples that belong together, side by side."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from chatmill.cli.output import emit_json, say, table

if TYPE_CHECKING:
    from chatmill.project import Project
    from chatmill.records import Cluster, ClusterKind, Example

KINDS: dict[str, tuple[ClusterKind, ...]] = {
    "duplicates": ("exact", "near", "meaning"),
    "conflicts": ("conflict",),
    "leakage": ("leak",),
    "coverage": ("topic",),
}
SHOWN_CHARACTERS = 160


def show_together(project: Project, listed: str, *, as_json: bool) -> None:
    """Print the clusters of one kind the last check found.

    Args:
        project: Checked before.
        listed: A key of `KINDS`.
        as_json: One cluster a line.
    """
    from chatmill.store.clusters import list_clusters
    from chatmill.store.examples import list_examples

    found = [each for each in list_clusters(project.database) if each.kind in KINDS[listed]]
    if as_json:
        for each in found:
            emit_json(asdict(each))
        return
    if listed == "coverage":
        _show_topics(found, project.settings.check.thin_topic)
        return
    examples = {each.id: each for each in list_examples(project.database)}
    for cluster in found:
        say(f"{cluster.kind}: {cluster.name}")
        for example_id in cluster.example_ids:
            mark = "keep" if example_id == cluster.keeper else "    "
            say(f"  {mark} {example_id}  {_words(examples[example_id])}")
        say()
    say(f"{len(found)} {listed if listed != 'leakage' else 'leaks'}")


def _words(example: Example) -> str:
    turn = example.turns[0]
    question, answer = (" ".join(text.split()) for text in (turn.question, turn.answer))
    return f"Q) {question[:SHOWN_CHARACTERS]} A) {answer[:SHOWN_CHARACTERS]}"


def _show_topics(topics: list[Cluster], thin: int) -> None:
    table(
        ["Topic", "Examples", ""],
        [
            [each.name, str(len(each.example_ids)), "few" if len(each.example_ids) < thin else ""]
            for each in topics
        ],
    )
    say(f"{len(topics)} topics")
