"""The system line: one line, every product, only words that were said."""

import pytest

from chatmill.extractors.summary import products_of_example, system_line


@pytest.mark.parametrize(
    ("question", "products", "language", "line"),
    [
        (
            "Which SPI modes does the W5500 accept?",
            ("W5500",),
            "en",
            "This is information about the W5500's SPI modes.",
        ),
        ("W5500 링크 속도가 100M인가요?", ("W5500",), "ko", "W5500의 링크 속도에 관한 정보입니다."),
        ("How?", ("W5500", "W6100"), "en", "This is information about the W5500 and W6100."),
        ("왜요?", ("W5500", "W6100"), "ko", "W5500, W6100에 관한 정보입니다."),
        ("DHCP_run hangs. Any hint?", (), "en", "This is information about DHCP_run."),
        ("왜 그런가요?", (), "ko", "고객 지원 대화입니다."),
        (
            "How is a W5500 SPI frame built?",
            ("W5500",),
            "en",
            "This is information about the W5500's SPI frame.",
        ),
        (
            "W55RP20 안에 SRAM은 몇 KB나 들어 있나요?",
            ("W55RP20",),
            "ko",
            "W55RP20의 SRAM에 관한 정보입니다.",
        ),
    ],
)
def test_lines_of_both_languages(
    question: str, products: tuple[str, ...], language: str, line: str
) -> None:
    """The line reads well, names the products, and never needs a particle it cannot know."""
    assert system_line([question], ["ok"], products=products, language=language) == line


def test_topics_stand_in_the_text_letter_for_letter() -> None:
    """A model is never told something the chat does not say."""
    line = system_line(
        ["소켓 버퍼를 3KB로 설정해도 되나요?"], ["안 됩니다."], products=(), language="ko"
    )
    topic = line.removesuffix("에 관한 정보입니다.")
    assert topic in "소켓 버퍼를 3KB로 설정해도 되나요?"


def test_products_of_the_thread_stand_in_where_turns_name_none() -> None:
    """`It` in a follow-up is the product the thread is about."""
    known = ("W5500", "W6100")
    assert products_of_example(["Is it fast?"], ["About W6100", "and W5500"], known) == ("W6100",)
    assert products_of_example(["W5500?", "No, W6100"], [], known) == ("W5500", "W6100")


def test_a_topic_is_named_once() -> None:
    """Two questions about one thing do not name it twice, in part and in full."""
    asked = ["How do I turn on TCP keep-alive?", "And how do I turn off keep-alive?"]
    line = system_line(asked, ["Sn_KPALVTR", "0"], products=("W5500",), language="en")
    assert line == "This is information about the W5500's TCP keep-alive."
