"""Odd examples: grounded, but perhaps not worth learning."""

from dataclasses import replace

import pytest

from drawn_examples import drawn, edited, found_by, room
from talking import settings


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


@pytest.mark.parametrize(
    ("kind", "changes", "words"),
    [
        (
            "unanswered",
            {"answer": "담당자에게 문의해 보겠습니다."},
            "담당자에게 문의해 보겠습니다.",
        ),
        ("thanks", {"answer": "문의해 주셔서 감사합니다."}, "문의해 주셔서 감사합니다."),
        ("thanks", {"answer": "Thanks for reaching out!"}, "Thanks for reaching out!"),
        ("elsewhere", {"answer": "쪽지 확인해 주세요."}, "쪽지 확인해 주세요."),
        ("truncated", {"answer": "It has 8 sockets:\n```c\nsocket(0);"}, "```"),
        ("truncated", {"answer": "Use the SIMR register (truncated)"}, "register (truncated)"),
        ("truncated", {"answer": "레지스터는 다음과 같습니다:"}, "같습니다:"),
        ("language", {"answer": "소켓은 여덟 개입니다."}, "소켓은 여덟 개입니다."),
        ("mojibake", {"answer": "Itâ€™s 8 sockets."}, "â€™"),
        ("mojibake", {"answer": "소켓 ì•ˆë…• 8개"}, "ì•ˆë…•"),
        ("mojibake", {"answer": "¿ì 8 sockets"}, "¿ì"),
        ("mojibake", {"answer": "占쏙옙 8 sockets"}, "占쏙옙"),
        ("repeated_words", {"answer": "It has has 8 sockets."}, "has has"),
        ("repeated_words", {"answer": "소켓은 소켓은 8개입니다."}, "소켓은 소켓은"),
        (
            "repeated_sentences",
            {"answer": "It has eight sockets. It has eight sockets."},
            "It has eight sockets.",
        ),
        (
            "log_only",
            {"question": "I (1) boot\nE (2) dhcp: fail\nW (3) end"},
            "I (1) boot\nE (2) dhcp: fail\nW (3) end",
        ),
        ("insult", {"answer": "8 sockets, you idiot."}, "idiot"),
        ("insult", {"answer": "8개다 병신아."}, "병신"),
        ("placeholder", {"answer": "<사진>"}, "<사진>"),
        ("earlier", {"answer": "As I said yesterday, 8."}, "As I said yesterday"),
        ("earlier", {"question": "어제 말씀드린 W5500 건이요."}, "어제 말씀"),
    ],
)
def test_each_kind_is_found_at_its_words(kind: str, changes: dict[str, str], words: str) -> None:
    """Each kind of odd data has a name of its own, in both languages."""
    found = found_by(f"odd.{kind}", edited(**changes), room())
    assert [each.evidence for each in found] == [words]
    turn = edited(**changes).turns[0]
    text = turn.question if "question" in changes else turn.answer
    assert text[found[0].start : found[0].end] == words


@pytest.mark.parametrize(
    "answer",
    [
        "Kill the process, then reset the slave device.",
        "Write the firmware image above 0x8000, as described in the datasheet.",
        "It had had no effect before revision B; café ±5 % is fine.",
        "The device attached to SPI answers with 00 00 01.",
        "LED가 꺼져 있으면 펌웨어 이미지를 다시 쓰세요.",
        "개발의 시발점은 데이터시트이고, 연결하기 전에 설명을 읽으세요.",
        "새끼 보드를 꽂고 하나씩 하나씩 확인하세요...",
    ],
)
def test_what_engineers_say_is_not_odd(answer: str) -> None:
    """A false alarm costs more trust than a missed oddity."""
    found = found_by("odd", edited(answer=answer), room())
    assert [each for each in found if each.check != "odd.language"] == []


def test_above_in_a_later_turn_may_mean_the_turn_before() -> None:
    """Only the first turn has nothing before it."""
    example = edited(answer="As I said, it has 8 sockets.")
    assert found_by("odd.earlier", example, room()) != []
    first = drawn().turns[0]
    later = replace(example, turns=(first, *example.turns))
    assert found_by("odd.earlier", later, room()) == []


def test_a_pair_in_the_rooms_language_is_not_wrong() -> None:
    """A project's main language does not forbid rooms in another."""
    english = replace(settings(), project=replace(settings().project, language="en"))
    korean = replace(room(), language="ko")
    assert found_by("odd.language", drawn(1), korean, english) == []
    unknown = replace(room(), language="")
    assert len(found_by("odd.language", drawn(1), unknown, english)) == 2


@pytest.mark.parametrize(
    "answer",
    [
        "전원을 껐다가 다시 켜 보시면 어떨까요?",
        "케이블이 빠진 것 아닐까요?",
        "The container may assume that you already ran the installer in that folder ?",
        "To make the compiler shut up, add -w to the flags.",
        "다른 분들은 잘 모르고 계실 수 있어요.",
        "Set FILEPATH FILEPATH as it stands in the manual.",
        "If you call it it returns the socket number.",
        "장갑 하나 사셔야겠어요,",
    ],
)
def test_what_only_looks_odd_raises_no_alarm(answer: str) -> None:
    """Suggestions, doubts about a statement, and idioms are answers a reviewer would keep."""
    found = found_by("odd", edited(answer=answer), room())
    kinds = {each.check for each in found if each.severity != "info"}
    assert kinds <= {"odd.language"}
