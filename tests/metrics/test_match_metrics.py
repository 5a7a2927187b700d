"""Length, refusal and language: what each compares, in English and Korean."""

import pytest

from answer_batches import batch_of
from chatmill.metrics import AnswerBatch, load_metric
from chatmill.metrics.length import length_ratio
from chatmill.metrics.refusal import is_refusal


@pytest.mark.parametrize(
    ("answer", "reference", "expected"),
    [("abcd", "abcd ", 1.0), ("ab", "abcd", 0.5), ("네 개", "네 개입니다", 0.5), ("", "abc", 0.0)],
)
def test_length_ratio(answer: str, reference: str, expected: float) -> None:
    """Too short and too long count alike."""
    assert length_ratio(answer, reference) == pytest.approx(expected)


def test_nothing_against_nothing_has_no_length_ratio() -> None:
    """No value is not 0."""
    assert length_ratio(" ", "") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I'm sorry, but I can't help with that.", True),
        ("I cannot answer questions about prices.", True),
        ("As an AI, I have no orders.", True),
        ("I don't know.", True),
        ("죄송하지만 그 질문에는 답변드릴 수 없습니다.", True),
        ("잘 모르겠습니다.", True),
        ("가격은 안내해 드리기 어렵습니다.", True),
        ("No, the W5500 does not support IPv6.", False),
        ("You cannot use it at 5 V.", False),
        ("W5500은 IPv6를 지원하지 않습니다.", False),
        ("소켓은 8개까지 열 수 있고 그 이상은 열 수 없습니다.", False),
        ("", False),
    ],
)
def test_what_a_refusal_is(text: str, expected: bool) -> None:  # noqa: FBT001 - a column of the table
    """Declining to answer is a refusal; an answer that says no is not."""
    assert is_refusal(text) is expected


def test_language_and_refusal_match() -> None:
    """An answer in the other language, and a refusal where the team answered, score 0."""
    batch: AnswerBatch = batch_of(
        ("소켓은 8개입니다.", "The W5500 has 8.", "8", "I can't help with that."),
        ("It has 8 sockets.", "It has 8 sockets.", "It has 8 sockets.", "It has 8 sockets."),
    )
    assert load_metric("language").score(batch) == [0.0, 1.0, None, 1.0]
    assert load_metric("refusal").score(batch) == [1.0, 1.0, 1.0, 0.0]
