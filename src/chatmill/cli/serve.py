"""`chatmill serve`: the OpenAI-compatible server on a port."""

from pathlib import Path

import click


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
@click.option("--stop", is_flag=True, help="Stop the server of this home.")
@click.pass_context
def command(
    ctx: click.Context,
    host: str,
    port: int,
    api_key_env: str,
    home: Path | None,
    aliases: tuple[str, ...],
    *,
    stop: bool,
) -> None:
    """Serve chat, embeddings, files and fine-tuning for open models on this machine."""
    from chatmill.server.launch import run_here, stop_server

    if stop:
        stopped = stop_server(home)
        click.echo("The server was stopped." if stopped else "No server runs there.")
        return
    named = {**_project_aliases(ctx), **dict(map(_alias, aliases))}
    run_here(host=host, port=port, api_key_env=api_key_env, home=home, aliases=named)


def _alias(text: str) -> tuple[str, str]:
    name, separator, model = text.partition("=")
    if not (name.strip() and separator and model.strip()):
        raise click.BadParameter(f"{text!r} is not NAME=MODEL", param_hint="--alias")
    return name.strip(), model.strip()


def _project_aliases(ctx: click.Context) -> dict[str, str]:
    """Return `[serve] aliases` of the project here, if there is one."""
    from chatmill.errors import NoProjectError
    from chatmill.project import Project

    try:
        with Project.open(ctx.find_root().obj or ".") as project:
            return project.settings.serve.aliases
    except NoProjectError:
        return {}
