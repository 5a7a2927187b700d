"""Ids and pages, as every list of the server has them."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Which part of a list is wanted."""

    after: str | None = None
    """Id of the last item of the page before."""
    limit: int = 20
    """Most items."""
    is_oldest_first: bool = False


def new_id(prefix: str) -> str:
    """Return a fresh id such as `ftjob-4f0c…`."""
    return f"{prefix}-{uuid.uuid4().hex[:24]}"


def read_page(
    connection: sa.Connection, query: sa.Select[Any], table: sa.Table, page: Page
) -> tuple[Sequence[sa.Row[Any]], bool]:
    """Return one page of a table's rows, and whether more follow."""
    if page.after is not None:
        after = sa.select(table.c.seq).where(table.c.id == page.after).scalar_subquery()
        query = query.where(table.c.seq > after if page.is_oldest_first else table.c.seq < after)
    order = table.c.seq.asc() if page.is_oldest_first else table.c.seq.desc()
    rows = connection.execute(query.order_by(order).limit(page.limit + 1)).all()
    return rows[: page.limit], len(rows) > page.limit
