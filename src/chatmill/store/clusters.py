"""Clusters of examples: duplicates, conflicts, leaks and topics, as the last check found them."""

from collections.abc import Collection, Sequence

import sqlalchemy as sa

from chatmill.records import Cluster, ClusterKind, Finding
from chatmill.store.database import Database
from chatmill.store.marks import set_mark
from chatmill.store.tables import clusters, examples, findings

MARK_STAGE = "check corpus"


def save_corpus(
    database: Database,
    found: Sequence[Cluster],
    made: Sequence[Finding],
    check_names: Collection[str],
    fingerprint: str,
) -> None:
    """Replace what the checks over all examples found, in one transaction.

    Args:
        database: The project's.
        found: All clusters.
        made: All findings of these checks.
        check_names: Checks whose earlier findings go.
        fingerprint: Of all examples, checks and settings.
    """
    rows = [
        {
            "number": number,
            "kind": each.kind,
            "name": each.name,
            "example_id": example_id,
            "is_keeper": example_id == each.keeper,
        }
        for number, each in enumerate(found)
        for example_id in each.example_ids
    ]
    with database.write() as connection:
        connection.execute(sa.delete(clusters))
        connection.execute(sa.delete(findings).where(findings.c.check.in_(list(check_names))))
        if rows:
            connection.execute(sa.insert(clusters), rows)
        if made:
            connection.execute(
                sa.insert(findings),
                [{name: getattr(each, name) for name in _FIELDS} for each in made],
            )
        set_mark(connection, MARK_STAGE, "", fingerprint)


def list_clusters(database: Database, kind: ClusterKind | None = None) -> list[Cluster]:
    """List clusters in the order they were found; examples that are gone are left out."""
    query = (
        sa.select(clusters)
        .join(examples, examples.c.id == clusters.c.example_id)
        .where(examples.c.superseded_by.is_(None))
        .order_by(clusters.c.id)
    )
    if kind is not None:
        query = query.where(clusters.c.kind == kind)
    rows: dict[int, list[sa.RowMapping]] = {}
    with database.read() as connection:
        for row in connection.execute(query).mappings():
            rows.setdefault(row["number"], []).append(row)
    return [
        Cluster(
            kind=group[0]["kind"],
            name=group[0]["name"],
            keeper=next((each["example_id"] for each in group if each["is_keeper"]), ""),
            example_ids=tuple(each["example_id"] for each in group),
        )
        for group in rows.values()
        if len(group) > 1 or group[0]["kind"] == "topic"
    ]


_FIELDS = ("example_id", "check", "severity", "field", "start", "end", "message", "evidence")
