"""`chatmill init`: make a project, asking only what it may skip."""

import shlex
import sys

import click

from chatmill.cli.output import emit_json, json_option, say
from chatmill.project import InitAnswers, Project, require_new
from chatmill.settings import FILE_NAME, ProviderSettings


@click.command("init")
@click.argument("folder", default=".", type=click.Path(file_okay=False))
@click.option("--language", type=click.Choice(["ko", "en"]), help="Main language of the chats.")
@click.option("--agent", "agents", multiple=True, metavar="NAME", help="Somebody who answers.")
@click.option(
    "--product", "products", multiple=True, metavar="NAME", help="A product they ask for."
)
@click.option("--provider", metavar="NAME", help="Who trains: local, or a name of your own.")
@click.option("--base-url", metavar="URL", help="Address of that provider, with /v1.")
@click.option("--api-key-env", metavar="NAME", help="Variable that holds its key.")
@click.option(
    "--trusted/--not-trusted", default=None, help="May it be sent text that was not masked?"
)
@click.option("--yes", is_flag=True, help="Ask nothing.")
@json_option
def command(
    folder: str,
    language: str | None,
    agents: tuple[str, ...],
    products: tuple[str, ...],
    provider: str | None,
    base_url: str | None,
    api_key_env: str | None,
    trusted: bool | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Make a project in FOLDER (this one when left out)."""
    require_new(folder)
    is_asking = sys.stdin.isatty() and not yes
    if is_asking:
        say("Every answer may be skipped with Enter and changed later in chatmill.toml.")
        language = language or _ask(
            "Main language of the chats: ko or en", choices=["", "ko", "en"]
        )
        agents = agents or _ask_list("Who answers? Names as in the export, separated by ;")
        products = products or _ask_list("Product names, separated by ;")
        provider = provider or _ask("Who trains: local, or a provider's name", "local")
        if provider != "local":
            base_url = base_url or _ask("Its address, with /v1")
            api_key_env = api_key_env or _ask("Name of the variable that holds its key")
            if trusted is None:
                trusted = click.confirm(
                    "May it be sent text that was not masked?", default=False, err=True
                )
    answers = InitAnswers(
        language=language or "",
        agents=agents,
        products=products,
        provider=provider or "local",
        provider_settings=ProviderSettings(
            base_url=base_url or "", api_key_env=api_key_env or "", trusted=bool(trusted)
        ),
    )
    project = Project.create(folder, answers)
    if as_json:
        emit_json({"project": project.name, "folder": str(project.folder)})
        return
    place = "" if folder == "." else f"cd {shlex.quote(folder)} && "
    say(f"Made {project.folder / FILE_NAME}. Next: {place}chatmill import FILES…")


def _ask(question: str, default: str = "", *, choices: list[str] | None = None) -> str:
    kind = click.Choice(choices) if choices else None
    return str(
        click.prompt(
            question,
            default=default,
            show_default=bool(default),
            show_choices=False,
            type=kind,
            err=True,
        )
    )


def _ask_list(question: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in _ask(question).split(";") if part.strip())
