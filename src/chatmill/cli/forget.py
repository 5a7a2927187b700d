"""`chatmill forget`: take a person, a conversation or what is too old out of the project."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from chatmill.cli.output import counted, emit_json, json_option, open_project, progress, say, table
from chatmill.errors import UsageError

if TYPE_CHECKING:
    from chatmill.project import Project
    from chatmill.stages.forget import ErasureOutcome, ErasurePlan, Wish

AFTERWARDS = (
    "Copies made before (chatmill backup, exports, the chat platform itself) still hold it."
)


@click.command("forget")
@click.argument("who", required=False, default="")
@click.option("--person", "kind", flag_value="person", help="WHO is a person.")
@click.option("--conversation", "kind", flag_value="conversation", help="WHO is a conversation.")
@click.option("--room", default="", metavar="ID", help="Only what the person says there.")
@click.option("--keep-mentions", is_flag=True, help="Leave the name where others wrote it.")
@click.option("--older-than", type=int, metavar="DAYS", help="All messages older than that.")
@click.option("--expired", is_flag=True, help="All messages older than [privacy] retention_days.")
@click.option(
    "--lift", is_flag=True, help="Let later imports bring WHO again; brings nothing back."
)
@click.option("--dry-run", is_flag=True, help="Show everything that would go, change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    who: str,
    kind: str | None,
    room: str,
    keep_mentions: bool,
    older_than: int | None,
    expired: bool,
    lift: bool,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Take WHO, a person or a conversation, out of the project for good.

    Without WHO: finish an erasure that was interrupted, and list those there were.
    """
    from chatmill.stages.forget import Wish, lift_tombstones

    project = open_project(ctx)
    if lift:
        n_lifted = lift_tombstones(project, who)
        say(f"{counted(n_lifted, 'tombstone')} lifted; the next import brings it again")
        return
    if not dry_run:
        _finish(project, as_json=as_json)
    before = _date(project, older_than, is_expired=expired)
    if not who and not before:
        _list(project, as_json=as_json)
        return
    if who and before:
        raise UsageError("both a name and an age", fix="Name one of them")
    wish = Wish(
        who=who,
        kind=kind or "",  # type: ignore[arg-type] # click gives one of the two flag values
        room=room,
        before=before,
        keeps_mentions=keep_mentions,
    )
    _forget(project, wish, is_dry=dry_run, is_confirmed=yes, as_json=as_json)


def _forget(
    project: Project, wish: Wish, *, is_dry: bool, is_confirmed: bool, as_json: bool
) -> None:
    from chatmill.stages.forget import forget, plan_erasure

    plan = plan_erasure(project, wish)
    if is_dry and as_json:
        emit_json(plan.to_json())
        return
    if plan.is_empty:
        was = " It was forgotten before." if plan.is_buried else ""
        if as_json:
            emit_json({"kind": plan.kind, "n_messages": 0, "is_buried": plan.is_buried})
        say(f"There is nothing to forget.{was}")
        return
    if not as_json:
        _show_plan(plan)
    if is_dry:
        say("Nothing was changed.")
        return
    if not is_confirmed:
        _confirm()
    with progress() as bar:
        outcome = forget(project, plan, progress=bar)
    _show(outcome, as_json=as_json)


def _confirm() -> None:
    if not sys.stdin.isatty():
        raise UsageError("not confirmed; nothing was erased", fix="Add --yes, or --dry-run to look")
    if not click.confirm("This cannot be taken back. Erase it?", err=True):
        raise UsageError("not confirmed; nothing was erased")


def _date(project: Project, days: int | None, *, is_expired: bool) -> str:
    from chatmill.stages.forget import expiry_date

    if is_expired:
        days = project.settings.privacy.retention_days
        if not days:
            raise UsageError(
                "no age is set", where="[privacy] retention_days", fix="Set it, or use --older-than"
            )
    return "" if days is None else expiry_date(days)


def _finish(project: Project, *, as_json: bool) -> None:
    from chatmill.stages.forget import finish_erasure

    with progress() as bar:
        outcome = finish_erasure(project, progress=bar)
    if outcome is not None:
        say("An erasure that was interrupted is finished now:")
        _show(outcome, as_json=as_json)


def _list(project: Project, *, as_json: bool) -> None:
    from chatmill.store.erasures import list_erasures

    found = list_erasures(project.database)
    if as_json:
        for each in found:
            emit_json({"number": each.number, "erased_on": each.erased_on, **each.outcome})
        return
    if not found:
        say("Nothing was forgotten yet. Name a person or a conversation.")
        return
    rows = [
        (each.erased_on, each.kind, str(each.outcome["n_messages"]), _retrain(each.outcome))
        for each in found
    ]
    table(("date", "what", "messages", "models that were to be retrained"), rows)


def _retrain(outcome: dict[str, object]) -> str:
    models = outcome["models"]
    names = [each["model"] or each["job_id"] for each in models]  # type: ignore[attr-defined] # our own JSON
    return ", ".join(names) or "none"


def _show_plan(plan: ErasurePlan) -> None:
    counts = plan.counts
    rows = [
        ("messages", plan.n_messages),
        ("conversations that go whole", len(plan.conversation_ids)),
        ("messages of others that name the person (covered)", plan.n_mentions),
        ("examples", len(plan.example_ids)),
        ("decisions about them", counts["decisions"]),
        ("findings about them", counts["findings"]),
        ("stored replies of models (all of them)", counts["replies"]),
        ("raw words of rejections (all of them)", counts["rejections"]),
        ("batches under way (given up)", counts["open_batches"]),
        ("reports (evaluate again)", len(plan.evaluation_ids)),
    ]
    table(("what goes", ""), [(what, str(n)) for what, n in rows if n])
    for version in plan.versions:
        covered = f", a name covered in {version.n_covered}" if version.n_covered else ""
        say(f"dataset {version.name}: {counted(version.n_lines, 'line')}{covered}")
    for each in plan.conversation_ids:
        say(f"whole conversation: {each}")
    people = dict.fromkeys(rule.speaker for rule in plan.speakers)
    if people:
        say(f"the person is called: {', '.join(people)}")
    for line in plan.mentions:
        say(f"names the person: {line}")
    if plan.n_undated:
        say(f"{counted(plan.n_undated, 'message')} without a date stay, whatever their age")
    for model in plan.models:
        say(f"trained on it, retrain: {model.model or model.job_id} ({model.provider})")
    for file in plan.files_elsewhere:
        say(f"your own file holds it too and stays: {file}")


def _show(outcome: ErasureOutcome, *, as_json: bool) -> None:
    if as_json:
        emit_json(asdict(outcome))
        return
    say(
        f"Erased: {counted(outcome.n_messages, 'message')}, "
        f"{counted(outcome.n_examples, 'example')}, {counted(outcome.n_decisions, 'decision')}, "
        f"{counted(outcome.n_reports, 'report')}; a name covered in "
        f"{counted(outcome.n_mentions, 'other message')}"
    )
    if outcome.versions:
        say(f"Rewritten: {', '.join(outcome.versions)}")
    for model in outcome.models:
        say(f"Retrain: {model.model or model.job_id} ({model.provider}, {model.dataset})")
    for line in outcome.left:
        say(f"Left to you: {line}")
    say(AFTERWARDS)
