"""`chatmill`: a table of commands, each loaded only when it is used."""

import importlib
import sys
from dataclasses import dataclass

import click

from chatmill.errors import ChatmillError


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandEntry:
    """Where a command lives and what `--help` says of it."""

    module: str
    """Module under `chatmill.cli`; it has a click command called `command`."""
    help: str
    """One line."""


COMMANDS: dict[str, dict[str, CommandEntry]] = {
    "Stages": {
        "import": CommandEntry(module="import_", help="Read chat exports into the project"),
        "extract": CommandEntry(
            module="extract", help="Lift questions and answers out of the chats"
        ),
        "check": CommandEntry(module="check", help="Look for unsupported and odd examples"),
        "review": CommandEntry(
            module="review", help="Keep, edit or reject, in a page or in an editor"
        ),
        "triage": CommandEntry(
            module="triage", help="Learn from decisions; keep what is proven to be sure"
        ),
        "build": CommandEntry(module="build", help="Write a dataset version from what was kept"),
        "train": CommandEntry(module="train", help="Fine-tune a model on a dataset version"),
        "evaluate": CommandEntry(
            module="evaluate", help="Ask the tuned model and score its answers"
        ),
        "improve": CommandEntry(module="improve", help="Send what was not followed back to review"),
        "run": CommandEntry(module="run", help="Do every stage that has something to do"),
        "demo": CommandEntry(module="demo", help="The whole loop on the sample chats"),
    },
    "Looking": {
        "status": CommandEntry(module="status", help="How far the project is and what comes next"),
        "conversations": CommandEntry(module="conversations", help="Show imported conversations"),
        "threads": CommandEntry(module="threads", help="Show who answers whom"),
        "examples": CommandEntry(module="examples", help="Show examples, decisions and findings"),
        "rejections": CommandEntry(
            module="rejections", help="Show what could not be used, and why"
        ),
        "calls": CommandEntry(module="calls", help="Show what models were asked and what it cost"),
        "rounds": CommandEntry(module="rounds", help="List versions: sizes, scores, training"),
        "compare": CommandEntry(
            module="compare", help="Compare two evaluations question by question"
        ),
        "models": CommandEntry(module="models", help="Show tuned models"),
        "settings": CommandEntry(module="settings", help="Show every option and its value"),
        "doctor": CommandEntry(module="doctor", help="Check that this machine has what is needed"),
    },
    "Doing": {
        "init": CommandEntry(module="init", help="Make a project"),
        "roles": CommandEntry(module="roles", help="Say who answers, who asks and who is a bot"),
        "users": CommandEntry(
            module="users", help="Set up the people who review: create, invite, disable, tokens"
        ),
        "products": CommandEntry(module="products", help="Show the products of the chats"),
        "convert": CommandEntry(module="convert", help="Turn a Q) A) text into training JSONL"),
        "try": CommandEntry(module="try_", help="Show the pairs of one file, without a project"),
        "chat": CommandEntry(module="chat", help="Talk to the tuned model"),
        "serve": CommandEntry(module="serve", help="Serve OpenAI's API from this machine"),
        "forget": CommandEntry(
            module="forget", help="Take a person or a conversation out of the project for good"
        ),
        "backup": CommandEntry(module="backup", help="Copy the whole project to one file, or back"),
        "rescue": CommandEntry(
            module="rescue", help="Save an account and its tuned models' answers before they end"
        ),
    },
}


class LazyGroup(click.Group):
    """A group that lists its commands from the table and imports one only to run it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name every command, in the table's order."""
        del ctx
        return [name for group in COMMANDS.values() for name in group]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        del ctx
        for group in COMMANDS.values():
            if cmd_name in group:
                module = importlib.import_module(f"chatmill.cli.{group[cmd_name].module}")
                command: click.Command = module.command
                return command
        return None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands by kind without importing them."""
        del ctx
        for title, group in COMMANDS.items():
            with formatter.section(title):
                formatter.write_dl([(name, entry.help) for name, entry in group.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="chatmill")
@click.option(
    "--project",
    "project_folder",
    default=".",
    metavar="DIR",
    help="Project folder; the nearest one above it counts.",
)
@click.pass_context
def application(ctx: click.Context, project_folder: str) -> None:
    """From the conversations a team already has to a chatbot that answers like them."""
    ctx.obj = project_folder


def main() -> None:
    """Run the command line: 0 done, 1 refused and said in one line, 2 wrong usage."""
    try:
        application(prog_name="chatmill")
    except ChatmillError as error:
        from chatmill.cli.marked_text import harmless

        click.echo(harmless(f"chatmill: {error}"), err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
