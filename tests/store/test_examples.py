"""Examples in the store: decisions survive growing rooms and changed extractors."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from chatmill.errors import UsageError
from chatmill.project import Project
from chatmill.records import Decision, Example, ExampleState, Finding, Rejection, Status
from chatmill.store.decisions import list_decisions, record_decisions
from chatmill.store.examples import (
    ExtractionChange,
    get_example,
    list_examples,
    list_findings,
    save_conversation_examples,
    save_findings,
)
from chatmill.store.marks import read_marks
from chatmill.store.rejections import list_rejections
from making import cited_turn, example

ROOM = "room:1"


@pytest.fixture
def project(project: Project, database_url: str) -> Project:
    """A project on each database we know."""
    project.remember("store", "url", database_url)
    return project


def save(
    project: Project, extracted: Sequence[Example], rejections: Sequence[Rejection] = ()
) -> ExtractionChange:
    """Store what an extractor found in the room."""
    return save_conversation_examples(project.database, ROOM, extracted, rejections, "print-1")


def decide(project: Project, made: Example, status: Status) -> None:
    """Keep or reject an example."""
    before = ExampleState(status=made.status, system=made.system, turns=made.turns)
    record_decisions(
        project.database,
        [
            Decision(
                id=f"decision-{made.id}",
                example_id=made.id,
                reviewer="mina",
                action="keep" if status == "kept" else "reject",
                before=before,
                after=replace(before, status=status),
            )
        ],
    )


def one(number: int = 1) -> Example:
    """Make an example of the room."""
    return example(number, conversation_id=ROOM)


def grown(old: Example, *, answer: str) -> Example:
    """Make what an extractor finds after one more message joined the answer."""
    turn = cited_turn(old.turns[0].question, answer, message="m1")
    return replace(old, id="e-grown", turns=(turn,))


def test_saving_again_changes_nothing(project: Project) -> None:
    """Re-extracting an unchanged conversation queues nothing and keeps decisions."""
    save(project, [one()])
    decide(project, one(), "kept")
    change = save(project, [one()])
    assert (change.n_new, change.n_unchanged) == (0, 1)
    assert [each.status for each in list_examples(project.database)] == ["kept"]
    assert read_marks(project.database, "extract") == {ROOM: "print-1"}


def test_same_words_inherit_the_decision(project: Project) -> None:
    """A room that grew around a kept example does not ask for it again."""
    save(project, [one()])
    decide(project, one(), "kept")
    change = save(project, [grown(one(), answer=one().turns[0].answer)])
    assert change.n_carried == 1
    standing = list_examples(project.database)
    assert [(each.id, each.status, each.supersedes) for each in standing] == [
        ("e-grown", "kept", "e0001")
    ]
    log = list_decisions(project.database, example_id="e-grown")
    assert [(each.reviewer, each.action) for each in log] == [("carried over", "keep")]


def test_changed_words_come_back_to_the_queue(project: Project) -> None:
    """A kept answer that got another message is looked at again."""
    save(project, [one()])
    decide(project, one(), "kept")
    change = save(project, [grown(one(), answer="Register 1 holds 0x0002.")])
    assert change.n_changed == 1
    assert [each.status for each in list_examples(project.database)] == ["pending"]


def test_rejected_stays_rejected_when_words_change(project: Project) -> None:
    """Nobody has to reject the same chatter twice."""
    save(project, [one()])
    decide(project, one(), "rejected")
    save(project, [grown(one(), answer="Register 1 holds 0x0002.")])
    assert [each.status for each in list_examples(project.database)] == ["rejected"]


def test_an_example_can_come_back(project: Project) -> None:
    """Switching an extractor's setting and back ends where it began."""
    save(project, [one()])
    save(project, [grown(one(), answer="Register 1 holds 0x0002.")])
    save(project, [one()])
    assert [each.id for each in list_examples(project.database)] == ["e0001"]


def test_other_words_from_the_same_messages_come_back(project: Project) -> None:
    """Another `[extract] trim` is not lost on an example whose messages stay the same."""
    save(project, [one()])
    decide(project, one(), "kept")
    other = replace(one(), turns=(cited_turn("Value of register 1?", "0x0001.", message="m1"),))
    assert save(project, [other]).n_changed == 1
    (standing,) = list_examples(project.database)
    assert (standing.status, standing.turns) == ("pending", other.turns)
    log = list_decisions(project.database, example_id="e0001")
    assert [each.action for each in log] == ["keep", "restore"]
    assert log[-1].after.turns == standing.turns
    assert save(project, [other]).n_unchanged == 1
    save(project, [one()])
    assert [each.status for each in list_examples(project.database)] == ["kept"], "decided before"


def test_undecided_leftovers_are_withdrawn_and_decided_ones_stay(project: Project) -> None:
    """What a person decided is never deleted by a machine."""
    save(project, [one(1), one(2)])
    decide(project, one(2), "kept")
    change = save(project, [])
    assert change.n_withdrawn == 1
    assert [each.id for each in list_examples(project.database)] == ["e0002"]


def test_rejections_of_a_conversation_are_replaced(project: Project) -> None:
    """Running twice does not list the same rejection twice."""
    left_out = Rejection(stage="extract", source=ROOM, reason="nobody answered", raw="가격은요?")
    save(project, [], [left_out])
    save(project, [], [left_out])
    assert list_rejections(project.database) == [left_out]


def test_findings_are_replaced_by_the_next_check(project: Project) -> None:
    """A finding that is mended disappears."""
    save(project, [one()])
    finding = Finding(
        example_id="e0001",
        check="grounding",
        severity="error",
        field="turns[0].answer",
        start=0,
        end=8,
        message="the source does not say this",
        evidence="0x2F",
    )
    save_findings(project.database, {"e0001": [finding]}, {"e0001": "a"})
    assert list_findings(project.database) == {"e0001": [finding]}
    save_findings(project.database, {"e0001": []}, {"e0001": "b"})
    assert list_findings(project.database, example_ids=["e0001"]) == {}


def test_an_unknown_example_is_said(project: Project) -> None:
    """A mistyped id ends in one line."""
    with pytest.raises(UsageError, match="no example nothing"):
        get_example(project.database, "nothing")
