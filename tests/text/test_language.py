"""Languages: Korean support talk is Korean although every second word is a part name."""

import pytest

from chatmill.text.language import detect_language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("W5500 SPI 연결했는데 VERSIONR 레지스터를 읽으면 0x00만 나옵니다.", "ko"),
        ("How many sockets can the W5500 have open at once?", "en"),
        ("The room is called 기술지원방, but everybody in it writes English all day.", "en"),
        ("ソケットはいくつ使えますか", "ja"),
        ("最多可以使用几个套接字", "zh"),
        ("0039 123 :)", ""),
        ("", ""),
    ],
)
def test_language_follows_the_letters(text: str, language: str) -> None:
    """The share of each script's letters decides; no letters, no language."""
    assert detect_language(text) == language
