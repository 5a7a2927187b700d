"""Charts: every question is in the plot, losses are never averaged away, Hangul is drawn."""

from typing import TYPE_CHECKING

import pytest

from chatmill.charts import (
    MARKS_PER_QUESTION,
    MAX_MARKS,
    ChartLevels,
    ChartLook,
    ChartWords,
    ScoreMark,
    hangul_font,
    png_bytes,
    score_plot,
    thin_marks,
    vega_script,
    vega_spec,
)

if TYPE_CHECKING:
    from chatmill.records import Verdict

WORDS = ChartWords(
    verdicts={"followed": "따름", "partly": "일부", "not followed": "학습 내용을 따르지 않았다"},
    base="기본 모델",
    cosine="코사인",
    floor="기준선",
    followed_line="따름 기준",
    partly_line="일부 기준",
    stands_for="질문 수",
)
LEVELS = ChartLevels(followed_from=0.8, partly_from=0.6, shuffled_floor=0.4)


def mark(key: int, *, n_total: int = 100) -> ScoreMark:
    """Make a mark; a tenth of them did not follow."""
    cosine = (key + 0.5) / n_total
    verdict: Verdict = "not followed" if cosine < 0.1 else "followed"
    return ScoreMark(
        key=key,
        panel="학습한 질문",
        row="한국어",
        question=f"질문 {key}?",
        cosine=cosine,
        base_cosine=0.2,
        verdict=verdict,
    )


def test_few_questions_are_drawn_one_each() -> None:
    """Nothing is merged as long as there is room."""
    thinned = thin_marks([mark(key) for key in range(100)][::-1], 1_000)
    assert [each.key for each in thinned] == list(range(100))
    assert all(each.n == 1 for each in thinned)


def test_many_questions_are_merged_and_losses_only_with_losses() -> None:
    """A hundred thousand questions fit, none is lost, and red stays red."""
    n_total = 100_000
    limit = MAX_MARKS // MARKS_PER_QUESTION
    thinned = thin_marks([mark(key, n_total=n_total) for key in range(n_total)], limit)
    assert len(thinned) <= limit + 1
    assert sum(each.n for each in thinned) == n_total
    assert sum(each.n for each in thinned if each.verdict == "not followed") == n_total // 10


def test_the_spec_carries_text_as_data_only() -> None:
    """A question is never read as an expression or as HTML."""
    evil = ScoreMark(
        key=0,
        panel="p",
        row="r",
        question="datum.key ? 1 : <img src=x>",
        cosine=0.3,
        base_cosine=None,
        verdict="not followed",
    )
    spec = vega_spec(score_plot([evil], LEVELS, WORDS, ChartLook()))
    rows = [row for values in spec["datasets"].values() for row in values]
    questions = [row["question"] for row in rows if "question" in row]
    assert questions == ["datum.key ? 1 : <img src=x>"]


def test_the_script_is_whole_and_cannot_end_its_element() -> None:
    """The page needs no network, and the library holds no `</script`."""
    assert "window.vegaEmbed" in vega_script()
    assert "</script" not in vega_script().lower()


def test_a_picture_in_korean() -> None:
    """The PNG is drawn without a browser; with a font that has Hangul where there is one."""
    if hangul_font() is None:
        pytest.skip("no font with Hangul on this machine")
    look = ChartLook(font=hangul_font() or "", title="학습한 질문 2개")
    png = png_bytes(score_plot([mark(1), mark(60)], LEVELS, WORDS, look))
    assert png.startswith(b"\x89PNG")
    assert len(png) > 10_000
