"""Store: the log of decisions, undo and redo."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatmill.errors import ReviewConflictError, UsageError
from chatmill.records import Decision, Example, ExampleState, Status, Turn
from chatmill.store.database import Database, sqlite_url
from chatmill.store.decisions import (
    append_decision,
    last_undoable,
    list_decisions,
    record_decisions,
    state_on,
)
from chatmill.store.examples import get_example, save_conversation_examples

IDS = ("example-1", "example-2", "example-3")
REVIEWERS = ("김하늘", "lee")


def example(example_id: str) -> Example:
    """Make a pending example."""
    return Example(
        id=example_id,
        conversation_id="room",
        system="",
        turns=(Turn(question=f"{example_id} 질문?", answer="답변"),),
        extractor="rules",
    )


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with three pending examples, made once."""
    path = tmp_path_factory.mktemp("log") / "template.db"
    made = Database.open(sqlite_url(path))
    save_conversation_examples(made, "room", [example(each) for each in IDS], [], "1")
    made.close()
    return path


def fresh(template: Path) -> Database:
    """Open a copy of the template."""
    path = template.with_name(f"{uuid4()}.db")
    shutil.copy(template, path)
    return Database.open(sqlite_url(path))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A database with three pending examples."""
    opened = Database.open(database_url)
    save_conversation_examples(opened, "room", [example(each) for each in IDS], [], "1")
    yield opened
    opened.close()


def state(database: Database, example_id: str) -> ExampleState:
    """Return how an example stands."""
    with database.read() as connection:
        return state_on(connection, example_id)


def decide(database: Database, example_id: str, reviewer: str, status: Status, words: str) -> None:
    """Decide about an example as it stands, with new words."""
    before = state(database, example_id)
    after = ExampleState(status=status, system=words, turns=before.turns)
    record_decisions(
        database,
        [
            Decision(
                id=str(uuid4()),
                example_id=example_id,
                reviewer=reviewer,
                action="reject" if status == "rejected" else "edit",
                before=before,
                after=after,
            )
        ],
    )


def take_back(database: Database, reviewer: str, *, redo: bool) -> Decision | None:
    """Undo or redo; the decision taken back, or None."""
    with database.write() as connection:
        found = last_undoable(connection, reviewer, redo=redo)
        target = found[0] if found else None
        if target is not None:
            append_decision(
                connection,
                Decision(
                    id=str(uuid4()),
                    example_id=target.example_id,
                    reviewer=reviewer,
                    action="restore",
                    before=state_on(connection, target.example_id),
                    after=target.before,
                    undoes=target.id,
                ),
            )
        return target


def replayed(database: Database, example_id: str) -> ExampleState:
    """Play an example's log; every decision must start where the last one ended."""
    now = ExampleState(status="pending", system="", turns=example(example_id).turns)
    for decision in list_decisions(database, example_id=example_id):
        assert decision.before == now
        now = decision.after
    return now


