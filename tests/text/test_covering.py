"""Covering names: what people call somebody, in Korean and English, and no letter more."""

import pytest

from chatmill.text.covering import NameCover


@pytest.mark.parametrize(
    ("name", "text", "covered"),
    [
        ("김민수", "김민수님, @김민수 김민수가", "○○○님, @○○○ ○○○가"),
        ("김민수 (ACME)", "담당자김민수입니다", "담당자○○○입니다"),
        ("김민수", "민수씨 민수 님 민수기 가민수님", "○○씨 ○○ 님 민수기 가민수님"),
        ("이수", "이수님과 이수가, 이수역과 회의이수", "○○님과 ○○가, 이수역과 회의이수"),
        ("John Smith", "Hi John, john  smith of Smithson", "Hi ○○○○, ○○○○  ○○○○○ of Smithson"),
        ("John Smith", "@john ask John about a john", "@○○○○ ask John about a john"),
        ("Al", "@Al Also, an alarm", "@○○ Also, an alarm"),
        ("a", "a cat @a", "a cat @a"),
        ("한빛 전자", "한빛  전자에서", "○○  ○○에서"),
    ],
)  # fmt: skip
def test_names_are_covered_letter_by_letter(name: str, text: str, covered: str) -> None:
    """The text stays as long as it was, and words that merely hold the letters stay."""
    cover = NameCover([name])
    assert cover.text(text) == covered
    assert len(covered) == len(text)
    assert bool(cover.count(text)) == (text != covered)


def test_decomposed_hangul_is_the_same_name() -> None:
    """A Mac writes Korean in pieces; the name is found all the same."""
    import unicodedata

    text = unicodedata.normalize("NFD", "김민수")
    assert set(NameCover(["김민수"]).text(text)) == {"○"}


def test_json_values_are_covered_but_ids_are_not() -> None:
    """Citations still point to their messages."""
    value = {"question": "김민수님", "question_citations": [{"message_id": "김민수-1", "at": 0}]}
    covered = NameCover(["김민수"]).value([value])
    assert covered == [
        {"question": "○○○님", "question_citations": [{"message_id": "김민수-1", "at": 0}]}
    ]


def test_nobody_is_covered_without_names() -> None:
    """No name, no change."""
    assert NameCover([]).text("김민수") == "김민수"
