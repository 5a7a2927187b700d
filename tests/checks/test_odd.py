"""Odd examples: grounded, but perhaps not worth learning."""

import pytest

from drawn_examples import drawn, edited, found_by, room


@pytest.mark.parametrize(
    ("changes", "message", "words"),
    [
        ({"answer": "Which board do you use?"}, "is only a question", "Which board do you use?"),
        ({"answer": "잠시만요."}, "answers nothing", "잠시만요."),
        ({"answer": "See DM."}, "another place", "See DM."),
        ({"answer": "네 있습니다."}, "too short", "네 있습니다."),
        ({"answer": "아마 8개일 거예요."}, "unsure", "아마"),
        ({"answer": "첨부한 사진을 보세요, 8개입니다."}, "image", "첨부한 사진"),
        ({"question": "See the screenshot, is W5500 fine?"}, "image", "See the screenshot"),
    ],
)
def test_odd_things_are_warnings_at_their_words(
    changes: dict[str, str], message: str, words: str
) -> None:
    """A reviewer is shown the very words, and decides."""
    found = [e for e in found_by("odd", edited(**changes), room()) if message in e.message]
    assert [(each.severity, each.evidence) for each in found] == [("warning", words)]


@pytest.mark.parametrize(
    "answer",
    [
        "Use 192.168.0.2 and 0x0018.",
        "4개입니다.",
        "8 sockets.",
        "MAC은 00:08:DC:12:34:56입니다.",
        "AT+CWMODE_CUR=1을 보내세요.",
        "Version 1.2.3, 132 mA, 12.4 kOhm",
    ],
)
def test_chip_numbers_are_no_personal_data(answer: str) -> None:
    """Addresses, registers and short factual answers are what support chats are made of."""
    found = found_by("odd", edited(answer=answer), room())
    assert [each for each in found if each.check != "odd.language"] == []


def test_an_echo_is_odd() -> None:
    """A question given back teaches nothing."""
    question = drawn().turns[0].question
    found = found_by("odd", edited(answer=question), room())
    assert "says the same as the question" in [each.message for each in found]
