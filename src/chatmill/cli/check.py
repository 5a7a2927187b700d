"""`chatmill check`: look for unsupported and odd examples, or check any training file."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from chatmill.cli.output import counted, emit_json, json_option, open_project, progress, say, table
from chatmill.cli.spending import no_cache_option, spending_of, yes_option

if TYPE_CHECKING:
    from chatmill.models.spending import Spending
    from chatmill.project import Project
    from chatmill.stages.check import FileCheck, JudgeSummary

THIN_TOPICS_NAMED = 5
"""Topics with few examples that are named; `--together coverage` lists all."""


@click.command("check")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE.jsonl]…")
@click.option("--show", is_flag=True, help="Print each flagged example, its words underlined.")
@click.option(
    "--together",
    type=click.Choice(["duplicates", "conflicts", "leakage", "coverage"]),
    help="Print examples that belong together, side by side.",
)
@click.option("--fix", is_flag=True, help="Write a repaired copy of a file; words stay.")
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    help="Name of that copy; FILE.fixed.jsonl without it.",
)
@click.option(
    "--max-tokens", default=0, metavar="N", help="Longest example of a file; 0 is no limit."
)
@click.option(
    "--first", default=5, show_default=True, metavar="N", help="Findings of each kind; 0 is all."
)
@click.option("--judge", is_flag=True, help="Ask a chat model where the grounding is unsure.")
@click.option("--judge-model", default="", metavar="[PROVIDER/]MODEL", help="Model --judge asks.")
@no_cache_option
@yes_option
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    files: tuple[Path, ...],
    show: bool,
    together: str | None,
    fix: bool,
    out: Path | None,
    max_tokens: int,
    first: int,
    judge: bool,
    judge_model: str,
    no_cache: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Look for words the source does not support and for odd examples.

    Checks delete nothing: what they find is shown beside the example in review. With files (- is
    standard input), checks training files in the OpenAI chat format, without a project; the exit
    code is 1 where a file has an error.
    """
    if files:
        if fix:
            files = tuple(_fix(each, out, as_json=as_json) for each in _one(files, out))
        checked = [_check(each, max_tokens, first, as_json=as_json) for each in files]
        ctx.exit(1 if any(each.n_errors for each in checked) else 0)
    if fix or out:
        raise click.UsageError("--fix and -o need a file.")
    project = open_project(ctx)
    if together:
        from chatmill.cli.together import show_together
        from chatmill.stages.check import check

        with progress() as bar:
            check(project, progress=bar)
        show_together(project, together, as_json=as_json)
        return
    asked = None
    if judge or judge_model:
        asked = (judge_model, spending_of(project, no_cache=no_cache, yes=yes))
    _check_project(project, asked, show=show, as_json=as_json)


def _check_project(
    project: Project, asked: tuple[str, Spending] | None, *, show: bool, as_json: bool
) -> None:
    from chatmill.stages.check import check, judge

    with progress() as bar:
        summary = check(project, progress=bar)
    opinion = None
    if asked is not None:
        with progress() as bar:
            opinion = judge(project, model=asked[0], spending=asked[1], progress=bar)
        summary = replace(check(project), n_checked=summary.n_checked)
    if as_json:
        emit_json(asdict(summary))
        if opinion is not None:
            emit_json({"judge": {**asdict(opinion), "agreement": opinion.agreement}})
        return
    if show:
        _show_flagged(project)
    if summary.counts:
        table(
            ["Finding", "Severity", "Findings", "Examples"],
            [
                [each.check, each.severity, str(each.n_findings), str(each.n_examples)]
                for each in summary.counts
            ],
        )
    if opinion is not None:
        _say_opinion(opinion)
    say(
        f"{summary.n_examples} examples, {summary.n_checked} checked now, "
        f"{summary.n_clean} without error or warning"
    )
    if summary.thin_topics:
        named = ", ".join(summary.thin_topics[:THIN_TOPICS_NAMED])
        more = len(summary.thin_topics) - THIN_TOPICS_NAMED
        say(f"Topics with few examples: {named}{f' and {more} more' if more > 0 else ''}")
    for note in summary.notes:
        say(note)
    if summary.n_clean < summary.n_examples and not show:
        say("Read them: chatmill examples --flagged")


