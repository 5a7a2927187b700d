"""Who a message speaks to."""

import pytest

from chatmill.text.names import find_mentions, short_names

PEOPLE = ("이서준, HW팀", "이도현 [WIZnet]", "Mina Park", "김민수")


@pytest.mark.parametrize(
    ("text", "speaker", "words"),
    [
        ("@이서준 W5500은", "이서준, HW팀", "@이서준"),
        ("@이서준, HW팀 네", "이서준, HW팀", "@이서준, HW팀"),
        ("@이도현님 감사", "이도현 [WIZnet]", "@이도현님"),
        ("네 @Mina Park 님", "Mina Park", "@Mina Park 님"),
        ("Mina: yes", "Mina Park", "Mina:"),
    ],
)
def test_names_with_spaces_commas_and_brackets(text: str, speaker: str, words: str) -> None:
    """KakaoTalk names carry companies and teams; people mention them short or in full."""
    found = find_mentions(text, PEOPLE)
    assert [(each.speaker, each.span.of(text)) for each in found] == [(speaker, words)]


def test_a_stranger_is_a_mention_of_nobody() -> None:
    """A name nobody in the room has is seen, but links to no one; an address is no mention."""
    assert [each.speaker for each in find_mentions("@stranger see a@b.com", PEOPLE)] == [""]


def test_short_names_come_longest_first() -> None:
    """The longest form is tried first, or a name would be cut in its middle."""
    assert short_names("이서준, HW팀")[0] == "이서준, HW팀"
    assert "이서준" in short_names("이서준, HW팀")
