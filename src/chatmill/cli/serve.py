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
@click.option("--stop", is_flag=True, help="Stop the server of this home.")
def command(host: str, port: int, api_key_env: str, home: Path | None, *, stop: bool) -> None:
    """Serve chat, embeddings, files and fine-tuning for open models on this machine."""
    from chatmill.server.launch import run_here, stop_server

    if stop:
        stopped = stop_server(home)
        click.echo("The server was stopped." if stopped else "No server runs there.")
        return
    run_here(host=host, port=port, api_key_env=api_key_env, home=home)
