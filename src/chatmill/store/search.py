"""The index of the words of examples: numbers of examples by pieces of words, in order.

SQLite keeps it in an FTS5 table without content, PostgreSQL in a GIN index over arrays; both hold
the keys of `text.grams` and no text.
"""

import json
from collections.abc import Collection, Iterable, Sequence

import sqlalchemy as sa

from chatmill.text.grams import text_keys

SEARCH_TABLE = "search_grams"
FIRST_WINDOW = 20_000
"""PostgreSQL looks through numbers in windows, so that a common word is not sorted whole."""


def words_of(system: str, turns: object) -> list[str]:
    """Return the texts of an example that can be searched.

    Args:
        system: Its system line.
        turns: As stored, or as JSON.
    """
    stored = json.loads(turns) if isinstance(turns, str) else turns
    if not isinstance(stored, list):
        return [system]
    return [system, *(each[side] for each in stored for side in ("question", "answer"))]


def put_words(connection: sa.Connection, words: Iterable[tuple[int, Sequence[str]]]) -> None:
    """Index the texts of examples that are not in the index, by number."""
    rows = [(number, text_keys(texts)) for number, texts in words]
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        query = sa.text("INSERT INTO search_grams (number, grams) VALUES (:number, :grams)")
        connection.execute(query, [{"number": n, "grams": sorted(keys)} for n, keys in rows])
        return
    query = sa.text("INSERT INTO search_grams (rowid, grams) VALUES (:number, :grams)")
    connection.execute(query, [{"number": n, "grams": _tokens(keys)} for n, keys in rows])


def take_words(connection: sa.Connection, words: Iterable[tuple[int, Sequence[str]]]) -> None:
    """Take examples out of the index; the texts must be those they were indexed with."""
    rows = list(words)
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        query = sa.text("DELETE FROM search_grams WHERE number = :number")
        connection.execute(query, [{"number": number} for number, _ in rows])
        return
    query = sa.text(
        "INSERT INTO search_grams (search_grams, rowid, grams) VALUES ('delete', :number, :grams)"
    )
    connection.execute(
        query, [{"number": n, "grams": _tokens(text_keys(texts))} for n, texts in rows]
    )


def find_numbers(
    connection: sa.Connection, keys: Collection[int], *, after: int, limit: int
) -> list[int]:
    """List the numbers of examples that have all keys, lowest first.

    Args:
        connection: A connection to the project's database.
        keys: At least one.
        after: Only higher numbers.
        limit: Most to return.
    """
    if connection.dialect.name == "postgresql":
        return _find_in_windows(connection, keys, after=after, limit=limit)
    query = sa.text(
        "SELECT rowid FROM search_grams WHERE search_grams MATCH :words AND rowid > :after "
        "ORDER BY rowid LIMIT :limit"
    )
    words = " AND ".join(f'"{_token(key)}"' for key in sorted(keys))
    found = connection.execute(query, {"words": words, "after": after, "limit": limit})
    return list(found.scalars())


def merge_index(connection: sa.Connection) -> None:
    """Rewrite the index, so that nothing of what was taken out stays in its pages."""
    if connection.dialect.name != "postgresql":  # there the table is rewritten by VACUUM
        connection.execute(sa.text("INSERT INTO search_grams (search_grams) VALUES ('optimize')"))


def _find_in_windows(
    connection: sa.Connection, keys: Collection[int], *, after: int, limit: int
) -> list[int]:
    highest = connection.execute(sa.text("SELECT max(number) FROM listed")).scalar() or 0
    query = sa.text(
        "SELECT number FROM search_grams WHERE grams @> CAST(:keys AS integer[]) "
        "AND number > :after AND number <= :up_to ORDER BY number LIMIT :limit"
    )
    found: list[int] = []
    window = FIRST_WINDOW
    while after < highest and len(found) < limit:
        values = {"keys": sorted(keys), "after": after, "up_to": after + window}
        found += connection.execute(query, {**values, "limit": limit - len(found)}).scalars()
        after += window
        window *= 8
    return found


def _tokens(keys: Iterable[int]) -> str:
    return " ".join(_token(key) for key in sorted(keys))


def _token(key: int) -> str:
    return f"{key + (1 << 31):x}"
