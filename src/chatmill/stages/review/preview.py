"""What an edit would make of an example: shown, checked and compared while it is being written."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Literal

from chatmill.project import Project
from chatmill.records import Example, Turn
from chatmill.stages.review.queue import ConversationReader, ReviewItem, review_item
from chatmill.stages.review.words import edited_state, findings_of
from chatmill.store.product_mentions import read_product_book
from chatmill.text.pairs_file import TurnText

ChangeKind = Literal["same", "added", "removed"]
MAX_WORDS = 4_000
"""Words on both sides together that are compared; longer texts are shown as replaced whole."""
_WORD = re.compile(r"\s+|\w+|[^\w\s]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A stretch of words that the source and an edit share, or only one of them has."""

    text: str
    kind: ChangeKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """An edit that nobody saved yet."""

    item: ReviewItem
    """The example as it would be, with what the checks would find."""
    changes: dict[str, tuple[Change, ...]]
    """Field → its words against those of the source; fields without a change are left out."""


def preview_edit(
    project: Project,
    example_id: str,
    *,
    system: str | None,
    turns: Sequence[TurnText] | None,
    conversations: ConversationReader | None = None,
) -> Preview:
    """Show what an edit would make of an example; nothing is stored.

    Args:
        project: Where it is.
        example_id: Which.
        system: The system line; None leaves it.
        turns: Questions and answers; None leaves them.
        conversations: Reader to share between calls.

    Raises:
        UsageError: No such example, a question or an answer is empty, or no turn is left.
    """
    item = review_item(project, example_id, conversations)
    example, room = item.example, item.conversation
    state = edited_state(example, room, system=system, turns=turns)
    edited = replace(example, system=state.system, turns=state.turns)
    products = read_product_book(project.database, project.settings, [room.id])
    found, _ = findings_of(edited, room, products)
    order = ("error", "warning", "info")
    severe_first = sorted(found, key=lambda each: order.index(each.severity))
    return Preview(
        item=replace(item, example=edited, findings=tuple(severe_first)),
        changes=_changes(source_of(item), edited),
    )


def source_of(item: ReviewItem) -> Example:
    """Return an example as it came from its messages, before anybody changed its words."""
    if not item.history:
        return item.example
    first = item.history[0].before
    return replace(item.example, system=first.system, turns=first.turns)


def compare_words(source: str, written: str) -> tuple[Change, ...]:
    """Compare two texts word by word.

    Args:
        source: What the messages say.
        written: What somebody made of it.

    Returns:
        Stretches that put together, `added` ones left out, are `source`; `removed` ones left out,
        they are `written`.
    """
    old, new = _WORD.findall(source), _WORD.findall(written)
    if len(old) + len(new) > MAX_WORDS:
        steps = [("replace", 0, len(old), 0, len(new))]
    else:
        steps = list(SequenceMatcher(None, old, new, autojunk=False).get_opcodes())
    made: list[Change] = []
    for step, old_start, old_end, new_start, new_end in steps:
        if step == "equal":
            made.append(Change(text="".join(old[old_start:old_end]), kind="same"))
            continue
        if old_start < old_end:
            made.append(Change(text="".join(old[old_start:old_end]), kind="removed"))
        if new_start < new_end:
            made.append(Change(text="".join(new[new_start:new_end]), kind="added"))
    return tuple(made)


def _changes(source: Example, edited: Example) -> dict[str, tuple[Change, ...]]:
    pairs = [("system", source.system, edited.system)]
    if len(source.turns) == len(edited.turns):  # else no turn says which one it was
        for at, (old, new) in enumerate(zip(source.turns, edited.turns, strict=True)):
            pairs += _sides(at, old, new)
    return {field: compare_words(old, new) for field, old, new in pairs if old != new}


def _sides(at: int, old: Turn, new: Turn) -> list[tuple[str, str, str]]:
    return [
        (f"turns[{at}].question", old.question, new.question),
        (f"turns[{at}].answer", old.answer, new.answer),
    ]
