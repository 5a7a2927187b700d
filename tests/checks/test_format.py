"""The format check: what would make a bad line of the training file."""

from dataclasses import replace

import pytest

from chatmill.records import Finding, TypedSpan
from chatmill.settings import CheckSettings, Settings
from drawn_examples import drawn, edited, found_by, room


def format_findings(**changes: str) -> list[Finding]:
    """Check one example whose question, answer or system line was changed."""
    return found_by("format", edited(**changes), room())


def test_a_drawn_example_is_clean() -> None:
    """What the extractor made has nothing to complain about."""
    assert found_by("format", drawn(), room()) == []


@pytest.mark.parametrize(
    ("changes", "field", "message", "words"),
    [
        ({"answer": " "}, "turns[0].answer", "is empty", ""),
        ({"answer": "A) It has 8 sockets."}, "turns[0].answer", "mark is left over", "A)"),
        ({"question": "Q. How many sockets?"}, "turns[0].question", "mark is left over", "Q."),
        ({"question": "질문) 소켓은 몇 개죠?"}, "turns[0].question", "mark is left over", "질문)"),
        ({"system": ""}, "system", "no system line", ""),
        ({"system": "About the W5500.\nAnd more."}, "system", "one line", ""),
        ({"system": "This is information."}, "system", "does not name W5500", "W5500"),
    ],
)
def test_breaches_are_errors_at_their_words(
    changes: dict[str, str], field: str, message: str, words: str
) -> None:
    """Each rule says where and what."""
    found = [each for each in format_findings(**changes) if message in each.message]
    assert [(each.field, each.severity) for each in found] == [(field, "error")]
    assert found[0].evidence == words


def test_a_word_that_differs_only_in_case_is_an_error() -> None:
    """A person who types Sipr for SIPR has made another name of it."""
    found = format_findings(answer="It has 8 sockets, see sIMR.")
    assert [(each.evidence, each.message) for each in found] == [
        ("SIMR", "differs from the source only in capital letters")
    ]


def test_an_overlong_example_is_an_error() -> None:
    """What the model cannot take in is said before training, not by the trainer."""
    short = replace(Settings(), check=CheckSettings(max_example_tokens=10))
    found = found_by("format", drawn(), room(), short)
    assert [each.field for each in found] == [""]
    assert "the model takes 10" in found[0].message


def test_a_choice_in_a_question_is_no_leftover_mark() -> None:
    """`A) or B)` in a question belongs there."""
    assert format_findings(question="Which one for the W5500?\nA) SPI\nB) bus") == []


def test_typed_words_may_be_new() -> None:
    """A word the source does not have in any case is not this check's business."""
    example = edited(answer="It has 8 independent sockets.")
    typed = replace(example.turns[0], answer_typed=(TypedSpan(at=9, length=11, origin="reviewer"),))
    assert found_by("format", replace(example, turns=(typed,)), room()) == []
