"""ROUGE-L: known values, Korean by the syllable, and agreement with the plain definition."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatmill.metrics.rouge import rouge_l, tokens_of

WORDS = st.lists(st.sampled_from(["spi", "mode", "0", "소", "켓", "reset"]), max_size=12)


def plain_common_length(left: list[str], right: list[str]) -> int:
    """Longest common subsequence as textbooks write it."""
    table = [[0] * (len(right) + 1) for _ in range(len(left) + 1)]
    for i, a in enumerate(left):
        for j, b in enumerate(right):
            best = max(table[i][j + 1], table[i + 1][j])
            table[i + 1][j + 1] = table[i][j] + 1 if a == b else best
    return table[-1][-1]


def test_the_example_of_the_paper() -> None:
    """Lin (2004): "police killed the gunman" / "police kill the gunman" share 3 of 4 words."""
    assert rouge_l("police kill the gunman", "police killed the gunman") == pytest.approx(0.75)
    assert rouge_l("the gunman kill police", "police killed the gunman") == pytest.approx(0.5)


def test_korean_counts_syllables_so_a_particle_costs_little() -> None:
    """소켓은 and 소켓이 differ in one syllable of three, not in everything."""
    assert tokens_of("소켓은 W5500에 8개!") == ["소", "켓", "은", "w5500", "에", "8", "개"]
    assert rouge_l("소켓은", "소켓이") == pytest.approx(2 / 3)


def test_nothing_in_common_and_nothing_at_all() -> None:
    """Empty and unrelated texts score 0 without an error."""
    assert rouge_l("", "W5500") == 0.0
    assert rouge_l("yes", "no") == 0.0
    assert rouge_l("?!", "…") == 0.0


@given(WORDS, WORDS)
def test_the_bit_row_agrees_with_the_plain_table(left: list[str], right: list[str]) -> None:
    """The fast way gives the textbook's length, so the score is the textbook's score."""
    n_common = plain_common_length(left, right)
    expected = 0.0
    if n_common:
        precision, recall = n_common / len(left), n_common / len(right)
        expected = 2 * precision * recall / (precision + recall)
    assert rouge_l(" ".join(left), " ".join(right)) == pytest.approx(expected)
