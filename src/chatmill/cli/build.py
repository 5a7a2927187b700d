"""`chatmill build`: write a dataset version, or show what changed between two."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from chatmill.cli.output import emit_json, json_option, open_project, say, tell

if TYPE_CHECKING:
    from chatmill.stages.build import DatasetDiff


@click.command("build")
@click.option("--diff", nargs=2, metavar="V1 V2", help="Show what changed between two versions.")
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    diff: tuple[str, str] | None,
    as_json: bool,
) -> None:
    """Write a dataset version from what was kept."""
    from chatmill.stages.build import build, diff_datasets

    project = open_project(ctx)
    if diff:
        _show_diff(diff_datasets(project, *diff), as_json=as_json)
        return
    summary = build(project)
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
            }
        )
        return
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
