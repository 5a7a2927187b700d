"""Words that turn a statement round."""

import pytest

from chatmill.text.opposites import are_opposites, negations, sides


@pytest.mark.parametrize(
    ("text", "cues"),
    [
        ("It does not work, it can't", ["not", "can't"]),
        ("not only fast", []),
        ("안녕하세요 안 됩니다 안내드려요", ["안"]),
        ("연결이 안되고 지원하지 않습니다", ["안", "않"]),
        ("불가능합니다", ["불가"]),
        ("보안 설정은 동안에", []),
    ],
)
def test_denying_words_are_found_at_their_letters(text: str, cues: list[str]) -> None:
    """A syllable inside another word denies nothing."""
    assert [text[cue.start : cue.end] for cue in negations(text)] == cues


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("server", "client"),
        ("buyer", "seller"),
        ("판매자", "구매자"),
        ("tx", "rx"),
        ("송신", "수신"),
    ],
)
def test_parties_are_opposites_both_ways(one: str, other: str) -> None:
    """An exchange is seen whichever of the two stands in the source."""
    assert are_opposites(one, other)
    assert are_opposites(other, one)
    assert not are_opposites(one, one)


def test_plain_words_take_no_side() -> None:
    """A word that stands for nothing here is left alone."""
    assert sides("socket") == ()