def _say_opinion(opinion: JudgeSummary) -> None:
    say(
        f"Second opinion of {opinion.model}: {opinion.n_unsure} unsure, {opinion.n_judged} judged, "
        f"{opinion.n_unsupported} not supported, {opinion.n_unanswered} without an answer"
    )
    say(f"Calls: {opinion.calls}")
    if opinion.agreement is not None:
        say(
            f"It agrees with people on {opinion.n_agreed} of {opinion.n_decided} decided examples "
            f"({opinion.agreement:.0%})"
        )


def _show_flagged(project: Project) -> None:
    from shutil import get_terminal_size

    from chatmill.cli.marked_text import show_example
    from chatmill.store.examples import list_examples, list_findings

    width = get_terminal_size().columns
    findings = list_findings(project.database)
    for example in list_examples(project.database):
        found = [each for each in findings.get(example.id, []) if each.severity != "info"]
        if found:
            show_example(example, found, width=width)


def _one(files: tuple[Path, ...], out: Path | None) -> tuple[Path, ...]:
    if out is not None and len(files) > 1:
        raise click.UsageError("-o names one copy: give one file.")
    return files


def _fix(path: Path, out: Path | None, *, as_json: bool) -> Path:
    from chatmill.cli.marked_text import harmless
    from chatmill.stages.check import fix_file

    target, repairs = fix_file(path, out)
    for each in repairs:
        if as_json:
            emit_json({"file": str(path), "repair": asdict(each)})
            continue
        place = f" {each.field}:" if each.field else ""
        words = f" “{harmless(each.evidence)}”" if each.evidence else ""
        click.echo(f"{path}:{each.line}:{place} {each.what}{words}")
    say(f"{target}: {counted(len(repairs), 'repair')}")
    return target


def _check(path: Path, max_tokens: int, first: int, *, as_json: bool) -> FileCheck:
    from chatmill.stages.check import check_file

    with progress() as bar:
        found = check_file(path, max_example_tokens=max_tokens, first=first, progress=bar)
    if as_json:
        _emit(found)
    else:
        _print(found)
    return found


def _emit(found: FileCheck) -> None:
    for each in found.shown:
        emit_json({"file": found.file, **asdict(each)})
    emit_json(
        {
            "file": found.file,
            "n_lines": found.n_lines,
            "n_errors": found.n_errors,
            "counts": [
                {"severity": severity, "kind": kind, "n_findings": n}
                for (severity, kind), n in sorted(found.counts.items())
            ],
        }
    )


def _print(found: FileCheck) -> None:
    from chatmill.cli.marked_text import harmless, shortened

    colours = {"error": "red", "warning": "yellow"}
    for each in found.shown:
        place = f" {harmless(each.field)}:" if each.field else ""
        words = f" “{harmless(shortened(each.evidence))}”" if each.evidence else ""
        click.secho(
            f"{found.file}:{each.line}: {each.severity}:{place} {harmless(each.message)}{words}",
            fg=colours.get(each.severity),
        )
    if found.counts:
        rows = sorted(found.counts.items())
        table(
            ["Rule", "Severity", "Findings"],
            [[kind, severity, str(n)] for (severity, kind), n in rows],
        )
        n_hidden = sum(found.counts.values()) - len(found.shown)
        if n_hidden:
            say(f"{n_hidden} more like these: --first 0 shows all")
    state = f"{counted(found.n_errors, 'error')}" if found.counts else "nothing found"
    say(f"{found.file}: {counted(found.n_lines, 'line')}, {state}")
