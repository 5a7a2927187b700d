"""Which part numbers each conversation speaks of, and which of them were learnt to be products."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import sqlalchemy as sa

from chatmill.settings import Settings
from chatmill.store.database import Database
from chatmill.store.tables import product_mentions
from chatmill.text.part_learning import Mentions
from chatmill.text.products import KnownProducts

ROWS_AT_ONCE = 500
"""Conversations written in one transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomMentions:
    """What was counted in one conversation."""

    fingerprint: str
    """Of the messages and of how they were read."""
    mentions: tuple[Mentions, ...]
    learnt: tuple[str, ...]
    """Names that are products, in the spelling to use; only those this conversation mentions."""


@dataclass(frozen=True, slots=True)
class ProductBook:
    """The products of each conversation, by settings and by what was learnt."""

    settings: Settings
    """The project's own."""
    learnt: Mapping[str, tuple[str, ...]]
    """Conversation id → learnt names; conversations nobody looked at are missing."""

    def settings_of(self, conversation_id: str) -> Settings:
        """Return the settings a conversation is read with; they change only when its names do."""
        learnt = self.learnt.get(conversation_id)
        is_learning = learns(self.settings)
        if learnt is None and is_learning:
            return self.settings
        return with_products(self.settings, learnt if learnt is not None and is_learning else ())

    def settings_of_all(self) -> Settings:
        """Return the settings with the products of every conversation."""
        if not self.learnt and learns(self.settings):
            return self.settings
        every = {name for names in self.learnt.values() for name in names}
        return with_products(self.settings, sorted(every) if learns(self.settings) else ())


def learns(settings: Settings) -> bool:
    """Say whether part numbers are learnt: always, or while settings name no product."""
    how = settings.project.learn_products
    return how == "always" or (how == "unset" and not settings.project.products)


def with_products(settings: Settings, learnt: Iterable[str]) -> Settings:
    """Return settings with all products there are: those they name, then the learnt ones.

    Args:
        settings: `[project] products` and `not_products` are used.
        learnt: Names in the spelling to use.
    """
    ignored = {name.casefold() for name in settings.project.not_products}
    written = [name for name in settings.project.products if name.casefold() not in ignored]
    known = ignored | {name.casefold() for name in written}
    names = [*written, *(name for name in learnt if name.casefold() not in known)]
    products = KnownProducts(names, written)
    return replace(settings, project=replace(settings.project, products=products))


def read_product_book(
    database: Database, settings: Settings, conversation_ids: Collection[str] | None = None
) -> ProductBook:
    """Return the products of conversations.

    Args:
        database: The project's.
        settings: The project's.
        conversation_ids: Only these, a few; all when None.
    """
    query = sa.select(product_mentions.c.conversation_id, product_mentions.c.learnt)
    if conversation_ids is not None:
        query = query.where(product_mentions.c.conversation_id.in_(list(conversation_ids)))
    with database.read() as connection:
        return ProductBook(settings, {row[0]: tuple(row[1]) for row in connection.execute(query)})


def read_mentions(database: Database) -> dict[str, RoomMentions]:
    """Return conversation id → what was counted in it."""
    with database.read() as connection:
        return {
            row.conversation_id: RoomMentions(
                fingerprint=row.fingerprint,
                mentions=tuple(Mentions(**each) for each in row.mentions),
                learnt=tuple(row.learnt),
            )
            for row in connection.execute(sa.select(product_mentions))
        }


def save_mentions(
    database: Database, changed: Mapping[str, RoomMentions], gone: Collection[str] = ()
) -> None:
    """Store what was counted in some conversations in place of what was there.

    Args:
        database: The project's.
        changed: Conversation id → counts.
        gone: Conversations that are no more.
    """
    ids = [*changed, *gone]
    for start in range(0, len(ids), ROWS_AT_ONCE):
        part = ids[start : start + ROWS_AT_ONCE]
        rows = [_row(each, changed[each]) for each in part if each in changed]
        with database.write() as connection:
            connection.execute(
                sa.delete(product_mentions).where(product_mentions.c.conversation_id.in_(part))
            )
            if rows:
                connection.execute(sa.insert(product_mentions), rows)


def _row(conversation_id: str, room: RoomMentions) -> dict[str, Any]:
    return {
        "conversation_id": conversation_id,
        "fingerprint": room.fingerprint,
        "mentions": [asdict(each) for each in room.mentions],
        "learnt": list(room.learnt),
    }
