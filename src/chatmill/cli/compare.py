"""`chatmill compare`: what one evaluation brought over another, question by question."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from chatmill.cli.output import emit_json, json_option, open_project, say, table

if TYPE_CHECKING:
    from chatmill.metrics.intervals import MeanEstimate
    from chatmill.stages.compare import ComparedQuestion, Comparison


@click.command("compare")
@click.argument("before")
@click.argument("after")
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    before: str,
    after: str,
    as_json: bool,
) -> None:
    """Compare two evaluations, by id or by dataset version (its newest evaluation)."""
    from chatmill.stages.compare import compare

    found = compare(open_project(ctx), before, after)
    if as_json:
        _emit(found)
        return
    _show_lines(found)
    _show_changed(found)
    say(
        f"{found.before.id} → {found.after.id}: {len(found.questions)} questions in both, "
        f"{len(found.added)} new, {len(found.removed)} removed"
    )


def _show_lines(found: Comparison) -> None:
    table(
        (
            "questions",
            "before",
            "after",
            "change",
            "interval",
            "improved/\nregressed/\nunchanged",
            "not\nfollowed",
        ),
        [
            (
                f"{line.language or '?'} {line.group}",
                f"{line.before:.2f}",
                f"{line.after:.2f}",
                f"{line.difference.mean:+.2f}",
                _interval(line.difference),
                f"{line.n_improved}/{line.n_regressed}/{line.n_unchanged}",
                f"{line.n_not_followed_before} → {line.n_not_followed_after}",
            )
            for line in found.lines
        ],
    )


def _show_changed(found: Comparison) -> None:
    changed = [each for each in found.questions if each.change != "unchanged"]
    if changed:
        table(
            ("change", "before", "after", "question"),
            [
                (
                    f"{each.difference:+.2f}",
                    f"{each.before.cosine:.2f}",
                    f"{each.after.cosine:.2f}",
                    each.after.question,
                )
                for each in changed
            ],
        )


def _interval(estimate: MeanEstimate) -> str:
    if estimate.low is None or estimate.high is None:
        return "too few"
    return f"{estimate.low:+.2f} … {estimate.high:+.2f}"


def _emit(found: Comparison) -> None:
    emit_json(
        {
            "before": found.before.id,
            "after": found.after.id,
            "lines": [asdict(line) for line in found.lines],
            "questions": [_question(each) for each in found.questions],
            "added": [each.question for each in found.added],
            "removed": [each.question for each in found.removed],
        }
    )


def _question(each: ComparedQuestion) -> dict[str, object]:
    return {
        "example_id": each.after.example_id,
        "turn": each.after.turn,
        "split": each.after.split,
        "question": each.after.question,
        "before": each.before.cosine,
        "after": each.after.cosine,
        "difference": each.difference,
        "change": each.change,
        "has_new_reference": each.has_new_reference,
    }
