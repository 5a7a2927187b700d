"""`chatmill extract`: lift questions and answers out of the conversations."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from chatmill.cli.output import counted, emit_json, json_option, open_project, progress, say, table
from chatmill.cli.spending import no_cache_option, spending_of, yes_option

if TYPE_CHECKING:
    from chatmill.project import Project
    from chatmill.stages.compare_extractors import VariantSummary
    from chatmill.stages.extract import ExtractSummary

_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command("extract")
@click.option("--extractor", metavar="NAME", help="rules or llm; [extract] extractor if not given.")
@click.option("--model", default="", metavar="M", help="Ask this model: MODEL or PROVIDER/MODEL.")
@click.option("--limit", type=click.IntRange(min=1), help="Look at this many conversations.")
@click.option(
    "--compare",
    nargs=2,
    metavar="A B",
    help="Compare two models, or folders of prompts, on the same conversations.",
)
@click.option(
    "--write-prompts", type=_FOLDER, metavar="DIR", help="Write prompts for a chat window to DIR."
)
@click.option(
    "--read-replies", type=_FOLDER, metavar="DIR", help="Read the replies pasted beside them."
)
@click.option("--copy-prompts", is_flag=True, help="Copy the prompts to prompts/, to edit them.")
@no_cache_option
@yes_option
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    extractor: str | None,
    model: str,
    limit: int | None,
    compare: tuple[str, str] | None,
    write_prompts: Path | None,
    read_replies: Path | None,
    copy_prompts: bool,
    no_cache: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Lift questions and answers out of the conversations, in their own words.

    Only conversations that changed are looked at; decisions carry over.
    """
    _require_one(compare, write_prompts, read_replies, copy_prompts)
    project = open_project(ctx)
    if copy_prompts:
        _copy_prompts(project)
    elif write_prompts is not None:
        _write_prompts(project, write_prompts, limit, as_json=as_json)
    elif compare is not None:
        _compare(project, compare, limit, no_cache=no_cache, yes=yes, as_json=as_json)
    else:
        from chatmill.stages.extract import extract, require_finished

        with progress() as bar:
            summary = extract(
                project,
                extractor=extractor,
                model=model,
                replies=read_replies,
                spending=spending_of(project, no_cache=no_cache, yes=yes),
                limit=limit,
                progress=bar,
            )
        if as_json:
            emit_json(asdict(summary))
        else:
            _print(summary)
        if read_replies is None:
            require_finished(summary)


def _require_one(*ways: object) -> None:
    if sum(bool(each) for each in ways) > 1:
        raise click.UsageError(
            "give one of --compare, --write-prompts, --read-replies and --copy-prompts"
        )


def _print(summary: ExtractSummary) -> None:
    say(
        f"{summary.n_conversations} conversations looked at with {summary.extractor}, "
        f"{summary.n_skipped} unchanged"
    )
    say(
        f"{summary.n_new} new examples, {summary.n_changed} changed, {summary.n_carried} carried "
        f"over, {summary.n_unchanged} as they were, {summary.n_withdrawn} withdrawn"
    )
    if summary.n_rejected:
        say(f"{summary.n_rejected} left out, see: chatmill rejections --stage extract")
    if summary.n_unfinished:
        say(f"{counted(summary.n_unfinished, 'conversation')} with parts without a reply")


def _copy_prompts(project: Project) -> None:
    from chatmill.extractors.prompt import FOLDER
    from chatmill.extractors.prompt import copy_prompts as copy

    for path in copy(project.folder / FOLDER):
        say(f"Written: {path}")


def _write_prompts(project: Project, folder: Path, limit: int | None, *, as_json: bool) -> None:
    from chatmill.stages.extract import write_prompts

    n_waiting, n_new = write_prompts(project, folder, limit=limit)
    if as_json:
        emit_json({"folder": str(folder), "waiting": n_waiting, "new": n_new})
        return
    say(f"{n_waiting} prompts wait for a reply in {folder}, {n_new} of them new")
    say("They hold the chats as they are: paste them only where that is allowed")
    say("Save each reply as KEY.reply.txt, then: chatmill extract --read-replies " + str(folder))


def _compare(
    project: Project,
    variants: tuple[str, str],
    limit: int | None,
    *,
    no_cache: bool,
    yes: bool,
    as_json: bool,
) -> None:
    from chatmill.stages.compare_extractors import DEFAULT_LIMIT, compare_extractors

    with progress() as bar:
        found = compare_extractors(
            project,
            variants,
            limit=limit or DEFAULT_LIMIT,
            spending=spending_of(project, no_cache=no_cache, yes=yes),
            progress=bar,
        )
    if as_json:
        for each in found:
            emit_json(
                {
                    **asdict(each),
                    "cost_per_pair_usd": each.cost_per_pair_usd,
                    "findings_per_pair": each.findings_per_pair,
                }
            )
        return
    say(f"{found[0].n_conversations} conversations; nothing of this is stored but the replies")
    columns = [_column(each) for each in found]
    table(
        ["", *(each.variant for each in found)],
        [[name, *(column[name] for column in columns)] for name in columns[0]],
    )


def _column(each: VariantSummary) -> dict[str, str]:
    cost, per_pair = each.totals.cost_usd, each.cost_per_pair_usd
    per = each.findings_per_pair
    return {
        "model": each.model,
        "pairs": f"{each.n_pairs} in {each.n_examples} examples",
        "left out": str(each.n_left_out),
        "findings": f"{each.n_errors} errors, {each.n_warnings} warnings",
        "findings per pair": "no pair" if per is None else f"{per:.2f}",
        "kept pairs found": f"{each.n_kept_found} of {each.n_kept}",
        "calls": f"{each.totals.n_calls}, {each.totals.n_repairs} of them repairs",
        "tokens": f"{each.totals.n_tokens:,}",
        "cost": "price not in settings" if cost is None else f"${cost:.4f}",
        "cost per pair": "unknown" if per_pair is None else f"${per_pair:.5f}",
    }
