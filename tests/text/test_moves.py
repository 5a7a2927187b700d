"""What a message does to the question before it, in both languages."""

import time

import pytest

from chatmill.text.moves import Move, has_code, has_link, is_bare, moves_of, opens_more


@pytest.mark.parametrize(
    ("text", "move"),
    [
        ("This room is for Gitter support. Please use https://a.b", "points"),
        ("Please write to billing@mail.example for that", "points"),
        ("견적 문의로 남겨주시면 담당자가 연락드립니다", "points"),
        ("make a plunker, screenshots help nobody", "requests"),
        ("Could you post your config?", "requests"),
        ("로그 좀 올려 주세요", "requests"),
        ("Small correction to that: the inputs are 5V tolerant", "replaces"),
        ("아, 정정드립니다. IC 카드는 안 됩니다", "replaces"),
        ("ah, that's new then. disregard mine", "retracts"),
        ("아 맞네요 제가 착각했습니다", "retracts"),
        ("저희도 안 돼요", "joins"),
        ("[공지] 토요일에 점검이 있습니다", "announces"),
        ("Change it to 12.4k 1 %", "advises"),
        ("자동으로 바꾸고 재부팅하시면 됩니다", "advises"),
        ("5MHz까지 내려도 똑같아요", "failed"),
        ("I think it might be 4", "hedges"),
    ],
)
def test_moves_of_messages(text: str, move: Move) -> None:
    """The scorer's weights stand for these; a cue that is lost makes them weigh nothing."""
    assert move in moves_of(text)


def test_an_answer_with_figures_points_nowhere() -> None:
    """Pointing elsewhere keeps a turn out: a plain answer must not look like it."""
    for text in ("Write 1 to the bit of Sn_IR.", "초기값은 사업자번호 뒤 4자리입니다", "8."):
        assert "points" not in moves_of(text)


@pytest.mark.parametrize(
    "text", ["By the way, does it recycle?", "네 감사합니다. 그럼 글로벌 주소는요?", "하나 더요"]
)
def test_going_on_to_ask(text: str) -> None:
    """A follow-up question becomes a turn of its own."""
    assert opens_more(text)


def test_links_and_code_alone_are_bare() -> None:
    """A bare link teaches less than a link with a word of why."""
    assert is_bare("https://a.b/c")
    assert is_bare("```\nx = 1\n```")
    assert not is_bare("see https://a.b/c")
    assert not is_bare("8.")
    assert has_link("www.wiznet.io")
    assert has_code("use `reset()`")


@pytest.mark.parametrize("unit", ["so ", "please ", "but ", "네 ", "문의 ", "a ", "`", "one more "])
def test_hostile_messages_stay_cheap(unit: str) -> None:
    """A message of 40,000 letters must not hold up a room."""
    text = unit * (40_000 // len(unit))
    begun = time.process_time()
    moves_of(text)
    opens_more(text)
    assert time.process_time() - begun < 2
