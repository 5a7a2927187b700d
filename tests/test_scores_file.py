"""The scores file: every field comes back, Korean and missing values included."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from chatmill.errors import StorageError
from chatmill.frames.scores import SCORE_SCHEMA, read_scores, write_scores
from chatmill.records import Score

SCORE = Score(
    example_id="e0001",
    conversation_id="room:1",
    turn=1,
    split="paraphrase",
    language="ko",
    prompt="serving",
    system="W5500에 관한 고객의 질문에 답합니다.",
    question="소켓은 몇 개인가요? 😀",
    reference="8개입니다.\n소켓마다 버퍼가 있습니다.",
    answer="",
    base_answer="",
    cosine=0.1 + 0.2,
    base_cosine=None,
    nearest_cosine=-0.25,
    shuffled_cosine=None,
    rouge_l=0.5,
    facts=None,
    polarity=False,
    is_cut=True,
    verdict="not followed",
)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """No field is lost, rounded or filled in, and anybody can read the file."""
    path = tmp_path / "scores.parquet"
    write_scores(path, [SCORE, SCORE])
    assert read_scores(path) == [SCORE, SCORE]
    assert pq.read_table(path).column_names == SCORE_SCHEMA.names


def test_every_field_of_a_score_has_a_column() -> None:
    """A new field must not vanish on disk."""
    assert list(Score.__dataclass_fields__) == SCORE_SCHEMA.names


@pytest.mark.parametrize("content", [None, b"", b"PAR1 not really"])
def test_a_missing_or_damaged_file_is_one_clear_line(tmp_path: Path, content: bytes | None) -> None:
    """The error names the file and the way out."""
    path = tmp_path / "scores.parquet"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(StorageError, match="chatmill evaluate"):
        read_scores(path)
