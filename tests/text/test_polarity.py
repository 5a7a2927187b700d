"""Negation in English and Korean."""

import pytest

from chatmill.text.polarity import is_negated, polarities_agree, polarity


@pytest.mark.parametrize(
    "text",
    [
        "It does not support SPI.",
        "It doesn’t work",
        "안 됩니다",
        "지원하지 않습니다",
        "불가능합니다",
        "There is no auto-MDIX",
        "오류가 없습니다",
        "쓰지 마세요",
    ],
)
def test_denials_are_seen(text: str) -> None:
    """A cosine cannot see a negation, so this has to."""
    assert is_negated(text)
    assert polarity(text) == "negated"


@pytest.mark.parametrize(
    "text",
    ["It supports SPI.", "됩니다", "안녕하세요", "Note the value", "가능합니다", "안내 드립니다"],
)
def test_plain_statements_are_not_denials(text: str) -> None:
    """Words that only look like a negation do not count."""
    assert not is_negated(text)


def test_polarities_differ_only_across_a_denial() -> None:
    """Two ways to say no agree, yes and no do not."""
    assert polarities_agree("It cannot do that.", "지원하지 않습니다.")
    assert not polarities_agree("가능합니다.", "불가능합니다.")
