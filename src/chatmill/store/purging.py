"""Purges rows: what is forgotten leaves every table, names are covered in what stays."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import sqlalchemy as sa

from chatmill.store.batches import ENDED
from chatmill.store.database import Database
from chatmill.store.erasures import secure_delete
from chatmill.store.listing import purge_listing
from chatmill.store.search import SEARCH_TABLE
from chatmill.store.tables import (
    asks,
    batch_lines,
    batches,
    decisions,
    evaluations,
    examples,
    failed_calls,
    findings,
    jobs,
    metadata,
    rejections,
    replies,
    returned,
    sources,
    speaker_names,
    stage_marks,
    triage_models,
)

IDS_AT_ONCE = 500
ROWS_AT_ONCE = 1_000
WORDS: dict[sa.Table, tuple[str, ...]] = {
    sources: ("name",),
    rejections: ("source", "reason", "raw"),
    examples: ("system", "turns", "extracted_turns"),
    findings: ("message", "evidence"),
    decisions: ("reviewer", "reason", "before", "after"),
    returned: ("question", "answer", "reason"),
    asks: ("asker", "expert", "question"),
    jobs: ("error",),
    **{table: ("name",) for table in metadata.sorted_tables if table.name == "clusters"},
}
"""Columns that hold words of people."""
_BY_ROOM = [
    table
    for table in metadata.sorted_tables
    if "conversation_id" in table.c and table not in (examples, speaker_names)
]
"""What was learnt of a conversation, and is learnt again."""
_LISTING = ("listed", "listed_words_due", "listed_due")
_BY_EXAMPLE = [
    table
    for table in metadata.sorted_tables
    if "example_id" in table.c and table.name not in _LISTING  # the list itself sees what goes
]
"""What belongs to an example."""
Cover = Callable[[Any], Any]
"""Covers names in the texts of a JSON value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowPurge:
    """What leaves the tables."""

    example_ids: Collection[str]
    conversation_ids: Collection[str]
    """Conversations that go whole."""
    touched_ids: Collection[str]
    """Conversations some messages of which go."""
    evaluation_ids: Collection[str]
    """Evaluations of models that were trained on it."""
    people: Collection[tuple[str, str]]
    """(conversation id or empty for any, name as exported)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowCounts:
    """How many rows go."""

    examples: int
    decisions: int
    findings: int
    replies: int
    failed_calls: int
    rejections: int
    open_batches: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchTrace:
    """A batch that was handed to a server."""

    remote_id: str
    server: str
    is_open: bool


def examples_citing(
    database: Database,
    conversation_ids: Collection[str],
    message_ids: Mapping[str, Collection[str]],
) -> list[str]:
    """Return the examples that lie in some conversations, or cite some messages, now or ever.

    Args:
        database: The project's.
        conversation_ids: Every example of them.
        message_ids: Conversation id → messages.
    """
    found: dict[str, None] = {}
    rooms: dict[str, str] = {}
    columns = (examples.c.id, examples.c.conversation_id, examples.c.turns)
    with database.read() as connection:
        query = sa.select(*columns, examples.c.extracted_turns)
        for example_id, room, turns, extracted in connection.execute(query):
            rooms[example_id] = room
            if room in conversation_ids or _cites(chain(turns, extracted), message_ids.get(room)):
                found[example_id] = None
        logged = sa.select(decisions.c.example_id, decisions.c.before, decisions.c.after)
        for example_id, before, after in connection.execute(logged):
            cited = chain(before["turns"], after["turns"])
            if example_id not in found and _cites(cited, message_ids.get(rooms[example_id])):
                found[example_id] = None
    return list(found)


def count_rows(database: Database, purge: RowPurge) -> RowCounts:
    """Count what `purge_rows` would delete."""
    with database.read() as connection:

        def of_examples(column: sa.Column[Any]) -> int:
            return sum(
                _count(connection, column.in_(ids)) for ids in _blocks(list(purge.example_ids))
            )

        return RowCounts(
            examples=of_examples(examples.c.id),
            decisions=of_examples(decisions.c.example_id),
            findings=of_examples(findings.c.example_id),
            replies=_count(connection, replies.c.key.is_not(None)),
            failed_calls=_count(connection, failed_calls.c.key.is_not(None)),
            rejections=_count(connection, rejections.c.raw != ""),
            open_batches=_count(connection, batches.c.status != ENDED),
        )


def batch_traces(database: Database) -> list[BatchTrace]:
    """List the batches whose input a server may still hold."""
    query = sa.select(batches).where(batches.c.remote_id != "")
    with database.read() as connection:
        return [
            BatchTrace(
                remote_id=row["remote_id"], server=row["server"], is_open=row["status"] != ENDED
            )
            for row in connection.execute(query).mappings()
        ]


def purge_rows(
    database: Database, purge: RowPurge, cover: Cover, cover_source: Callable[[str], str]
) -> None:
    """Delete the rows and cover names in what stays, in one transaction.

    What a model was asked is not stored, only its hash, so every stored reply and every failed
    call goes; what was paid stays in the account. Nobody read what an import rejected, so the raw
    words of all rejections go, and their places and reasons stay.

    Args:
        database: The project's.
        purge: What goes.
        cover: Of a text or JSON value; returns what is as it should be unchanged.
        cover_source: Of the name of an imported file, besides.
    """
    with database.write(durable=True) as connection:
        secure_delete(connection)
        for ids in _blocks(list(purge.example_ids)):
            for table in _BY_EXAMPLE:
                connection.execute(sa.delete(table).where(table.c.example_id.in_(ids)))
            connection.execute(sa.delete(stage_marks).where(stage_marks.c.item.in_(ids)))
            connection.execute(sa.delete(examples).where(examples.c.id.in_(ids)))
        for ids in _blocks([*purge.conversation_ids, *purge.touched_ids]):
            is_extracts = rejections.c.stage.in_(("extract", "build"))
            connection.execute(
                sa.delete(rejections).where(is_extracts, rejections.c.source.in_(ids))
            )
            connection.execute(sa.delete(stage_marks).where(stage_marks.c.item.in_(ids)))
            for table in _BY_ROOM:
                connection.execute(sa.delete(table).where(table.c.conversation_id.in_(ids)))
        for ids in _blocks(list(purge.conversation_ids)):
            gone = speaker_names.c.conversation_id.in_(ids)
            connection.execute(sa.delete(speaker_names).where(gone))
        _purge_evaluations(connection, purge.evaluation_ids)
        connection.execute(sa.delete(triage_models))  # learnt from what goes; learnt anew
        connection.execute(sa.update(rejections).values(raw=""))
        connection.execute(sa.delete(replies))
        connection.execute(sa.delete(failed_calls))
        connection.execute(sa.delete(batch_lines))
        connection.execute(sa.update(batches).values(status=ENDED))
        _purge_people(connection, purge.people)
        for table, columns in WORDS.items():
            _cover_rows(connection, table, columns, cover)
        _cover_rows(connection, sources, ("name",), cover_source)
        _cover_rows(connection, rejections, ("source",), cover_source)
        purge_listing(connection)


def table_names() -> list[str]:
    """Name every table of a project."""
    return [*(table.name for table in metadata.sorted_tables), SEARCH_TABLE]


def _purge_evaluations(connection: sa.Connection, evaluation_ids: Collection[str]) -> None:
    """Delete evaluations; of the questions they sent back stays what is no model's answer."""
    for ids in _blocks(list(evaluation_ids)):
        connection.execute(sa.delete(evaluations).where(evaluations.c.id.in_(ids)))
        is_theirs = returned.c.evaluation_id.in_(ids)
        connection.execute(sa.update(returned).where(is_theirs).values(answer=""))


