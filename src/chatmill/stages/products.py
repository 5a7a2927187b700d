"""Products: learns part numbers over all conversations, lists them and takes corrections."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from chatmill.errors import UsageError
from chatmill.models.progress import Progress, no_progress
from chatmill.project import Project
from chatmill.records import Conversation
from chatmill.settings import Settings
from chatmill.store.product_mentions import (
    RoomMentions,
    learns,
    read_mentions,
    save_mentions,
    with_products,
)
from chatmill.text.part_learning import (
    VERSION,
    Judgement,
    Mentions,
    count_mentions,
    judge_candidates,
)
from chatmill.text.products import find_products

Telling = Literal["settings", "learnt", "candidate", "ignored"]
"""Named in `[project] products`; learnt; too few points; in `not_products`."""
EXAMPLE_CHARACTERS = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductSummary:
    """One product, or a name that was not taken for one."""

    name: str
    told_by: Telling
    n_mentions: int
    n_rooms: int
    points: int
    reasons: tuple[str, ...]
    """Each with its points; empty for names of settings alone."""
    example: str
    """The first message that mentions it, cut."""


def learn_products(project: Project, progress: Progress | None = None) -> None:
    """Count part numbers in conversations that changed and judge all candidates anew.

    Only conversations whose products come out differently get other ones, and so another
    fingerprint. Does nothing where settings say not to learn. The caller holds the lock.
    """
    if not learns(project.settings):
        return
    report = progress or no_progress
    stored = read_mentions(project.database)
    current = {
        each: f"{VERSION} {digest}" for each, digest in project.conversations.fingerprints().items()
    }
    stale = {
        key for key, mark in current.items() if key not in stored or stored[key].fingerprint != mark
    }
    counted = {key: room for key, room in stored.items() if key in current}
    if stale:
        for done, conversation in enumerate(project.conversations.read(stale), start=1):
            counted[conversation.id] = RoomMentions(
                fingerprint=current[conversation.id],
                mentions=count_mentions(conversation),
                learnt=(),
            )
            report("looking for part numbers", done, len(stale))
    elif counted.keys() == stored.keys():
        return
    names = _spellings(judge_candidates(room.mentions for room in counted.values()))
    judged = {
        key: replace(room, learnt=_learnt_in(room.mentions, names)) for key, room in counted.items()
    }
    changed = {key: room for key, room in judged.items() if stored.get(key) != room}
    order = sorted(changed, key=lambda key: key in stale)  # killed before the stale ones: once more
    save_mentions(
        project.database, {key: changed[key] for key in order}, stored.keys() - current.keys()
    )


def settings_with_learnt(settings: Settings, conversations: Iterable[Conversation]) -> Settings:
    """Return settings with the products some conversations teach, for use without a project."""
    if not learns(settings):
        return settings
    judged = judge_candidates(count_mentions(each) for each in conversations)
    return with_products(settings, _spellings(judged).values())


def list_products(project: Project, *, candidates: bool = False) -> list[ProductSummary]:
    """List products, most mentioned first, as extract would tell them now.

    Args:
        project: An open project.
        candidates: Also list names that were not taken, and those settings ignore.
    """
    written = project.settings.project.products
    ignored = {each.casefold() for each in project.settings.project.not_products}
    rooms: list[tuple[Mentions, ...]] = []
    n_mentions: Counter[str] = Counter()
    n_rooms: Counter[str] = Counter()
    firsts: dict[str, str] = {}
    for conversation in project.conversations:
        rooms.append(count_mentions(conversation))
        _note_firsts(firsts, conversation, rooms[-1])
        seen: set[str] = set()
        for message in conversation.messages if written else ():
            found = find_products(message.text, written)
            n_mentions.update(found)
            seen.update(found)
            for name in found:
                firsts.setdefault(name.casefold(), message.text)
        n_rooms.update(seen)
    made = [
        _written(name, n_mentions[name], n_rooms[name], firsts)
        for name in written
        if name.casefold() not in ignored
    ]
    known = {name.casefold() for name in written} - ignored
    made += [
        _judged(each, project.settings, firsts)
        for each in judge_candidates(rooms)
        if each.name.casefold() not in known
    ]
    shown = [each for each in made if candidates or each.told_by in ("settings", "learnt")]
    return sorted(shown, key=lambda each: (-each.n_mentions, each.name))


def change_products(
    project: Project, names: Sequence[str], change: Literal["add", "drop", "auto"]
) -> None:
    """Write into settings that names are products, are none, or are told by chatmill again.

    Raises:
        UsageError: There is no name.
        StorageError: chatmill.toml cannot be written.
    """
    if not names or not all(name.strip() for name in names):
        raise UsageError("no name of a product", fix="Name one: chatmill products W5500 --add")
    keys = {name.casefold() for name in names}
    chosen = project.settings.project
    was_learning = learns(project.settings)
    products = [each for each in chosen.products if each.casefold() not in keys]
    not_products = [each for each in chosen.not_products if each.casefold() not in keys]
    if change == "add":
        products += names
    elif change == "drop":
        not_products += names
    if was_learning and products and chosen.learn_products == "unset":
        project.remember("project", "learn_products", "always")
    project.remember("project", "products", products)
    project.remember("project", "not_products", not_products)


def _spellings(judged: Iterable[Judgement]) -> dict[str, str]:
    """Return casefolded name → spelling to use, for what is a product."""
    return {each.name.casefold(): each.name for each in judged if each.is_product}


def _learnt_in(mentions: Sequence[Mentions], names: dict[str, str]) -> tuple[str, ...]:
    """List the products a conversation mentions, also as the beginning of a longer name."""
    found: set[str] = set()
    for each in mentions:
        parts = each.spelling.casefold().split("-")
        heads = ("-".join(parts[: n + 1]) for n in range(len(parts)))
        found.update(names[head] for head in heads if head in names)
    return tuple(sorted(found))


def _note_firsts(
    firsts: dict[str, str], conversation: Conversation, mentions: Sequence[Mentions]
) -> None:
    wanted = {each.first_message_id: [] for each in mentions}  # type: dict[str, list[str]]
    for each in mentions:
        wanted[each.first_message_id].append(each.spelling.casefold())
    for message in conversation.messages if wanted else ():
        for key in wanted.get(message.id, ()):
            firsts.setdefault(key, message.text)


def _written(name: str, n_mentions: int, n_rooms: int, firsts: dict[str, str]) -> ProductSummary:
    return ProductSummary(
        name=name,
        told_by="settings",
        n_mentions=n_mentions,
        n_rooms=n_rooms,
        points=0,
        reasons=(),
        example=_cut(firsts.get(name.casefold(), ""), name),
    )


def _judged(judged: Judgement, settings: Settings, firsts: dict[str, str]) -> ProductSummary:
    ignored = {each.casefold() for each in settings.project.not_products}
    told: Telling = "learnt" if judged.is_product and learns(settings) else "candidate"
    if judged.name.casefold() in ignored:
        told = "ignored"
    return ProductSummary(
        name=judged.name,
        told_by=told,
        n_mentions=judged.n_mentions,
        n_rooms=judged.n_rooms,
        points=judged.points,
        reasons=judged.reasons,
        example=_cut(firsts.get(judged.name.casefold(), ""), judged.name),
    )


def _cut(text: str, name: str) -> str:
    """Return the words around a name, in one line."""
    line = " ".join(text.split())
    at = max(0, line.casefold().find(name.casefold()))
    start = max(0, min(at - EXAMPLE_CHARACTERS // 2, len(line) - EXAMPLE_CHARACTERS))
    end = start + EXAMPLE_CHARACTERS
    return ("…" if start else "") + line[start:end] + ("…" if end < len(line) else "")
