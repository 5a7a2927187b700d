"""`chatmill build`: write a dataset version, or show what changed between two."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from chatmill.cli.output import emit_json, json_option, open_project, say, table, tell
from chatmill.errors import UsageError

if TYPE_CHECKING:
    from chatmill.project import Project
    from chatmill.stages.build import DatasetDiff
    from chatmill.stages.selecting import Selection


@click.command("build")
@click.option("--diff", nargs=2, metavar="V1 V2", help="Show what changed between two versions.")
@click.option(
    "--select", metavar="N|auto", help="Train on the N examples that cover the others best."
)
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    diff: tuple[str, str] | None,
    select: str | None,
    as_json: bool,
) -> None:
    """Write a dataset version from what was kept."""
    from chatmill.stages.build import build, diff_datasets

    project = open_project(ctx)
    if diff:
        _show_diff(diff_datasets(project, *diff), as_json=as_json)
        return
    selection = _selected(project, select) if select else None
    summary = build(project, only=None if selection is None else selection.example_ids)
    version = summary.version
    if as_json:
        emit_json(
            {
                "dataset": version.name,
                "is_new": summary.is_new,
                "fingerprint": version.fingerprint,
                "examples": version.n_examples,
                "pending": summary.n_pending,
                "masked": summary.masked,
                "selection": None if selection is None else asdict(selection),
            }
        )
        return
    if selection is not None:
        _show_selection(selection)
    sizes = ", ".join(f"{count} {split}" for split, count in version.n_examples.items())
    state = "written" if summary.is_new else "holds these words already"
    say(f"{version.folder} {state}: {sizes}")
    if summary.masked:
        counts = ", ".join(f"{count} {kind}" for kind, count in summary.masked.items())
        say(f"Masked: {counts}")
    if summary.n_pending:
        say(f"{summary.n_pending} examples wait for review and are left out: chatmill review")
    if summary.n_rejected_paraphrases:
        say(
            f"{summary.n_rejected_paraphrases} held-out phrasings match no trained question: "
            "chatmill rejections --stage build"
        )


def _selected(project: Project, wanted: str) -> Selection:
    from chatmill.stages.build import training_examples
    from chatmill.stages.selecting import select_examples

    if wanted != "auto" and not wanted.isdecimal():
        raise UsageError(f"a number or auto, not {wanted}", where="--select")
    size = None if wanted == "auto" else int(wanted)
    return select_examples(project, training_examples(project), size)


def _show_selection(selection: Selection) -> None:
    table(
        ("examples", "proxy", "random"),
        [(str(e.n), f"{e.proxy:.3f}", f"{e.proxy_random:.3f}") for e in selection.curve],
    )
    say(
        f"Selected {len(selection.example_ids)} of {selection.n_candidates} training examples; "
        f"{selection.n_conflicting} left out for conflicting answers"
    )


def _show_diff(diff: DatasetDiff, *, as_json: bool) -> None:
    if as_json:
        changed = [{"before": before, "after": after} for before, after in diff.changed]
        emit_json({"added": diff.added, "removed": diff.removed, "changed": changed})
        return
    for text in diff.removed:
        tell(_prefixed("- ", text))
    for text in diff.added:
        tell(_prefixed("+ ", text))
    for before, after in diff.changed:
        tell(_prefixed("- ", before))
        tell(_prefixed("+ ", after))
    say(f"{len(diff.added)} added, {len(diff.removed)} removed, {len(diff.changed)} changed")


def _prefixed(mark: str, text: str) -> str:
    return "\n".join(mark + line for line in text.split("\n")) + "\n"
