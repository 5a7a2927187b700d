"""Lists of examples as somebody may see them: pages, counts and clusters.

Who sees placeholders finds by words only what they see: else a search would tell what is hidden.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from chatmill.errors import UsageError
from chatmill.project import Project
from chatmill.records import Example
from chatmill.stages.review.bulk import chosen_examples
from chatmill.stages.review.veil import Veils
from chatmill.store.choosing import Choice, choose_page
from chatmill.store.listed_rows import ListedRow, read_rows

MOST_VEILED = 1_000
"""Examples found by words that are looked through for somebody who sees placeholders."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRow:
    """One example of a list, in the words somebody may see."""

    row: ListedRow
    example: Example
    messages: tuple[str, ...]
    """What its findings say, in their order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPage:
    """Some examples of a list."""

    rows: tuple[ShownRow, ...]
    after: int | None
    """Number to go on after; None at the end."""
    is_cut: bool
    """Whether it stopped early, because few of many match: going on may find more."""


def list_page(  # noqa: PLR0913 - what a page is made of
    project: Project, veils: Veils, choice: Choice, *, after: int, limit: int, is_open: bool
) -> ShownPage:
    """Return the next examples of a choice as somebody may see them.

    Args:
        project: Whose.
        veils: What hides personal data.
        choice: Which.
        after: Number to go on after, 0 at first.
        limit: Most examples.
        is_open: Whether they see personal data.
    """
    project.database.catch_up()
    page = choose_page(project.database, choice, after=after, limit=limit)
    rows = shown_rows(project, veils, page.example_ids, is_open=is_open)
    if not is_open:
        rows = [each for each in rows if _shows_words(each.example, choice)]
    return ShownPage(rows=tuple(rows), after=page.after, is_cut=page.is_cut)


def shown_rows(
    project: Project, veils: Veils, example_ids: Sequence[str], *, is_open: bool
) -> list[ShownRow]:
    """Read examples as somebody may see them, in the order asked for."""
    return [_shown(veils, row, is_open=is_open) for row in read_rows(project.database, example_ids)]


def chosen_as_shown(project: Project, veils: Veils, choice: Choice, *, is_open: bool) -> list[str]:
    """Return the ids of all examples of a choice that somebody can find.

    Raises:
        UsageError: There are more than one step may change, or than can be looked through.
    """
    project.database.catch_up()
    ids = chosen_examples(project, choice)
    if is_open or choice.words is None:
        return ids
    if len(ids) > MOST_VEILED:
        raise UsageError(
            f"more than {MOST_VEILED:,} examples hold these words",
            fix="Choose fewer: add a filter or a word",
        )
    rows = shown_rows(project, veils, ids, is_open=False)
    return [each.example.id for each in rows if _shows_words(each.example, choice)]


def _shown(veils: Veils, row: ListedRow, *, is_open: bool) -> ShownRow:
    if is_open:
        messages = tuple(each.message for each in row.findings)
        return ShownRow(row=row, example=row.example, messages=messages)
    veil = veils.of(row.example, is_open=False)
    return ShownRow(
        row=replace(row, topic=veil.shown(row.topic)),
        example=veil.shown_example(row.example),
        messages=tuple(veil.shown(each.message) for each in row.findings),
    )


def _shows_words(example: Example, choice: Choice) -> bool:
    if choice.words is None:
        return True
    turns = [text for each in example.turns for text in (each.question, each.answer)]
    return choice.words.found_in([example.system, *turns])
