"""Facts: what must not change in an answer."""

import pytest

from chatmill.text.facts import facts, missing_facts


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Write Sn_KPALVTR at 0x002F; 5 seconds.", ["Sn_KPALVTR", "0x002F", "5seconds"]),
        ("0x2F and 0x002F", ["0x2F", "0x002F"]),
        ("33.3 MHz, 80MHz", ["33.3MHz", "80MHz"]),
        ("1,460바이트이고 4개입니다", ["1460바이트", "4개"]),
        ("W5500-EVB-Pico GPIO16 v1.2.3", ["W5500-EVB-Pico", "GPIO16", "v1.2.3"]),
        ("https://docs.wiznet.io/a.b, see", ["https://docs.wiznet.io/a.b"]),
        ("영하 40도에서 85도", ["40도", "85도"]),
        ("00:08:DC", ["00:08:DC"]),
        ("returns -13 then", ["-13"]),
        ("no facts here", []),
    ],
)
def test_facts_are_found_and_made_comparable(text: str, expected: list[str]) -> None:
    """Numbers carry their unit, and 0x2F is not 0x002F."""
    found = facts(text)
    assert [fact.value for fact in found] == expected
    assert all(text[fact.start : fact.end] == fact.text for fact in found)


@pytest.mark.parametrize(
    ("text", "source", "missing"),
    [
        ("hold 500 us", "hold it 500 us low", []),
        ("hold 500 ms", "hold it 500 us low", ["500 ms"]),
        ("write 0x2F", "write 0x002F", ["0x2F"]),
        ("소켓 8개", "소켓은 4개입니다", ["8개"]),
        ("W5100", "the W5100S", ["W5100"]),
        ("80", "80 MHz", []),
    ],
)
def test_what_the_source_does_not_say_is_missing(
    text: str, source: str, missing: list[str]
) -> None:
    """A changed digit, unit or part name is found; a number without its unit is not accused."""
    assert [fact.text for fact in missing_facts(text, source)] == missing
