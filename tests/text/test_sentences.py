"""Sentences of both languages by their offsets."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatmill.text.sentences import sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Only socket 0. MACRAW is not available.", ["Only socket 0.", "MACRAW is not available."]),
        ("Use e.g. 33.3 MHz. It works", ["Use e.g. 33.3 MHz.", "It works"]),
        ("안녕하세요~ W6100 값이 이상해요", ["안녕하세요~", "W6100 값이 이상해요"]),
        ("안 됩니다. 0, 1, 2KB만 됩니다!", ["안 됩니다.", "0, 1, 2KB만 됩니다!"]),
        ("see https://a.b/c.d?e=1 now", ["see https://a.b/c.d?e=1 now"]),
        ("순서:\n1. 핀을 Low로\n2. 기다리기", ["순서:", "1. 핀을 Low로", "2. 기다리기"]),
        ("확인했습니다 잠시만요 다시 볼게요", ["확인했습니다", "잠시만요 다시 볼게요"]),
        ("재부팅해도 같아요ㅠㅠ 왜 그래요", ["재부팅해도 같아요ㅠㅠ", "왜 그래요"]),
        ("업데이트하니까 됩니다만 느려요", ["업데이트하니까 됩니다만 느려요"]),
        ("필요 없는 중요 기능", ["필요 없는 중요 기능"]),
        ("Do this:\n```\na = 1. b\n\nc()\n```\nDone.", None),
    ],
)
def test_sentences_end_where_a_reader_ends_them(text: str, expected: list[str] | None) -> None:
    """Abbreviations, decimals, addresses and lists do not end sentences; code is one piece."""
    found = [span.of(text) for span in sentences(text)]
    assert found == (expected or ["Do this:", "```\na = 1. b\n\nc()\n```", "Done."])


@given(st.text(alphabet="aB1 .?!\n\t~`가나다요ㅎ0x,:;^", max_size=60))
def test_sentences_cover_every_letter_once(text: str) -> None:
    """Nothing but white space may be lost or counted twice, or a word would go uncited."""
    spans = sentences(text)
    assert all(a.end <= b.start for a, b in pairwise(spans))
    covered = {place for span in spans for place in range(span.start, span.end)}
    assert all(place in covered or text[place].isspace() for place in range(len(text)))
