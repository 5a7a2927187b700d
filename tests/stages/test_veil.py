"""The veil: placeholders for a reviewer, marks that stand right, edits that come back whole."""

from pathlib import Path

import pytest

from chatmill.project import Project
from chatmill.stages.review import TurnText, Veils, review_item
from chatmill.stages.review.queue import ConversationReader
from chatmill.web.segments import Mark, cut_shown
from review_room import make_room

PAIRS = (
    (
        "박서준입니다. 010-1234-5678로 전화 주시면 W5500 문의드릴게요.",
        "네, 박서준님. mina@wiznet.example 로도 보내 주십시오. W5500은 소켓이 8개입니다.",
    ),
    ("Is 010-9999-0000 your number?", "Yes, and also 010-1234-5678."),
)
PRIVATE = ("박서준", "010-1234-5678", "mina@wiznet.example", "010-9999-0000")


@pytest.fixture
def room(tmp_path: Path) -> Project:
    """A room whose chats name a person, two phones and an address."""
    return make_room(tmp_path / "room", PAIRS)


def veils_of(project: Project) -> Veils:
    """Make veils as a freshly started server would."""
    return Veils(project, ConversationReader(project))


def test_nothing_private_is_shown_and_marks_stay_at_their_words(room: Project) -> None:
    """Every text is masked, and a mark of the stored text stands on the same words."""
    item = review_item(room, "e0000000")
    veil = veils_of(room).of_item(item, is_open=False)
    shown = veil.show(item.example.turns[0].answer)
    assert not any(each in shown.text for each in PRIVATE)
    stored = item.example.turns[0].answer
    start = stored.index("W5500은")
    segments = cut_shown(shown, [Mark(start=start, end=start + 5, finding=0)])
    assert [each.text for each in segments if each.findings] == ["W5500"]
    assert "".join(each.text for each in segments) == shown.text
    assert {each.private for each in segments} == {"", "name", "email"}
    inside = stored.index("wiznet.example")
    touched = cut_shown(shown, [Mark(start=inside, end=inside + 6, finding=0)])
    assert [each.private for each in touched if each.findings] == ["email"]


def test_an_edit_of_masked_words_stores_the_original_ones(room: Project) -> None:
    """What stood behind the placeholders comes back; another example's never does."""
    item = review_item(room, "e0000000")
    seen = veils_of(room).of_item(item, is_open=False).shown_example(item.example).turns[0]
    edited = TurnText(question=seen.question, answer=f"{seen.answer} 감사합니다.")
    later = veils_of(room).of_item(item, is_open=False)  # after a restart
    (back,) = later.restored_turns(item.example, [edited])
    assert back.question == item.example.turns[0].question
    assert back.answer == f"{item.example.turns[0].answer} 감사합니다."


def test_the_same_example_is_the_same_words_whoever_looked_before(room: Project) -> None:
    """Numbers of placeholders depend on the example alone, not on what was shown before it."""
    veils = veils_of(room)
    first = review_item(room, "e0000000").example
    second = review_item(room, "e0000001").example
    alone = veils_of(room).of(second, is_open=False).shown_example(second)
    veils.of(first, is_open=False).shown_example(first)
    assert veils.of(second, is_open=False).shown_example(second) == alone
    item = review_item(room, "e0000001")
    assert veils.of_item(item, is_open=False).shown_example(second) == alone


def test_an_open_veil_hides_nothing_and_says_where_private_words_stand(room: Project) -> None:
    """The one visitor of a project without users sees the words, marked."""
    example = review_item(room, "e0000001").example
    veil = veils_of(room).of(example, is_open=True)
    shown = veil.show(example.turns[0].question)
    assert shown.text == example.turns[0].question
    marked = [s.text for s in cut_shown(shown, []) if s.private]
    assert marked == ["010-9999-0000"]
    assert veil.restored("anything") == "anything"
