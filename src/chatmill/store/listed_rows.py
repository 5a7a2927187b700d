"""What a list shows of each example: its words, its findings, its topic and who decided last."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from chatmill.records import Example, Finding
from chatmill.store.database import Database
from chatmill.store.decisions import ROWS_AT_ONCE
from chatmill.store.examples import example_of
from chatmill.store.tables import clusters, decisions, examples, findings, triage_predictions


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedRow:
    """One example of a list."""

    example: Example
    findings: tuple[Finding, ...]
    topic: str
    reviewer: str
    """Who decided last, empty where nobody did."""
    decided_at: str
    keep: float | None
    """How sure triage is that it is kept, in [0, 1]."""


def read_rows(database: Database, example_ids: Sequence[str]) -> list[ListedRow]:
    """Read examples that stand, in the order asked for; the others are left out."""
    made: list[ListedRow] = []
    with database.read() as connection:
        for start in range(0, len(example_ids), ROWS_AT_ONCE):
            made += _some(connection, example_ids[start : start + ROWS_AT_ONCE])
    return made


def _some(connection: sa.Connection, ids: Sequence[str]) -> list[ListedRow]:
    standing = sa.select(examples).where(examples.c.id.in_(ids), examples.c.superseded_by.is_(None))
    stored = {row.id: example_of(row) for row in connection.execute(standing)}
    found: dict[str, list[Finding]] = {}
    of_checks = sa.select(findings).where(findings.c.example_id.in_(ids)).order_by(findings.c.id)
    for row in connection.execute(of_checks).mappings():
        values = {key: value for key, value in row.items() if key != "id"}
        found.setdefault(row["example_id"], []).append(Finding(**values))
    in_topic = clusters.c.example_id.in_(ids) & (clusters.c.kind == "topic")
    of_topics = sa.select(clusters.c.example_id, clusters.c.name).where(in_topic)
    topics = {row.example_id: row.name for row in connection.execute(of_topics)}
    predicted = triage_predictions.c
    sure = sa.select(predicted.example_id, predicted.keep).where(predicted.example_id.in_(ids))
    keep = {row.example_id: row.keep for row in connection.execute(sure)}
    newest = (
        sa.select(sa.func.max(decisions.c.seq))
        .where(decisions.c.example_id.in_(ids), decisions.c.action != "comment")
        .group_by(decisions.c.example_id)
    )
    last = sa.select(decisions.c.example_id, decisions.c.reviewer, decisions.c.decided_at)
    decided = {row[0]: row for row in connection.execute(last.where(decisions.c.seq.in_(newest)))}
    return [
        ListedRow(
            example=stored[each],
            findings=tuple(found.get(each, ())),
            topic=topics.get(each, ""),
            reviewer=decided[each].reviewer if each in decided else "",
            decided_at=decided[each].decided_at if each in decided else "",
            keep=keep.get(each),
        )
        for each in ids
        if each in stored
    ]