steps = st.lists(
    st.one_of(
        st.tuples(st.just("decide"), st.sampled_from(IDS), st.sampled_from(("kept", "rejected"))),
        st.tuples(st.just("undo"), st.just(""), st.just("")),
        st.tuples(st.just("redo"), st.just(""), st.just("")),
    ),
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(steps=steps)
def test_undo_and_redo_follow_the_stacks_a_person_expects(
    template: Path, steps: list[tuple[str, str, Status]]
) -> None:
    """Any chain of decisions, undos and redos gives what two plain stacks give, and replays."""
    database = fresh(template)
    past: list[dict[str, ExampleState]] = []
    future: list[dict[str, ExampleState]] = []
    now = {each: state(database, each) for each in IDS}
    for number, (what, example_id, status) in enumerate(steps):
        if what == "decide":
            past.append(now)
            future.clear()
            decide(database, example_id, "kim", status, f"words {number}")
            after = ExampleState(
                status=status, system=f"words {number}", turns=now[example_id].turns
            )
            now = {**now, example_id: after}
        else:
            taken = take_back(database, "kim", redo=what == "redo")
            source, target = (future, past) if what == "redo" else (past, future)
            assert (taken is not None) == bool(source)
            if source:
                target.append(now)
                now = source.pop()
        assert {each: state(database, each) for each in IDS} == now
    for each in IDS:
        assert replayed(database, each) == state(database, each)
    database.close()


@settings(max_examples=40, deadline=None)
@given(steps=st.lists(st.tuples(st.sampled_from(REVIEWERS), steps.map(tuple)), max_size=5))
def test_two_reviewers_never_undo_each_other(
    template: Path,
    steps: list[tuple[str, tuple[tuple[str, str, Status], ...]]],
) -> None:
    """With two people at work the log still replays, and undo takes back one's own decisions."""
    database = fresh(template)
    for number, (reviewer, part) in enumerate(steps):
        for at, (what, example_id, status) in enumerate(part):
            if what == "decide":
                decide(database, example_id, reviewer, status, f"words {number}.{at}")
                continue
            taken = take_back(database, reviewer, redo=what == "redo")
            assert taken is None or taken.reviewer == reviewer
            if taken is not None:
                assert state(database, taken.example_id) == taken.before
    for each in IDS:
        assert replayed(database, each) == state(database, each)
    database.close()


def test_a_decision_sent_twice_is_recorded_once(database: Database) -> None:
    """A retried request must not count twice, even after other decisions."""
    before = state(database, IDS[0])
    decision = Decision(
        id=str(uuid4()),
        example_id=IDS[0],
        reviewer="김하늘",
        action="keep",
        before=before,
        after=ExampleState(status="kept", system="", turns=before.turns),
    )
    first = record_decisions(database, [decision])
    decide(database, IDS[0], "lee", "rejected", "")
    assert record_decisions(database, [decision]) == first
    assert get_example(database, IDS[0]).status == "rejected"
    assert len(list_decisions(database)) == 2


def test_a_decision_about_an_older_state_is_refused_whole(database: Database) -> None:
    """Somebody else's decision in between must not be overwritten, nor half a batch recorded."""
    before = state(database, IDS[0])
    decide(database, IDS[0], "lee", "kept", "")
    good, stale = (
        Decision(
            id=str(uuid4()),
            example_id=each,
            reviewer="kim",
            action="reject",
            before=state(database, each) if each == IDS[1] else before,
            after=ExampleState(status="rejected", system="", turns=before.turns),
        )
        for each in (IDS[1], IDS[0])
    )
    with pytest.raises(ReviewConflictError, match=IDS[0]):
        record_decisions(database, [good, stale])
    assert get_example(database, IDS[1]).status == "pending"


def test_an_unknown_example_is_named(database: Database) -> None:
    """A decision about nothing says which example is missing."""
    nothing = ExampleState(status="kept", system="", turns=())
    with pytest.raises(UsageError, match="no example 없음"):
        record_decisions(
            database,
            [
                Decision(
                    id=str(uuid4()),
                    example_id="없음",
                    reviewer="kim",
                    action="keep",
                    before=nothing,
                    after=nothing,
                )
            ],
        )


def test_undo_passes_over_what_somebody_else_decided_since(database: Database) -> None:
    """My undo takes back my latest decision that still holds, not a colleague's."""
    decide(database, IDS[0], "kim", "kept", "")
    decide(database, IDS[1], "kim", "kept", "")
    decide(database, IDS[1], "lee", "rejected", "")
    taken = take_back(database, "kim", redo=False)
    assert taken is not None
    assert taken.example_id == IDS[0]
    assert get_example(database, IDS[1]).status == "rejected"


def test_a_comment_neither_undoes_nor_forgets_what_can_be_redone(database: Database) -> None:
    """Comments stand beside the stacks: redo still works after one."""
    decide(database, IDS[0], "kim", "kept", "")
    take_back(database, "kim", redo=False)
    now = state(database, IDS[1])
    record_decisions(
        database,
        [
            Decision(
                id=str(uuid4()),
                example_id=IDS[1],
                reviewer="kim",
                action="comment",
                reason="나중에 다시 보기",
                before=now,
                after=now,
            )
        ],
    )
    assert take_back(database, "kim", redo=True) is not None
    assert get_example(database, IDS[0]).status == "kept"
