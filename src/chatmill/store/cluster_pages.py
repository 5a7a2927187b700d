"""Clusters of duplicates and conflicts a page at a time, those somebody still has to look at."""

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from chatmill.records import ClusterKind
from chatmill.store.database import Database
from chatmill.store.tables import clusters, examples

MOST_MEMBERS = 20
"""Members of one cluster that are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCluster:
    """Examples that say the same, or contradict each other, and are not settled."""

    number: int
    kind: ClusterKind
    name: str
    keeper: str
    """The one to keep, as the check suggests; empty where it suggests none."""
    example_ids: tuple[str, ...]
    """Members that are not rejected, at most `MOST_MEMBERS`."""
    n_members: int


def open_clusters(
    database: Database, kinds: Collection[ClusterKind], *, after: int, limit: int
) -> list[OpenCluster]:
    """List clusters of which at least two examples are not rejected, in the order of the check.

    Args:
        database: The project's.
        kinds: Which kinds.
        after: Number of the last cluster of the page before, -1 for the first page.
        limit: Most clusters.
    """
    stands = (
        (examples.c.id == clusters.c.example_id)
        & examples.c.superseded_by.is_(None)
        & (examples.c.status != "rejected")
    )
    numbers = (
        sa.select(clusters.c.number)
        .join(examples, stands)
        .where(clusters.c.kind.in_(list(kinds)), clusters.c.number > after)
        .group_by(clusters.c.number)
        .having(sa.func.count() > 1)
        .order_by(clusters.c.number)
        .limit(limit)
    )
    with database.read() as connection:
        wanted = list(connection.execute(numbers).scalars())
        query = sa.select(clusters).join(examples, stands).where(clusters.c.number.in_(wanted))
        rows: dict[int, list[sa.RowMapping]] = {each: [] for each in wanted}
        for row in connection.execute(query.order_by(clusters.c.id)).mappings():
            rows[row["number"]].append(row)
    return [_cluster(number, members) for number, members in rows.items()]


def _cluster(number: int, members: list[sa.RowMapping]) -> OpenCluster:
    first = sorted(members, key=lambda each: not each["is_keeper"])
    return OpenCluster(
        number=number,
        kind=members[0]["kind"],
        name=members[0]["name"],
        keeper=first[0]["example_id"] if first[0]["is_keeper"] else "",
        example_ids=tuple(each["example_id"] for each in first[:MOST_MEMBERS]),
        n_members=len(members),
    )
