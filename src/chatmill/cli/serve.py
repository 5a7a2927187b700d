"""`chatmill serve`: the OpenAI-compatible server on a port."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from chatmill.settings import ServeSettings


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option("--port", default=8033, show_default=True, help="Port; 0 takes a free one.")
@click.option(
    "--api-key-env",
    default="",
    metavar="NAME",
    help="Variable with the key clients must send; else the home's own key.",
)
@click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where its database, files and models lie.",
)
@click.option(
    "--alias",
    "aliases",
    multiple=True,
    metavar="NAME=MODEL",
    help="Answer and train MODEL where old code asks for NAME; also [serve] aliases.",
)
@click.option(
    "--max-jobs",
    type=click.IntRange(min=1),
    help="Most fine-tuning jobs that may wait or run; else [serve] max_jobs.",
)
@click.option("--add-key", metavar="NAME", help="Make a key, show it once, and end.")
@click.option(
    "--requests-per-minute",
    type=click.IntRange(min=0),
    default=0,
    help="Limit of the key that is made; 0 is none.",
)
@click.option(
    "--tokens-per-minute",
    type=click.IntRange(min=0),
    default=0,
    help="Limit of the key that is made; 0 is none.",
)
@click.option("--list-keys", is_flag=True, help="Show the names and limits of keys, and end.")
@click.option("--remove-key", metavar="NAME", help="Make a key useless at once, and end.")
@click.option("--stop", is_flag=True, help="Stop the server of this home.")
@click.pass_context
def command(
    ctx: click.Context,
    host: str,
    port: int,
    api_key_env: str,
    home: Path | None,
    aliases: tuple[str, ...],
    max_jobs: int | None,
    add_key: str | None,
    requests_per_minute: int,
    tokens_per_minute: int,
    remove_key: str | None,
    *,
    list_keys: bool,
    stop: bool,
) -> None:
    """Serve chat, embeddings, files and fine-tuning for open models on this machine."""
    from chatmill.server.launch import run_here, stop_server

    if stop:
        stopped = stop_server(home)
        click.echo("The server was stopped." if stopped else "No server runs there.")
        return
    if add_key or list_keys or remove_key:
        limits = (requests_per_minute, tokens_per_minute)
        _keys(home, add=add_key, remove=remove_key, limits=limits)
        return
    serve = _project_settings(ctx)
    named = {**serve.aliases, **dict(map(_alias, aliases))}
    run_here(
        host=host,
        port=port,
        api_key_env=api_key_env,
        home=home,
        aliases=named,
        max_jobs=max_jobs or serve.max_jobs,
    )


def _keys(
    home: Path | None, *, add: str | None, remove: str | None, limits: tuple[int, int]
) -> None:
    """Make, remove or list keys; a server that runs knows at once."""
    from chatmill.server.home import find_home
    from chatmill.store import server_keys as store
    from chatmill.store.database import Database

    database = Database.open(find_home(home).database_url, schema="server")
    try:
        if add:
            requests, tokens = limits
            key = store.add_key(
                database, add, requests_per_minute=requests, tokens_per_minute=tokens
            )
            click.echo(key)
            click.echo("It is shown this once: only its hash is kept.", err=True)
        elif remove:
            gone = store.remove_key(database, remove)
            click.echo(f"The key {remove} is gone." if gone else f"There is no key {remove}.")
        else:
            for each in store.list_keys(database):
                click.echo(
                    f"{each.name}\t{each.requests_per_minute or 'any'} requests and "
                    f"{each.tokens_per_minute or 'any'} tokens a minute"
                )
    finally:
        database.close()


def _alias(text: str) -> tuple[str, str]:
    name, separator, model = text.partition("=")
    if not (name.strip() and separator and model.strip()):
        raise click.BadParameter(f"{text!r} is not NAME=MODEL", param_hint="--alias")
    return name.strip(), model.strip()


def _project_settings(ctx: click.Context) -> "ServeSettings":
    """Return `[serve]` of the project here, or its defaults where there is none."""
    from chatmill.errors import NoProjectError
    from chatmill.project import Project
    from chatmill.settings import ServeSettings

    try:
        with Project.open(ctx.find_root().obj or ".") as project:
            return project.settings.serve
    except NoProjectError:
        return ServeSettings()
