"""`chatmill triage`: learn from decisions, show how good it is, keep what is sure, or undo it."""

import getpass
from dataclasses import asdict
from typing import TYPE_CHECKING
from uuid import uuid4

import click

from chatmill.cli.output import (
    counted,
    emit_json,
    json_option,
    open_project,
    progress,
    say,
    table,
    tell,
)
from chatmill.errors import UsageError

if TYPE_CHECKING:
    from chatmill.project import Project
    from chatmill.stages.review.triage import TriageStatus

SHOWN_OF_OFFER = 10
"""Examples of an offer that `--dry-run` prints."""


@click.command("triage")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    metavar="N",
    help="Embed at most N waiting examples anew; the others wait for the next time.",
)
@click.option("--show", is_flag=True, help="Show how good it is without learning anew.")
@click.option("--keep-sure", is_flag=True, help="Keep what it is sure of, as its own decisions.")
@click.option("--dry-run", is_flag=True, help="Show what --keep-sure would do, and a sample.")
@click.option("--undo", is_flag=True, help="Take its newest step back, all at once.")
@click.option("--reviewer", metavar="NAME", help="Who asks for it; stands beside its decisions.")
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    limit: int | None,
    show: bool,
    keep_sure: bool,
    dry_run: bool,
    undo: bool,
    reviewer: str | None,
    as_json: bool,
) -> None:
    """Learn from the decisions made so far, and put what waits in order by how sure it is."""
    if show + keep_sure + undo > 1:
        raise UsageError("--show, --keep-sure and --undo do not go together", fix="Use one")
    project = open_project(ctx)
    name = reviewer or project.settings.review.reviewer or getpass.getuser()
    if undo:
        _undo(project, name, as_json=as_json)
    elif keep_sure or dry_run:
        _keep(project, name, is_dry=dry_run, as_json=as_json)
    else:
        if not show:
            _learn(project, limit)
        _tell(project, as_json=as_json)


def _learn(project: "Project", limit: int | None) -> None:
    from chatmill.stages.review.triage import train_triage

    with progress() as report:
        done = train_triage(project, report, most_new=limit)
    say(f"model {done.model}: {counted(done.n_predicted, 'pending example')} looked at")


def _tell(project: "Project", *, as_json: bool) -> None:
    from chatmill.stages.review.triage import triage_status

    status = triage_status(project)
    if as_json:
        emit_json(asdict(status))
        return
    _show(status)


def _keep(project: "Project", name: str, *, is_dry: bool, as_json: bool) -> None:
    from chatmill.stages.review.triage import keep_sure, sample_of_sure, triage_status

    status = triage_status(project)
    if is_dry:
        sample = sample_of_sure(project, limit=SHOWN_OF_OFFER)
        if as_json:
            emit_json({"offer": asdict(status.offer), "sample": sample, "dry_run": True})
            return
        _show_offer(status)
        _show_sample(project, sample)
        say("Nothing was recorded (--dry-run)")
        return
    batch = str(uuid4())
    done = keep_sure(
        project,
        batch=batch,
        n_expected=status.offer.n_sure,
        asked_by=name,
        model=status.model or None,
    )
    if as_json:
        emit_json({"batch": batch, "kept": list(done.example_ids)})
        return
    say(f"{counted(len(done.example_ids), 'example')} kept as triage's own decisions")
    say("Take them back: chatmill triage --undo")


def _undo(project: "Project", name: str, *, as_json: bool) -> None:
    from chatmill.stages.review.triage import undo_keeping

    done = undo_keeping(project, reviewer=name, undo_id=str(uuid4()))
    if as_json:
        emit_json({"batch": done.batch, "taken_back": list(done.example_ids)})
        return
    say(
        f"{counted(len(done.example_ids), 'example')} back in the queue, "
        f"{done.n_left} decided about by people since and left"
    )


def _show(status: "TriageStatus") -> None:
    figures = status.figures
    if figures is None:
        say("Triage has not learnt yet: chatmill triage")
        return
    other = figures.n_edited + figures.n_rejected
    click.echo(
        f"learnt from {figures.n_kept} kept, {figures.n_edited} edited and {figures.n_rejected} "
        f"rejected, model {status.model}"
    )
    if status.state == "waiting":
        click.echo(
            f"too few: {max(0, figures.n_needed - figures.n_kept)} more kept and "
            f"{max(0, figures.n_needed - other)} more rejected or edited are needed"
        )
        return
    click.echo(
        f"on decisions it had not seen: calibration error {figures.calibration_error:.1%}, "
        f"area under the curve {figures.area:.3f}, "
        f"log loss {figures.log_loss:.3f} (always the usual: {figures.usual_log_loss:.3f})"
    )
    _show_history(status)
    _show_offer(status)


def _show_history(status: "TriageStatus") -> None:
    if status.history:
        table(
            ("it was sure", "decisions", "it was right"),
            [
                (
                    f"{each.sure_from:.0%} to {each.sure_to:.0%}",
                    str(each.n_said),
                    f"{each.n_right} ({each.n_right / each.n_said:.1%})",
                )
                for each in status.history
            ],
        )
    else:
        click.echo("no decision yet that it had said something about before")
    own = status.own
    if own.n_made:
        click.echo(
            f"kept by itself: {own.n_made}; people looked at {own.n_confirmed + own.n_changed} of "
            f"them, {own.n_confirmed} stayed as they were, {own.n_changed} did not"
        )
    if status.is_shown:
        click.echo("people saw what it expects before they decided, which flatters it")


def _show_offer(status: "TriageStatus") -> None:
    from chatmill.stages.review.triage import REASONS

    offer = status.offer
    if offer.n_sure:
        click.echo(f"it is at least {offer.claim:.0%} sure to keep: {offer.n_sure}")
        say("Look at some: chatmill triage --dry-run. Keep them: chatmill triage --keep-sure")
        return
    click.echo(f"keeps nothing by itself: {REASONS[offer.refusal]}")
    surety = status.figures.surety if status.figures else None
    if offer.refusal == "unproven" and surety is not None:
        click.echo(
            f"of {surety.n_sure} decisions it was that sure of, {surety.n_kept} were kept: at "
            f"least {surety.lower_bound:.1%} for certain; {surety.n_needed} without a miss would do"
        )


def _show_sample(project: "Project", sample: list[str]) -> None:
    from chatmill.store.examples import get_example

    for example_id in sample:
        example = get_example(project.database, example_id)
        tell()
        tell(example_id, bold=True)
        for turn in example.turns:
            tell(f"Q) {turn.question}")
            tell(f"A) {turn.answer}")
