"""Candidates: what could be a part number, and what the words beside it say."""

import pytest

from chatmill.text.part_numbers import candidates


def names(text: str) -> list[str]:
    """Return the spellings found."""
    return [each.spelling for each in candidates(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("W5100/W5500/W6100 비교표 있나요?", ["W5100", "W5500", "W6100"]),
        ("STM32F407에서 W5500을 씁니다", ["STM32F407", "W5500"]),
        ("ESP32-S3, RP2040 and CH340", ["ESP32-S3", "RP2040", "CH340"]),
        ("a W5500-based board (LAN8720)", ["W5500", "LAN8720"]),
        ("W5500(이더넷 칩)은 어떤가요?", ["W5500"]),
        ("nRF52840 or 74HC595", ["nRF52840", "74HC595"]),
    ],
)
def test_part_numbers_are_found(text: str, found: list[str]) -> None:
    """Particles, slashes, brackets and hyphens do not hide a name."""
    assert names(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "0x1F00, 3V3, 10MHz, 16KB, 100Mbps and 4K7",
        "RS-485, RJ45, IPv6, SHA256, UTF-8, IEEE802, USB3, MD5, QFN48",
        "GPIO21, PA5, UART1, SPI0, ADC12",
        "https://example.com/W9999 and C:\\W9999\\a or /opt/W9999",
        "W9999_reset(), W9999.pdf, w9999@example.com",
        "```\nW9999 = 1\n```",
        "00:08:DC:12:34:AB, 3F2504E0-4F89-11D3-9A0C-0305E82C3301",
        "2024-08-20T08:55:20 v1.2.3 REV3 Windows10 Ubuntu22",
        "commit 9fceb02d0ae598e95dc970b74767f19372d61af8",
        "ORD20391, INV-2291, TICKET-17, KB5001330, TS2307, USD100, KRW5000",
        "Ctrl-Alt-F2, 2nd, 3D, Q3, FY2024",
    ],
)
def test_what_is_no_part_is_left_out(text: str) -> None:
    """Units, standards, pins, addresses, code, dates, versions, orders, codes and prices."""
    assert names(text) == []


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("the A200 board", "product"),
        ("모델 A200 입니다", "product"),
        ("A200 칩은요?", "product"),
        ("error A200 on boot", "other"),
        ("주문번호 A200 건입니다", "other"),
        ("주문 번호는 A200", "other"),
        ("A200: could you look?", "other"),
        ("A200 is slow", "none"),
    ],
)
def test_the_words_beside_a_name_are_read(text: str, hint: str) -> None:
    """A board is a product; an error, an order and an addressed person are none."""
    assert [each.hint for each in candidates(text)] == [hint]


def test_people_are_no_parts() -> None:
    """Who is called Titan8990 is talked to, not sold."""
    assert list(candidates("I think TITAN8990 is right", {"titan8990"})) == []
