"""What each example is found by: its words, and one facet for each thing it can be filtered by.

Triggers note whose words or facets are due (migration 0010); `refresh` brings them up to date at
the end of the very transaction that changed them, so no change anywhere can be forgotten.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from chatmill.store.search import merge_index, put_words, take_words, words_of
from chatmill.store.tables import (
    clusters,
    conversation_sources,
    decisions,
    example_scores,
    examples,
    facets,
    findings,
    listed,
    listed_due,
    listed_facets,
    listed_products,
    listed_words_due,
    product_mentions,
)
from chatmill.store.upsert import insert_into
from chatmill.text.products import find_products

ROWS_AT_ONCE = 400
"""Databases bound the length of an `IN` list."""
Pair = tuple[str, str]
"""Kind and value of a facet."""
EVERY: Pair = ("all", "")
CLEAN = "none"
"""Severity of an example without a finding."""


def refresh(connection: sa.Connection, *, most: int) -> bool:
    """Bring words and facets of examples that changed up to date.

    Args:
        connection: In a write transaction.
        most: Examples to look at before it returns.

    Returns:
        Whether some are still due.
    """
    n_done = 0
    while n_done < most:
        n_some = _refresh_words(connection) + _refresh_facets(connection)
        if n_some == 0:
            return False
        n_done += n_some
    return True


def anything_due(connection: sa.Connection) -> bool:
    """Say whether an example waits to be listed."""
    due = sa.union_all(sa.select(listed_words_due.c.example_id), sa.select(listed_due.c.example_id))
    return connection.execute(due.limit(1)).first() is not None


def purge_listing(connection: sa.Connection) -> None:
    """Forget every name the list holds; all of it is learnt anew from what is left."""
    for table in (listed_facets, facets, conversation_sources, listed_products):
        connection.execute(sa.delete(table))
    connection.execute(sa.delete(listed_due))
    everyone = sa.select(examples.c.id)
    connection.execute(sa.insert(listed_due).from_select(["example_id"], everyone))
    while refresh(connection, most=ROWS_AT_ONCE):
        pass
    merge_index(connection)


def _refresh_words(connection: sa.Connection) -> int:
    """Index the words of some examples that are due; the number of them."""
    query = sa.select(listed_words_due).limit(ROWS_AT_ONCE)
    due = {row.example_id: row for row in connection.execute(query)}
    if not due:
        return 0
    ids = list(due)
    columns = (examples.c.id, examples.c.position, examples.c.system, examples.c.turns)
    stored = {
        row.id: row for row in connection.execute(sa.select(*columns).where(examples.c.id.in_(ids)))
    }
    numbers = _numbers(connection, ids)
    take_words(
        connection,
        [
            (numbers[each], words_of(due[each].system, due[each].turns))
            for each in ids
            if each in numbers and due[each].turns is not None
        ],
    )
    fresh = sorted(stored.keys() - numbers.keys(), key=lambda each: stored[each].position)
    if fresh:
        connection.execute(sa.insert(listed), [{"example_id": each} for each in fresh])
        numbers |= _numbers(connection, fresh)
    put_words(
        connection,
        [(numbers[each], words_of(row.system, row.turns)) for each, row in stored.items()],
    )
    connection.execute(sa.delete(listed_words_due).where(listed_words_due.c.example_id.in_(ids)))
    return len(ids)


def _refresh_facets(connection: sa.Connection) -> int:
    """Write the facets of some examples that are due; the number of them."""
    ids = list(connection.execute(sa.select(listed_due.c.example_id).limit(ROWS_AT_ONCE)).scalars())
    if not ids:
        return 0
    numbers = _numbers(connection, ids)
    wanted = _facets_of(connection, ids)
    facet_ids = _facet_ids(connection, {pair for pairs in wanted.values() for pair in pairs})
    new = {
        (facet_ids[pair], numbers[each])
        for each, pairs in wanted.items()
        if each in numbers
        for pair in pairs
    }
    query = sa.select(listed_facets).where(listed_facets.c.number.in_(list(numbers.values())))
    old = {(row.facet_id, row.number) for row in connection.execute(query)}
    _change(connection, gone=old - new, come=new - old)
    left = set(connection.execute(sa.select(examples.c.id).where(examples.c.id.in_(ids))).scalars())
    gone = [each for each in ids if each not in left]
    if gone:
        connection.execute(sa.delete(listed).where(listed.c.example_id.in_(gone)))
    connection.execute(sa.delete(listed_due).where(listed_due.c.example_id.in_(ids)))
    return len(ids)


def _change(
    connection: sa.Connection, *, gone: set[tuple[int, int]], come: set[tuple[int, int]]
) -> None:
    """Write the difference, and how many examples each facet has."""
    if gone:
        condition = (listed_facets.c.facet_id == sa.bindparam("f")) & (
            listed_facets.c.number == sa.bindparam("n")
        )
        rows = [{"f": facet, "n": number} for facet, number in sorted(gone)]
        connection.execute(sa.delete(listed_facets).where(condition), rows)
    if come:
        rows = [{"facet_id": facet, "number": number} for facet, number in sorted(come)]
        connection.execute(sa.insert(listed_facets), rows)
    counts = Counter(facet for facet, _ in come)
    counts.subtract(facet for facet, _ in gone)
    changed = [{"f": facet, "by": by} for facet, by in sorted(counts.items()) if by]
    if changed:  # in one order, so that two writers never wait for each other
        connection.execute(
            sa.update(facets)
            .where(facets.c.id == sa.bindparam("f"))
            .values(n_examples=facets.c.n_examples + sa.bindparam("by")),
            changed,
        )


def _facets_of(connection: sa.Connection, ids: Sequence[str]) -> dict[str, set[Pair]]:
    """Return example id → facets, of those that stand."""
    query = sa.select(
        examples.c.id,
        examples.c.conversation_id,
        examples.c.status,
        examples.c.system,
        examples.c.turns,
    ).where(examples.c.id.in_(ids), examples.c.superseded_by.is_(None))
    rows = list(connection.execute(query))
    pairs: dict[str, set[Pair]] = {row.id: {EVERY, ("status", row.status)} for row in rows}
    rooms = {row.conversation_id for row in rows}
    sources = _by_room(connection, conversation_sources.c.source, rooms)
    known = _known_products(connection, rooms)
    for row in rows:
        mine = pairs[row.id]
        mine |= {("source", each) for each in sources[row.conversation_id]}
        texts = words_of(row.system, row.turns)
        names = find_products(texts, known[row.conversation_id])
        mine |= {("product", each) for each in names}
    standing = [row.id for row in rows]
    decided = {row.id for row in rows if row.status != "pending"}
    for example_id, pair in _found(connection, standing):
        pairs[example_id].add(pair)
    for example_id, reviewer in _reviewers(connection, standing):
        if example_id in decided:
            pairs[example_id].add(("reviewer", reviewer))
    for mine in pairs.values():
        if not any(kind == "severity" for kind, _ in mine):
            mine.add(("severity", CLEAN))
    return pairs


def _found(connection: sa.Connection, ids: Sequence[str]) -> Iterator[tuple[str, Pair]]:
    """Yield what checks, clusters and the newest evaluation say of examples."""
    of_checks = (
        sa.select(findings.c.example_id, findings.c.check, findings.c.severity)
        .where(findings.c.example_id.in_(ids))
        .distinct()
    )
    for example_id, check, severity in connection.execute(of_checks):
        yield example_id, ("check", check)
        yield example_id, ("severity", severity)
    of_clusters = sa.select(clusters.c.example_id, clusters.c.kind, clusters.c.name)
    for example_id, kind, name in connection.execute(
        of_clusters.where(clusters.c.example_id.in_(ids))
    ):
        yield example_id, ("topic", name) if kind == "topic" else ("cluster", kind)
    of_scores = sa.select(example_scores.c.example_id, example_scores.c.verdict)
    for example_id, verdict in connection.execute(
        of_scores.where(example_scores.c.example_id.in_(ids))
    ):
        yield example_id, ("score", verdict)


def _reviewers(connection: sa.Connection, ids: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield who made the newest decision about each example."""
    newest = (
        sa.select(sa.func.max(decisions.c.seq))
        .where(decisions.c.example_id.in_(ids), decisions.c.action != "comment")
        .group_by(decisions.c.example_id)
    )
    query = sa.select(decisions.c.example_id, decisions.c.reviewer).where(
        decisions.c.seq.in_(newest)
    )
    for row in connection.execute(query):
        yield row.example_id, row.reviewer


