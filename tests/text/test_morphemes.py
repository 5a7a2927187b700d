"""Units of meaning: the same thing said in other forms has the same keys."""

import time

import pytest

from chatmill.text.morphemes import has_morphemes, units


def keys(text: str) -> list[str]:
    """Return the keys of a text's units."""
    return [unit.key for unit in units(text)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("It doesn't support 500us", "it does not supports 500 us"),
        ("1,460 bytes", "1460 byte"),
        ("We can't do that", "we cannot do that"),
        ("W5500은 소켓을", "W5500이 소켓"),
    ],
)
def test_other_forms_of_the_same_words_are_equal(one: str, other: str) -> None:
    """Case, plural, contraction, particle and spacing of units are no differences."""
    assert keys(one) == keys(other)


@pytest.mark.skipif(not has_morphemes(), reason="needs the extra korean")
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("지원합니다", "지원해요"),
        ("설정하시면 됩니다", "설정 하면 돼요"),
        ("버퍼에서는 읽습니다", "버퍼에서 읽어요"),
    ],
)
def test_korean_endings_are_no_difference(one: str, other: str) -> None:
    """A sentence in another style of politeness says the same."""
    assert keys(one) == keys(other)


@pytest.mark.parametrize(
    "name", ["0x002F", "Sn_MR", "v1.2.3", "3V3", "192.168.0.2", "https://a.b/c.d?e=1"]
)
def test_names_and_numbers_stay_whole(name: str) -> None:
    """What is wrong with one letter changed is one unit, compared exactly."""
    (found,) = units(f"see {name}.")[1:]
    assert found.key == name.casefold()
    assert found.is_hard


def test_denials_survive() -> None:
    """A negation is a unit of its own, or its loss could not be seen."""
    assert "not" in keys("It won't work")
    assert any(key.startswith(("않", "안")) for key in keys("됩니다 안 됩니다"))


@pytest.mark.parametrize(
    "piece", ["a", "가", "가 ", "1", "1,", "1.", "a.", "a-", "ab@", "\u202e가\u200d", "don't "]
)
def test_cost_is_linear(piece: str) -> None:
    """One hostile message must not keep a check busy."""
    text = f"x{piece * 20_000}x"
    began = time.monotonic()
    assert all(0 <= unit.start < unit.end <= len(text) for unit in units(text))
    assert time.monotonic() - began < 10.0
