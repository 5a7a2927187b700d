"""`chatmill review`: decide in a page, or in an editor by way of a text file."""

import getpass
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import click

from chatmill.cli.output import emit_json, json_option, open_project, say
from chatmill.errors import UsageError
from chatmill.project import Project
from chatmill.records import Status


@click.command("review")
@click.option("--host", metavar="ADDRESS", help="Address to listen on; a public one needs users.")
@click.option("--port", type=click.IntRange(0, 65535), help="Port of the page.")
@click.option("--open/--no-open", "is_opened", default=True, help="Open the page in a browser.")
@click.option("--reviewer", metavar="NAME", help="Name recorded with the decisions.")
@click.option(
    "--export",
    "export_path",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write examples to edit: FILE.xlsx for Excel, else text for any editor.",
)
@click.option(
    "--status",
    type=click.Choice(get_args(Status)),
    default="pending",
    show_default=True,
    help="Which examples --export writes.",
)
@click.option(
    "--unmasked", is_flag=True, help="Let --export write personal data; keep the file here."
)
@click.option("--overwrite", is_flag=True, help="Let --export replace a file that is there.")
@click.option(
    "--apply",
    "apply_path",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Take an edited file back: what is left in it is kept.",
)
@click.option("--dry-run", is_flag=True, help="Show what --apply would do.")
@click.option("--agreement", is_flag=True, help="Show how far two reviewers agree.")
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    host: str | None,
    port: int | None,
    is_opened: bool,
    reviewer: str | None,
    export_path: Path | None,
    status: Status,
    unmasked: bool,
    overwrite: bool,
    apply_path: Path | None,
    dry_run: bool,
    agreement: bool,
    as_json: bool,
) -> None:
    """Keep, edit or reject: in a page, or in an editor with --export and --apply."""
    if export_path and apply_path:
        raise UsageError("--export and --apply do not go together", fix="Use one, then the other")
    project = open_project(ctx)
    name = reviewer or project.settings.review.reviewer or getpass.getuser()
    if agreement:
        _show_agreement(project, as_json=as_json)
    elif export_path:
        _export(
            project,
            export_path,
            status,
            overwrite=overwrite,
            masked=not unmasked,
            as_json=as_json,
        )
    elif apply_path:
        _apply(project, apply_path, name, dry_run=dry_run, as_json=as_json)
    else:
        chosen = project.settings.review
        place = _Place(host or chosen.host, chosen.port if port is None else port)
        _serve(project, place, name, is_opened=is_opened)


def _show_agreement(project: Project, *, as_json: bool) -> None:
    from chatmill.cli.history import show_agreement

    show_agreement(project, as_json=as_json)


def _export(
    project: Project, path: Path, status: Status, *, overwrite: bool, masked: bool, as_json: bool
) -> None:
    from chatmill.stages.review import export_pairs

    n_examples = export_pairs(project, path, status=status, overwrite=overwrite, masked=masked)
    if as_json:
        emit_json({"file": str(path), "examples": n_examples})
        return
    say(f"{path}: {n_examples} {status} examples, flagged ones first")
    if not masked:
        say("It holds personal data as it was written: keep it on this machine")
    say(f"Edit it, then: chatmill review --apply {path}")


def _apply(project: Project, path: Path, reviewer: str, *, dry_run: bool, as_json: bool) -> None:
    from chatmill.stages.review import apply_pairs

    summary = apply_pairs(project, path, reviewer, dry_run=dry_run)
    changes = {"keep": summary.kept, "edit": summary.edited, "reject": summary.rejected}
    if as_json:
        emit_json({**changes, "unchanged": summary.unchanged, "dry_run": summary.is_dry_run})
        return
    if dry_run:
        for action, ids in changes.items():
            for example_id in ids:
                click.echo(f"{action:<6} {example_id}")
    say(
        f"{path}: {len(summary.kept)} left alone and kept, {len(summary.edited)} changed and kept, "
        f"{len(summary.rejected)} deleted and rejected, {len(summary.unchanged)} as they were"
    )
    if dry_run:
        say("Nothing was recorded (--dry-run)")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where to listen."""

    host: str
    port: int


def _serve(project: Project, place: _Place, reviewer: str, *, is_opened: bool) -> None:
    from chatmill.web.app import make_review_server

    server = make_review_server(project, host=place.host, port=place.port, reviewer=reviewer)
    if server.has_users:
        say(f"Reviewing {project.name}; people sign in, decisions are saved at once, Ctrl-C ends:")
    else:
        say(f"Reviewing {project.name} as {reviewer}; decisions are saved at once, Ctrl-C ends:")
    if server.is_public and not server.is_secure:
        say("Passwords and chats travel unencrypted: put HTTPS before it (docs/users.md)")
    click.echo(server.link)
    if is_opened:
        click.launch(server.link)
    server.run()