def _known_products(connection: sa.Connection, rooms: Collection[str]) -> dict[str, list[str]]:
    """Return conversation id → names that are products there."""
    written = list(connection.execute(sa.select(listed_products.c.name)).scalars())
    learnt = _by_room(connection, product_mentions.c.learnt, rooms)
    known: dict[str, list[str]] = {}
    for room in rooms:
        more = [name for names in learnt[room] for name in names]
        known[room] = [*written, *(name for name in more if name not in written)]
    return known


def _by_room(
    connection: sa.Connection, column: sa.Column[Any], rooms: Collection[str]
) -> defaultdict[str, list[Any]]:
    found: defaultdict[str, list[Any]] = defaultdict(list)
    room = column.table.c.conversation_id
    for row in connection.execute(sa.select(room, column).where(room.in_(list(rooms)))):
        found[row[0]].append(row[1])
    return found


def _numbers(connection: sa.Connection, ids: Sequence[str]) -> dict[str, int]:
    query = sa.select(listed.c.example_id, listed.c.number).where(listed.c.example_id.in_(ids))
    return {row.example_id: row.number for row in connection.execute(query)}


def _facet_ids(connection: sa.Connection, pairs: set[Pair]) -> dict[Pair, int]:
    """Return the id of each facet, made where it is new."""
    known = _known_facets(connection, pairs)
    new = sorted(pairs - known.keys())
    if not new:
        return known
    rows = [{"kind": kind, "value": value, "n_examples": 0} for kind, value in new]
    connection.execute(insert_into(connection, facets).on_conflict_do_nothing(), rows)
    return known | _known_facets(connection, set(new))


def _known_facets(connection: sa.Connection, pairs: set[Pair]) -> dict[Pair, int]:
    found: dict[Pair, int] = {}
    values = sorted({value for _, value in pairs})
    for start in range(0, len(values), ROWS_AT_ONCE):
        some = values[start : start + ROWS_AT_ONCE]
        query = sa.select(facets.c.kind, facets.c.value, facets.c.id).where(
            facets.c.value.in_(some)
        )
        for row in connection.execute(query):
            if (row.kind, row.value) in pairs:
                found[row.kind, row.value] = row.id
    return found
