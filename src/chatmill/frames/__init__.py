"""The only dataframe code: conversations as append-only Parquet, read and searched with Daft."""

from chatmill.frames.bulk import map_in_order
from chatmill.frames.columns import SCHEMA, Row, Table, pack, table_of, unpack
from chatmill.frames.engine import Engine
from chatmill.frames.overview import Overview, OverviewMaker
from chatmill.frames.store import ConversationStore, PartSummary, StoreCount, tables_of

__all__ = [
    "SCHEMA",
    "ConversationStore",
    "Engine",
    "Overview",
    "OverviewMaker",
    "PartSummary",
    "Row",
    "StoreCount",
    "Table",
    "map_in_order",
    "pack",
    "table_of",
    "tables_of",
    "unpack",
]
