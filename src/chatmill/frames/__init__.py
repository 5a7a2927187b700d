"""The only dataframe code: conversations as append-only Parquet, read and searched with Daft."""

from chatmill.frames.columns import SCHEMA, Row
from chatmill.frames.store import ConversationStore, PartSummary, StoreCount

__all__ = ["SCHEMA", "ConversationStore", "PartSummary", "Row", "StoreCount"]