def _purge_people(connection: sa.Connection, people: Collection[tuple[str, str]]) -> None:
    for room, name in people:
        is_named = (speaker_names.c.name == name) | (speaker_names.c.same_as == name)
        if room:
            is_named &= speaker_names.c.conversation_id == room
        connection.execute(sa.delete(speaker_names).where(is_named))


def _cover_rows(
    connection: sa.Connection, table: sa.Table, names: Sequence[str], cover: Cover
) -> None:
    (key,) = table.primary_key.columns
    query = sa.select(key, *(table.c[name] for name in names)).order_by(key)
    last = None
    while True:
        page = query if last is None else query.where(key > last)
        rows = connection.execute(page.limit(ROWS_AT_ONCE)).all()
        for row in rows:
            before = dict(zip(names, row[1:], strict=True))
            after = {name: cover(value) for name, value in before.items()}
            if after != before:
                connection.execute(sa.update(table).where(key == row[0]).values(**after))
        if len(rows) < ROWS_AT_ONCE:
            return
        last = rows[-1][0]


def _cites(turns: Iterator[Any], message_ids: Collection[str] | None) -> bool:
    if not message_ids:
        return False
    return any(
        citation["message_id"] in message_ids
        for turn in turns
        for citation in (*turn["question_citations"], *turn["answer_citations"])
    )


def _count(connection: sa.Connection, condition: sa.ColumnElement[bool]) -> int:
    query = sa.select(sa.func.count()).where(condition)
    return int(connection.execute(query).scalar_one())


def _blocks(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[at : at + IDS_AT_ONCE] for at in range(0, len(ids), IDS_AT_ONCE))
