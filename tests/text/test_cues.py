"""What messages do, by cues of both languages."""

import pytest

from chatmill.text.cues import Act, act_of


@pytest.mark.parametrize(
    ("text", "act"),
    [
        ("How many sockets?", "question"),
        ("anyone know how to reset it", "question"),
        ("W5500 소켓은 몇 개인가요?", "question"),
        ("같은 포트로 여러 명을 받으려면요", "question"),
        ("It does not link over a cable", "problem"),
        ("한 번 받고 나면 수신이 안 돼요.", "problem"),
        ("10M 반이중으로 고정하고 싶습니다.", "problem"),
        ("Let me check, one minute.", "stall"),
        ("Hold on, I look it up in socket.h", "stall"),
        ("확인해 보겠습니다.", "stall"),
        ("잠시만요.", "stall"),
        ("See DM.", "elsewhere"),
        ("DM 드렸습니다.", "elsewhere"),
        ("I don't know, sorry", "unknown"),
        ("잘 모르겠습니다", "unknown"),
        ("anybody here?", "ping"),
        ("아무도 안 계신가요", "ping"),
        ("답변 부탁드립니다", "ping"),
        ("help", "ping"),
        ("ok good to know", "ack"),
        ("넵 확인했습니다", "ack"),
        ("Thanks a lot", "thanks"),
        ("SPI mode 0 and mode 3.", "statement"),
        ("Check MISO wiring and chip select; it returns 0x04.", "statement"),
        ("SIPR, 0x000F 번지부터 4바이트를 쓰시면 됩니다.", "statement"),
        ("ㅎㅎ^^", "empty"),
    ],
)
def test_acts_of_messages(text: str, act: Act) -> None:
    """The extractor builds on these: a stall taken for an answer would be trained on."""
    assert act_of(text) == act
