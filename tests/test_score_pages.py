"""Pages of scores: filters, order and keys over a table that stays on disk."""

from dataclasses import replace
from pathlib import Path

import pytest

from chatmill.errors import StorageError, UsageError
from chatmill.frames.score_pages import QuestionFilter, ScoreTable
from chatmill.frames.scores import write_scores
from drawn_scores import score

SCORES = (
    score("e1", 0.9, "followed", question="소켓은 몇 개인가요?"),
    score("e2", 0.1, "not followed", question="What is SPI?"),
    score("e3", 0.5, "partly", split="test", question="리셋 시간?"),
    replace(score("e2", 0.4, "partly", question="What is SPI?"), prompt="serving"),
    replace(score("e4", 0.2, "not followed"), base_cosine=None, language="ko"),
)


@pytest.fixture
def table(tmp_path: Path) -> ScoreTable:
    """Four questions, one of them asked with the serving line too."""
    write_scores(tmp_path / "scores.parquet", SCORES)
    return ScoreTable(tmp_path / "scores.parquet")


def keys(table: ScoreTable, **wanted: object) -> list[int]:
    """Return the keys of the questions that match."""
    page = table.page(QuestionFilter(**wanted), offset=0, limit=10)  # type: ignore[arg-type] # by name
    return [row.key for row in page.rows]


def test_the_least_followed_come_first(table: ScoreTable) -> None:
    """The order a reviewer works in; a key is the place among those asked with the own line."""
    assert table.n_questions == 4
    assert keys(table) == [1, 3, 2, 0]
    assert keys(table, order="highest") == [0, 2, 3, 1]
    assert keys(table, order="asked") == [0, 1, 2, 3]


def test_filters_narrow_and_pages_go_on(table: ScoreTable) -> None:
    """By verdict, split, language and words, Korean too; counts are of all that match."""
    assert keys(table, verdicts=("not followed",)) == [1, 3]
    assert keys(table, splits=("test", "validation")) == [2]
    assert keys(table, language="ko") == [3]
    assert keys(table, text="소켓") == [0]
    assert keys(table, text="spi") == [1]
    assert keys(table, text=".*") == []
    page = table.page(QuestionFilter(), offset=3, limit=2)
    assert ([row.key for row in page.rows], page.n_matching) == ([0], 4)


def test_a_question_is_found_with_what_was_served(table: ScoreTable) -> None:
    """The same question asked with the serving line stands beside it."""
    (row,) = table.rows([1])
    served = table.served(row.score)
    assert served is not None
    assert served.cosine == pytest.approx(0.4)
    assert table.served(table.rows([0])[0].score) is None
    with pytest.raises(UsageError):
        table.rows([4])


def test_means_and_counts(table: ScoreTable) -> None:
    """Means of nothing have no value; what was not followed is named once a question."""
    means = {each.split: each for each in table.means()}
    assert means["train"].n == 3
    assert means["train"].cosine == pytest.approx((0.9 + 0.1 + 0.2) / 3)
    assert table.verdicts() == {"followed": 1, "not followed": 2, "partly": 1}
    assert table.not_followed() == ["e2", "e4"]
    assert [each.split for each in table.means(is_served=True)] == ["train"]


def test_a_damaged_file_is_said(tmp_path: Path) -> None:
    """One clear error, with what to do."""
    (tmp_path / "scores.parquet").write_bytes(b"PAR1")
    with pytest.raises(StorageError, match="chatmill evaluate"):
        ScoreTable(tmp_path / "scores.parquet")
