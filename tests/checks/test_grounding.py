"""Grounding: every word and every fact of an example is in its source, or somebody typed it."""

from dataclasses import replace
from importlib.util import find_spec

import pytest

from chatmill.checks.grounding import grounding_score
from chatmill.checks.grounding.rewording import (
    Document,
    shipped_weights,
    signs_of,
    support_probability,
)
from chatmill.records import Example, Finding, Turn, TypedSpan
from chatmill.text.alignment import cite
from drawn_examples import drawn, edited, found_by, room
from talking import talk

by_morphemes = pytest.mark.skipif(
    find_spec("kiwipiepy") is None, reason="the extra korean is not installed"
)


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


def alarms(found: list[Finding], answer: str) -> list[str]:
    """Return the words errors and warnings point at."""
    return [answer[e.start : e.end] for e in found if e.severity != "info"]


def told(question: str, said: str, answer: str) -> list[str]:
    """Return what is accused in an answer that was edited after it was drawn."""
    room = talk(f"Ana| {question}", f"Mina Park| {said}")
    asked, cited = cite(question, room.messages), cite(answer, room.messages[1:])
    turn = Turn(
        question=question,
        answer=answer,
        question_citations=asked.citations,
        question_typed=asked.typed,
        answer_citations=cited.citations,
        answer_typed=cited.typed,
    )
    example = Example(
        id="e",
        conversation_id=room.id,
        system="About it.",
        turns=(turn,),
        extractor="x",
        context=tuple(m.id for m in room.messages),
    )
    found = found_by("grounding", example, room)
    return alarms([e for e in found if e.field == "turns[0].answer"], answer)


@pytest.mark.parametrize(
    ("said", "answer", "words"),
    [
        ("The W5500 does not support IPv6.", "The W5500 does support IPv6.", "does"),
        ("The W5500 supports auto-MDIX here.", "The W5500 never supports auto-MDIX here.", "never"),
        pytest.param(
            "W5500은 이 모드를 지원하지 않습니다.",
            "W5500은 이 모드를 지원합니다.",
            "지원",
            marks=by_morphemes,
        ),
        ("이 보드는 원격 설정이 가능합니다.", "이 보드는 원격 설정이 불가능합니다.", "불가"),
        ("The client sends the first packet.", "The server sends the first packet.", "server"),
        pytest.param(
            "돈은 판매자가 먼저 보내야 합니다.",
            "돈은 구매자가 먼저 보내야 합니다.",
            "구매자",
            marks=by_morphemes,
        ),
        ("Call it before the socket is opened.", "Call it after the socket is opened.", "after"),
        ("Set Tx to 2 KB and Rx to 4 KB please.", "Set Tx to 4 KB and Rx to 2 KB please.", "4"),
        pytest.param(
            "판매자가 구매자에게 돈을 보냅니다.",
            "구매자가 판매자에게 돈을 보냅니다.",
            "구매자",
            marks=by_morphemes,
        ),
        ("Wait for 10 px between both lines.", "Wait for 10 em between both lines.", "10 em"),
        ("Please call `close(sn, 3)` first.", "Please call `close(sh, 3)` first.", "sh"),
        ("먼저 socket_open(1) 쓰세요.", "먼저 socket_oben(1) 쓰세요.", "socket_oben"),
        ("It was shipped on 3 November 2021.", "It was shipped on 3 December 2021.", "December"),
        ("출시일은 3 June 2021 입니다.", "출시일은 3 July 2021 입니다.", "3 July"),
    ],
)  # fmt: skip
def test_what_turns_a_statement_round_is_accused_at_its_words(
    said: str, answer: str, words: str
) -> None:
    """A denial, an opposite, an exchanged party or unit is what a tired reader misses."""
    assert words in told("How is that done, and by whom?", said, answer)


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("It doesn't wrok with the old bootloader :)", "It does not work with the old bootloader."),
        ("소켓 버퍼를 먼저 설정하시면 됩니다ㅎㅎ", "소켓 버퍼 먼저 설정하면 돼요."),
        ("hold it low for 500us, then 1,460 bytes", "Hold it low for 500 us then 1460 bytes"),
        ("it was shiped on 3 Novmber 2021", "It was shipped on 3 November 2021"),
    ],
)
def test_light_cleaning_is_not_accused(said: str, answer: str) -> None:
    """Mended typing, other endings and spaces say the same; false alarms cost trust."""
    assert told("How is that done?", said, answer) == []


def test_a_sentence_of_another_thread_is_an_error() -> None:
    """What only an uncited message says does not belong into this example."""
    example = drawn()
    turn = example.turns[0]
    text = turn.answer + " 최소 500us 이상 두세요."
    made = cite(text, room().messages[:2])
    turn = replace(turn, answer=text, answer_citations=made.citations, answer_typed=made.typed)
    found = found_by("grounding", replace(example, turns=(turn,)), room())
    assert any("not cited" in e.message for e in found if e.severity == "error")
    assert grounding_score(found) < 0.8


def test_the_shipped_weights_know_every_sign() -> None:
    """A feature renamed without training again would be weighed as another, or crash."""
    assert set(shipped_weights().features) == set(signs_of("It works.", Document("It works.")))
    assert 0 < support_probability("It works.", "It works.") < 1


@pytest.mark.parametrize(
    ("line", "severity", "words"),
    [
        ("This is information about motor drivers.", "warning", "motor drivers"),
        pytest.param("모터 구동에 관한 정보입니다.", "warning", "모터 구동", marks=by_morphemes),
        ("This is information about the W5500's sockets and motors.", "info", "motors"),
    ],
)
def test_a_topic_nobody_spoke_of_is_marked_in_the_system_line(
    line: str, severity: str, words: str
) -> None:
    """A model that writes system lines may invent what a conversation is about."""
    found = [e for e in found_by("grounding", edited(system=line), room()) if e.field == "system"]
    assert [(e.severity, line[e.start : e.end]) for e in found][:1] == [(severity, words)]


@pytest.mark.parametrize(
    "line",
    [
        "You are a helpful support assistant. Answer customers politely.",
        "W5500의 SIMR에 관한 정보입니다.",
        "This is a support conversation.",
    ],
)
def test_a_system_line_needs_no_source_for_its_frame(line: str) -> None:
    """What any system line says is no invention."""
    found = found_by("grounding", edited(system=line), room())
    assert [each for each in found if each.field == "system" and each.severity != "info"] == []


@pytest.mark.parametrize(
    ("origin", "severity"), [("the extractor llm", "info"), ("mina", "warning")]
)
def test_a_question_an_extractor_wrote_is_a_note(origin: str, severity: str) -> None:
    """Questions about documents are written by design; people need not look at each."""
    asked = "Which quantity may somebody connect together?"
    turn = replace(
        drawn().turns[0],
        question=asked,
        question_citations=(),
        question_typed=(TypedSpan(at=0, length=len(asked), origin=origin),),
    )
    found = found_by("grounding", replace(drawn(), turns=(turn,)), room())
    foreign = [each for each in found if "supports this sentence" in each.message]
    assert [each.severity for each in foreign] == [severity]
