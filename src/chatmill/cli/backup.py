"""`chatmill backup`: copy the whole project to one file, or make a project of such a file."""

import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from chatmill.cli.output import counted, emit_json, json_option, open_project, progress, say
from chatmill.errors import UsageError

if TYPE_CHECKING:
    from chatmill.stages.backup import BackupSummary

PASSPHRASE_VARIABLE = "CHATMILL_BACKUP_PASSPHRASE"  # noqa: S105 - the name of a variable
LEAST_CHARACTERS = 8


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.argument("into", required=False, type=click.Path(path_type=Path))
@click.option("--encrypt", is_flag=True, help=f"With {PASSPHRASE_VARIABLE}, or asked for.")
@click.option("--restore", is_flag=True, help="Make a project of FILE in the new folder INTO.")
@click.option("--verify", is_flag=True, help="Read FILE and compare every checksum.")
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    file: Path,
    into: Path | None,
    encrypt: bool,
    restore: bool,
    verify: bool,
    as_json: bool,
) -> None:
    """Copy the whole project to FILE, while others work in it; or restore it INTO a new folder."""
    from chatmill.stages.backup import is_sealed, restore_backup, verify_backup, write_backup

    if restore != (into is not None) or (restore and verify) or (encrypt and (restore or verify)):
        raise click.UsageError("One of: backup FILE, --verify FILE, --restore FILE INTO")
    with progress() as bar:
        if not restore and not verify:
            passphrase = _passphrase(is_new=True) if encrypt else ""
            summary = write_backup(open_project(ctx), file, passphrase=passphrase, progress=bar)
        else:
            passphrase = _passphrase(is_new=False) if is_sealed(file) else ""
            if into is None:
                summary = verify_backup(file, passphrase=passphrase)
            else:
                summary = restore_backup(file, into, passphrase=passphrase, progress=bar)
    if as_json:
        emit_json({"file": str(file), **asdict(summary)})
        return
    _show(summary, "Restored" if restore else "Sound:" if verify else "Copied")


def _show(summary: "BackupSummary", what: str) -> None:
    counts = ", ".join(f"{n} {name}" for name, n in summary.counts.items() if n)
    sealed = ", encrypted" if summary.is_sealed else ""
    say(f"{what} {counted(summary.n_files, 'file')}, {summary.n_bytes} bytes{sealed} ({counts})")
    for name in summary.left_out:
        say(f"left out: {name}")


def _passphrase(*, is_new: bool) -> str:
    """Take the passphrase from the environment, or ask for it.

    Raises:
        UsageError: There is none, or it is too short.
    """
    passphrase = os.environ.get(PASSPHRASE_VARIABLE, "")
    if not passphrase:
        if not sys.stdin.isatty():
            raise UsageError("a passphrase is needed", fix=f"Set {PASSPHRASE_VARIABLE}")
        passphrase = click.prompt(
            "Passphrase", hide_input=True, confirmation_prompt=is_new, err=True
        )
    if is_new and len(passphrase) < LEAST_CHARACTERS:
        raise UsageError(
            f"the passphrase is shorter than {LEAST_CHARACTERS} characters", fix="Take a longer one"
        )
    return str(passphrase)
