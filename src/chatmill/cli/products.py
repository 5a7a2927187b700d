"""`chatmill products`: which products were found, how often, and what tells them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, cast

import click

from chatmill.cli.output import emit_json, json_option, open_project, say, table

if TYPE_CHECKING:
    from chatmill.project import Project
    from chatmill.stages.products import ProductSummary

WORDS = {
    "settings": "chatmill.toml",
    "learnt": "learnt",
    "candidate": "no product",
    "ignored": "not_products",
}
"""What tells a product → how a person reads it."""


@click.command("products")
@click.argument("names", nargs=-1, metavar="[NAME]…")
@click.option("--add", "change", flag_value="add", help="They are products.")
@click.option("--drop", "change", flag_value="drop", help="They are no products.")
@click.option("--auto", "change", flag_value="auto", help="Let chatmill tell again.")
@click.option("--all", "candidates", is_flag=True, help="Also list what was not taken for one.")
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    names: tuple[str, ...],
    change: str | None,
    *,
    candidates: bool,
    as_json: bool,
) -> None:
    """List the products of the chats and what tells them, or say what NAME… are."""
    if change and not names:
        raise click.UsageError("Name the products to change.")
    project = open_project(ctx)
    if change:
        from chatmill.stages.products import change_products

        change_products(project, names, cast("Literal['add', 'drop', 'auto']", change))
    _list(project, names, candidates=candidates or bool(names), as_json=as_json)
    if change and not as_json:
        say("Next: chatmill extract")


def _list(project: Project, names: tuple[str, ...], *, candidates: bool, as_json: bool) -> None:
    from chatmill.stages.products import list_products

    wanted = {name.casefold() for name in names}
    found = [
        each
        for each in list_products(project, candidates=candidates)
        if not wanted or each.name.casefold() in wanted
    ]
    if as_json:
        for each in found:
            emit_json(_record(each))
    elif found:
        table(["Product", "Mentions", "Rooms", "Told by", "Why"], [_row(each) for each in found])
    else:
        say("No such name in the chats" if names else "No products found: chatmill products --all")


def _record(summary: ProductSummary) -> dict[str, object]:
    return {
        "name": summary.name,
        "told_by": summary.told_by,
        "mentions": summary.n_mentions,
        "rooms": summary.n_rooms,
        "points": summary.points,
        "reasons": list(summary.reasons),
        "example": summary.example,
    }


def _row(summary: ProductSummary) -> list[str]:
    return [
        summary.name,
        str(summary.n_mentions),
        str(summary.n_rooms),
        WORDS[summary.told_by],
        ", ".join(summary.reasons) or summary.example,
    ]
