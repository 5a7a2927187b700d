"""`chatmill users`: the people who review, their roles, and what lets them in."""

from __future__ import annotations

import getpass
import sys
import time
from datetime import datetime
from typing import TYPE_CHECKING

import click

from chatmill.cli.output import emit_json, json_option, open_project, say, table
from chatmill.errors import UsageError

if TYPE_CHECKING:
    from chatmill.stages.users import Access, Role, User

ROLES = ("reader", "reviewer", "admin")
LOG_ENTRIES = 100
TOKEN_DAYS = 90.0

name_argument = click.argument("name")
unmask_option = click.option(
    "--unmask/--no-unmask",
    "may_unmask",
    default=None,
    help="Whether they may look at personal data; each look is logged.",
)


role_option = click.option(
    "--role",
    type=click.Choice(ROLES),
    help="What they may do; a new person is a reviewer, the first one an admin.",
)


@click.group("users")
def command() -> None:
    """Set up the people who review: once there are users, everybody signs in."""


@command.command("create")
@name_argument
@role_option
@unmask_option
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@json_option
@click.pass_context
def create(
    ctx: click.Context,
    name: str,
    role: Role | None,
    may_unmask: bool | None,
    password_stdin: bool,
    as_json: bool,
) -> None:
    """Set NAME up with a password, which is asked for."""
    from chatmill.stages.users import create_user

    project = open_project(ctx)
    user = create_user(
        project,
        name,
        _password(from_stdin=password_stdin),
        actor=_actor(),
        role=role,
        may_unmask=bool(may_unmask),
    )
    _show(user, as_json=as_json, what=f"{user.name} is set up as {user.role}")


@command.command("invite")
@name_argument
@role_option
@unmask_option
@json_option
@click.pass_context
def invite(
    ctx: click.Context, name: str, role: Role | None, may_unmask: bool | None, as_json: bool
) -> None:
    """Print a link by which NAME chooses a password; a new password for somebody who is there."""
    from chatmill.stages.users import invite_user

    project = open_project(ctx)
    made = invite_user(project, name, actor=_actor(), role=role, may_unmask=bool(may_unmask))
    review = project.settings.review
    address = review.public_url.rstrip("/") or f"http://{review.host}:{review.port}"
    link = f"{address}/invitation#{made.secret}"
    if as_json:
        emit_json({**_record(made.user), "link": link, "expires_at": _moment(made.expires_at)})
        return
    say(f"{made.user.name} ({made.user.role}) opens this once, until {_day(made.expires_at)}:")
    click.echo(link)


@command.command("change")
@name_argument
@role_option
@unmask_option
@json_option
@click.pass_context
def change(
    ctx: click.Context, name: str, role: Role | None, may_unmask: bool | None, as_json: bool
) -> None:
    """Change what NAME may do; at once, wherever they are signed in."""
    from chatmill.stages.users import change_user

    if role is None and may_unmask is None:
        raise click.UsageError("Say what to change: --role, --unmask or --no-unmask.")
    user = change_user(open_project(ctx), name, actor=_actor(), role=role, may_unmask=may_unmask)
    _show(user, as_json=as_json, what=f"{user.name} is {user.role} now")


@command.command("disable")
@name_argument
@json_option
@click.pass_context
def disable(ctx: click.Context, name: str, as_json: bool) -> None:
    """Shut NAME out: sessions and tokens end, decisions stay."""
    from chatmill.stages.users import change_user

    user = change_user(open_project(ctx), name, actor=_actor(), is_disabled=True)
    _show(user, as_json=as_json, what=f"{user.name} is shut out; their decisions stay")


@command.command("enable")
@name_argument
@json_option
@click.pass_context
def enable(ctx: click.Context, name: str, as_json: bool) -> None:
    """Let NAME in again, with the password they had."""
    from chatmill.stages.users import change_user

    user = change_user(open_project(ctx), name, actor=_actor(), is_disabled=False)
    _show(user, as_json=as_json, what=f"{user.name} may sign in again")


@command.command("sign-out")
@click.argument("name", required=False)
@json_option
@click.pass_context
def sign_out(ctx: click.Context, name: str | None, as_json: bool) -> None:
    """End every session and token of NAME; without a name, those of the link."""
    from chatmill.stages.users import revoke, sign_out_links

    project = open_project(ctx)
    n_ended = revoke(project, name, actor=_actor()) if name else sign_out_links(project)
    if as_json:
        emit_json({"ended": n_ended})
    else:
        say(f"{n_ended} ended")


