"""`chatmill convert`: a hand-edited Q) A) text becomes training JSONL, without a project."""

from pathlib import Path

import click

from chatmill.cli.output import emit_json, json_option, say


@click.command("convert")
@click.argument("source", type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="JSONL to write; else standard output."
)
@click.option("--system", default="", help="System line of every block that has no S) of its own.")
@click.option("--product", "products", multiple=True, metavar="NAME", help="A product's name.")
@json_option
def command(
    source: Path,
    output: Path | None,
    system: str,
    products: tuple[str, ...],
    as_json: bool,
) -> None:
    """Turn the Q) A) text SOURCE into training JSONL; letters and case stay as they are."""
    from chatmill.stages.convert import convert

    objects = convert(source, output, system=system, products=products)
    if output is None:
        for each in objects:
            emit_json(each)
    elif as_json:
        emit_json({"output": str(output), "examples": len(objects)})
    else:
        say(f"{len(objects)} examples written to {output}")
