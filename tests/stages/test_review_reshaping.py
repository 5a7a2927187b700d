"""Split and merge: whole words, exact citations, one step to undo, once however often sent."""

from pathlib import Path
from uuid import uuid4

import pytest

from chatmill.errors import ReviewConflictError, UsageError
from chatmill.project import Project
from chatmill.records import Example
from chatmill.stages import review
from chatmill.store.decisions import list_decisions
from chatmill.store.examples import get_example, list_examples
from review_room import PAIRS, make_room

ME = "김하늘"


def cited_exactly(project: Project, example: Example) -> bool:
    """Tell whether every citation of an example says what its message says."""
    room = project.conversations.get(example.conversation_id)
    texts = {message.id: message.text for message in room.messages}
    return all(
        words[each.at : each.at + each.end - each.start]
        == texts[each.message_id][each.start : each.end]
        for turn in example.turns
        for words, citations in (
            (turn.question, turn.question_citations),
            (turn.answer, turn.answer_citations),
        )
        for each in citations
    )


def merged(project: Project, example_id: str = "e0000000") -> str:
    """Merge an example with the next; the id of the decision."""
    step = str(uuid4())
    review.merge_with_next(project, example_id, decision_id=step, reviewer=ME)
    return step


def test_a_merge_keeps_every_word_and_is_undone_in_one(tmp_path: Path) -> None:
    """Two examples become one of two turns; undo brings both back, redo merges them again."""
    with make_room(tmp_path / "room") as project:
        step = merged(project)
        again = review.merge_with_next(project, "e0000000", decision_id=step, reviewer=ME)
        assert len(again) == len(list_decisions(project.database)) == 2
        whole = get_example(project.database, "e0000000")
        assert [turn.question for turn in whole.turns] == [PAIRS[0][0], PAIRS[1][0]]
        assert cited_exactly(project, whole)
        assert get_example(project.database, "e0000001").status == "rejected"
        review.undo(project, ME)
        assert len(get_example(project.database, "e0000000").turns) == 1
        assert get_example(project.database, "e0000001").status == "pending"
        review.redo(project, ME)
        assert len(get_example(project.database, "e0000000").turns) == 2


def test_a_split_makes_two_with_their_own_citations(tmp_path: Path) -> None:
    """The second part is an example like any other, checked and waiting; undo makes one again."""
    with make_room(tmp_path / "room") as project:
        merged(project)
        step = str(uuid4())
        first, second = review.split_example(project, "e0000000", 1, decision_id=step, reviewer=ME)
        sent_again = review.split_example(project, "e0000000", 1, decision_id=step, reviewer=ME)
        assert [each.id for each in sent_again] == [first.id, second.id]
        part = get_example(project.database, second.example_id)
        assert part.turns[0].answer == PAIRS[1][1]
        assert part.status == "pending"
        assert cited_exactly(project, part)
        assert part.id in review.next_example_ids(project, limit=10)
        assert len(get_example(project.database, "e0000000").turns) == 1
        review.undo(project, ME)
        assert len(get_example(project.database, "e0000000").turns) == 2
        assert get_example(project.database, part.id).status == "rejected"
        review.redo(project, ME)
        assert get_example(project.database, part.id).status == "pending"


def test_what_cannot_be_reshaped_is_said(tmp_path: Path) -> None:
    """No empty halves, nothing after the last example, nothing over a colleague's decision."""
    with make_room(tmp_path / "room") as project:
        with pytest.raises(UsageError, match="cannot be split"):
            review.split_example(project, "e0000000", 1, decision_id=str(uuid4()), reviewer=ME)
        with pytest.raises(UsageError, match="no example follows"):
            merged(project, "e0000004")
        review.decide(project, "e0000000", "keep", decision_id=str(uuid4()), reviewer="somebody")
        with pytest.raises(ReviewConflictError):
            review.merge_with_next(
                project, "e0000000", decision_id=str(uuid4()), reviewer=ME, seen=""
            )
        assert len(list_examples(project.database)) == len(PAIRS)


def test_a_question_waits_for_the_one_who_is_asked(tmp_path: Path) -> None:
    """It is theirs until they answer or decide; it decides nothing and undo passes it over."""
    with make_room(tmp_path / "room") as project:
        step = str(uuid4())
        for _ in range(2):
            review.ask(project, "e0000001", "맞나요?", expert="Mina", decision_id=step, reviewer=ME)
        asked = review.asked_of(project, "Mina")
        assert [(each.example_id, each.asker, each.question) for each in asked] == [
            ("e0000001", ME, "맞나요?")
        ]
        assert review.asked_of(project, ME) == []
        assert review.undo(project, ME) is None
        review.comment(project, "e0000001", "네", decision_id=str(uuid4()), reviewer="Mina")
        assert review.asked_of(project, "Mina") == []
        assert get_example(project.database, "e0000001").status == "pending"
        assert review.people_to_ask(project) == ["Mina", ME]
