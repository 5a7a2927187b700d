"""Grounding: every word and every fact of an example is in its source, or somebody typed it."""

from dataclasses import replace

import pytest

from chatmill.checks.grounding import grounding_score
from chatmill.records import Finding
from drawn_examples import drawn, edited, found_by, room


def errors(found: list[Finding]) -> list[tuple[str, str]]:
    """Return field and message of the errors."""
    return [(each.field, each.message) for each in found if each.severity == "error"]


@pytest.mark.parametrize("number", [0, 1])
def test_a_drawn_example_is_grounded(number: int) -> None:
    """Extracted words raise no alarm, in either language."""
    assert found_by("grounding", drawn(number), room()) == []


@pytest.mark.parametrize(
    ("number", "answer", "words", "source"),
    [
        (0, "It has 4 sockets, see SIMR at 0x0018.", "4 sockets", "8 sockets"),
        (0, "It has 8 sockets, see SIMR at 0x018.", "0x018", "0x0018"),
        (0, "It has 8 sockets, see SIR at 0x0018.", "SIR", "SIMR"),
        (1, "최소 500ms 이상 두세요.", "500ms", "500us"),
        (1, "W5500은 최소 500us 이상 두세요.", "W5500", "W6100"),
    ],
)
def test_a_foreign_fact_is_an_error_at_its_words(
    number: int, answer: str, words: str, source: str
) -> None:
    """A digit, unit, register or part the cited messages lack is pointed at."""
    example = edited(number, answer=answer)
    found = [e for e in found_by("grounding", example, room()) if e.severity == "error"]
    assert len(found) == 1
    assert example.turns[0].answer[found[0].start : found[0].end] == words
    assert found[0].evidence == source


def test_typed_words_are_said_but_are_no_error() -> None:
    """A reviewer may mend a sentence; the page shows which words are not the source's."""
    found = found_by("grounding", edited(answer="It offers 8 sockets, see SIMR at 0x0018."), room())
    assert [(e.severity, e.evidence) for e in found if e.field] == [("info", "It offers")]
    assert 0.5 < grounding_score(found) < 1.0


def test_words_nobody_cites_are_errors() -> None:
    """An extractor that adds a sentence is caught."""
    example = drawn()
    turn = replace(example.turns[0], answer=example.turns[0].answer + " Always.")
    found = found_by("grounding", replace(example, turns=(turn,)), room())
    assert errors(found) == [("turns[0].answer", "stands in no cited message")]
    assert found[0].evidence == "Always."


def test_a_citation_that_lies_is_an_error() -> None:
    """Citations are checked letter by letter, not believed."""
    example = drawn()
    turn = example.turns[0]
    moved = replace(turn.answer_citations[0], message_id="m3", start=0, end=8)
    found = found_by(
        "grounding",
        replace(example, turns=(replace(turn, answer_citations=(moved,)),)),
        room(),
    )
    assert ("turns[0].answer", "is cited from a message that says something else") in errors(found)


def test_the_system_line_may_name_products_of_the_room_and_nothing_else() -> None:
    """A product somebody else spoke of is no invention; a number is."""
    assert found_by("grounding", edited(system="About the W5500 and W6100."), room()) == []
    found = found_by("grounding", edited(system="About the W5500 at 33 MHz."), room())
    assert errors(found) == [("system", "the source has no number 33 MHz")]