@command.command("list")
@json_option
@click.pass_context
def list_(ctx: click.Context, as_json: bool) -> None:
    """List everybody, disabled ones too."""
    from chatmill.stages.users import list_users

    found = list_users(open_project(ctx))
    if as_json:
        for each in found:
            emit_json(_record(each))
    elif found:
        rows = [
            (e.name, e.role, "yes" if e.may_unmask else "no", e.state, _day(e.created_at))
            for e in found
        ]
        table(["Name", "Role", "Unmasks", "State", "Since"], rows)
    else:
        say("Nobody: chatmill review lets its one visitor in by a link")


@command.command("log")
@click.option("--limit", type=click.IntRange(1), default=LOG_ENTRIES, help="Most entries.")
@json_option
@click.pass_context
def log(ctx: click.Context, limit: int, as_json: bool) -> None:
    """Show who did what: looked at personal data, invited, signed in; newest first."""
    from chatmill.store.users import read_audit

    found = read_audit(open_project(ctx).database, limit=limit)
    if as_json:
        for each in found:
            emit_json(
                {
                    "at": _moment(each.at),
                    "actor": each.actor,
                    "action": each.action,
                    "subject": each.subject,
                }
            )
    elif found:
        rows = [(_minute(e.at), e.actor, e.action, e.subject) for e in found]
        table(["When", "Who", "What", "To what"], rows)
    else:
        say("Nothing yet")


@command.group("token")
def token() -> None:
    """Personal tokens, for programs that use the HTTP API."""


@token.command("create")
@name_argument
@click.option("--for", "purpose", required=True, metavar="WHAT", help="What it is for.")
@click.option(
    "--role",
    type=click.Choice(ROLES),
    default="reader",
    show_default=True,
    help="The most it allows, whatever its owner may.",
)
@click.option(
    "--days",
    type=click.FloatRange(0, 3660, min_open=True),
    default=TOKEN_DAYS,
    show_default=True,
    help="How long it lasts.",
)
@json_option
@click.pass_context
def token_create(
    ctx: click.Context, name: str, purpose: str, role: Role, days: float, as_json: bool
) -> None:
    """Print a token of NAME, this once; send it as `Authorization: Bearer …`."""
    from chatmill.stages.users import create_token

    made = create_token(open_project(ctx), name, name=purpose, role=role, days=days)
    if as_json:
        emit_json({"token": made})
    else:
        click.echo(made)


@token.command("list")
@name_argument
@json_option
@click.pass_context
def token_list(ctx: click.Context, name: str, as_json: bool) -> None:
    """List the sessions and tokens of NAME."""
    from chatmill.stages.users import list_accesses

    found = list_accesses(open_project(ctx), name)
    if as_json:
        for each in found:
            emit_json(_access(each))
    elif found:
        rows = [
            (e.id, e.kind, e.name, e.role, _minute(e.used_at), _day(e.expires_at)) for e in found
        ]
        table(["Id", "Kind", "For", "Role", "Last used", "Until"], rows)
    else:
        say(f"{name} has none")


@token.command("revoke")
@name_argument
@click.argument("access_id", metavar="ID")
@json_option
@click.pass_context
def token_revoke(ctx: click.Context, name: str, access_id: str, as_json: bool) -> None:
    """End the token or session ID of NAME, at once."""
    from chatmill.stages.users import revoke

    revoke(open_project(ctx), name, actor=_actor(), access_id=access_id)
    if as_json:
        emit_json({"ended": access_id})
    else:
        say(f"{access_id} opens nothing any more")


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise UsageError(
            "a password is asked for on a terminal", fix="Use --password-stdin, or users invite"
        )
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))


def _actor() -> str:
    return f"{getpass.getuser()} (command line)"


def _show(user: User, *, as_json: bool, what: str) -> None:
    if as_json:
        emit_json(_record(user))
    else:
        say(what)


def _record(user: User) -> dict[str, object]:
    return {
        "name": user.name,
        "role": user.role,
        "may_unmask": user.may_unmask,
        "state": user.state,
        "created_at": _moment(user.created_at),
    }


def _access(access: Access) -> dict[str, object]:
    return {
        "id": access.id,
        "kind": access.kind,
        "name": access.name,
        "role": access.role,
        "used_at": _moment(access.used_at),
        "expires_at": _moment(access.expires_at),
    }


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds).astimezone().isoformat(timespec="seconds")


def _minute(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))


def _day(seconds: float) -> str:
    return time.strftime("%Y-%m-%d", time.localtime(seconds))
