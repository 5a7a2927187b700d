"""The scores of an evaluation as one Parquet file: records to columns and back."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from chatmill.errors import StorageError
from chatmill.records import Score

SCORES_NAME = "scores.parquet"
"""The file in an evaluation's folder."""

SCORE_SCHEMA = pa.schema(
    [
        pa.field("example_id", pa.string(), nullable=False),
        pa.field("conversation_id", pa.string(), nullable=False),
        pa.field("turn", pa.int32(), nullable=False),
        pa.field("split", pa.string(), nullable=False),
        pa.field("language", pa.string(), nullable=False),
        pa.field("prompt", pa.string(), nullable=False),
        pa.field("system", pa.string(), nullable=False),
        pa.field("question", pa.string(), nullable=False),
        pa.field("reference", pa.string(), nullable=False),
        pa.field("answer", pa.string(), nullable=False),
        pa.field("base_answer", pa.string(), nullable=False),
        pa.field("cosine", pa.float64(), nullable=False),
        pa.field("base_cosine", pa.float64()),
        pa.field("nearest_cosine", pa.float64()),
        pa.field("shuffled_cosine", pa.float64()),
        pa.field("rouge_l", pa.float64(), nullable=False),
        pa.field("facts", pa.float64()),
        pa.field("polarity", pa.bool_(), nullable=False),
        pa.field("is_cut", pa.bool_(), nullable=False),
        pa.field("verdict", pa.string(), nullable=False),
        pa.field("phrasing", pa.string()),
    ]
)
"""One row a Score, a column a field, in the record's order."""


def write_scores(path: Path, scores: Sequence[Score]) -> None:
    """Write the scores of an evaluation as one Parquet file.

    Raises:
        OSError: The file cannot be written.
    """
    columns = {name: [getattr(score, name) for score in scores] for name in SCORE_SCHEMA.names}
    pq.write_table(pa.table(columns, schema=SCORE_SCHEMA), path, compression="zstd")


def read_scores(path: Path) -> list[Score]:
    """Read the scores of an evaluation, in the order they were written.

    Raises:
        StorageError: The file is missing or not what `write_scores` wrote.
    """
    return [score_of(row) for row in read_score_table(path).to_pylist()]


def score_of(row: dict[str, Any]) -> Score:
    """Make a record of one row; files of earlier versions say nothing about phrasings."""
    return Score(**{**row, "phrasing": row["phrasing"] or ""})


def read_score_table(path: Path) -> pa.Table:
    """Read the scores of an evaluation as columns, in the order they were written.

    Raises:
        StorageError: The file is missing or not what `write_scores` wrote.
    """
    try:
        return pq.read_table(path, schema=SCORE_SCHEMA)
    except (OSError, pa.ArrowException) as error:
        raise StorageError(
            f"scores cannot be read: {str(error).splitlines()[0]}",
            where=str(path),
            fix="Evaluate again, no answer is asked twice: chatmill evaluate",
        ) from error
