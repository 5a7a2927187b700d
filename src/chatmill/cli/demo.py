"""`chatmill demo`: the whole loop on the sample chats."""

from pathlib import Path

import click

from chatmill.cli.output import json_option, say


@click.command("demo")
@click.argument("folder", default="chatmill-demo", type=click.Path(path_type=Path))
@click.option(
    "--sample",
    "sample_folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="A copy of examples/wiznet-support to run on instead.",
)
@json_option
def command(
    folder: Path,
    sample_folder: Path | None,
    as_json: bool,
) -> None:
    """Take the sample chats to a tuned chatbot and a report, in FOLDER."""
    from chatmill.cli.loop_output import run_and_show
    from chatmill.stages.demo import find_sample, open_demo

    sample = find_sample(sample_folder)
    with open_demo(folder, sample) as project:
        say(f"The sample support room of {project.name}, half Korean, half English, in {folder}.")
        say(
            "Real training on this machine: 10 to 15 minutes on two cores. The embedded model "
            "spells Hangul in bytes, so Korean costs three times the tokens of English."
        )
        run_and_show(project, files=[sample.chats], recorded_review=sample.review, as_json=as_json)
