"""Products a text speaks of."""

import pytest

from chatmill.text.products import find_products


def test_settings_decide_spelling_and_longest_name() -> None:
    """`w5500-evb-pico` is the board, not the chip, and comes out as the settings spell it."""
    known = ("W5500", "W5500-EVB-Pico")
    assert find_products("w5500-evb-pico의 W5500은", known) == ("W5500-EVB-Pico", "W5500")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The W55RP20 has a W5500 inside", ("W55RP20", "W5500")),
        ("WizFi360을 STM32F103에 연결", ("WizFi360", "STM32F103")),
        ("0x5300 GPIO16 IPv6 SHA256 Sn_MR 802.11 RS485 UTF8", ()),
        ("AT+CWMODE_CUR=1 100Mbps 33.3MHz", ()),
    ],
)
def test_part_numbers_are_told_from_registers_and_units(
    text: str, expected: tuple[str, ...]
) -> None:
    """Without a list, only what looks like a part number counts."""
    assert find_products(text) == expected


def test_order_is_that_of_first_mention() -> None:
    """The system line names products as the chat does, each once."""
    assert find_products(["W6100?", "No, W5500. W6100 is newer."], ("W5500", "W6100")) == (
        "W6100",
        "W5500",
    )
