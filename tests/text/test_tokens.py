"""Tokens with offsets, stems and the token estimate."""

import pytest

from chatmill.text.tokens import estimate_tokens, stem, tokens


def test_tokens_keep_identifiers_whole_and_split_korean_particles() -> None:
    """Registers, hex and addresses are one token, and a particle after them another."""
    text = "Sn_KPALVTR은 0x002F, https://a.b/c 참고"
    assert [t.text for t in tokens(text)] == [
        "Sn_KPALVTR",
        "은",
        "0x002F",
        "https://a.b/c",
        "참고",
    ]
    assert all(text[t.start : t.end] == t.text for t in tokens(text))


@pytest.mark.parametrize(
    ("word", "expected"),
    [("Sockets", "socket"), ("버퍼를", "버퍼"), ("less", "less"), ("물", "물")],
)
def test_stems_forget_particles_and_plurals(word: str, expected: str) -> None:
    """The same thing named twice counts as shared, whatever hangs on it."""
    assert stem(word) == expected


def test_korean_costs_more_tokens() -> None:
    """A Hangul syllable costs three tokens of the embedded model."""
    assert estimate_tokens("소켓을 여는 방법") > 2 * estimate_tokens("open socket")
