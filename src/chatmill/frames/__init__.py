"""The only dataframe code: conversations as append-only Parquet, read and searched with Daft."""

from chatmill.frames.columns import SCHEMA, Row
from chatmill.frames.engine import Engine
from chatmill.frames.store import ConversationStore, PartSummary, StoreCount, tables_of

__all__ = [
    "SCHEMA",
    "ConversationStore",
    "Engine",
    "PartSummary",
    "Row",
    "StoreCount",
    "tables_of",
]
