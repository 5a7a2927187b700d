"""Bulk: many examples in one step, one decision each, taken back in one."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from chatmill.errors import ReviewConflictError, UsageError
from chatmill.project import Project
from chatmill.stages import review
from chatmill.stages.review.bulk import decide_many, decide_on_choice, keep_one, undo_step
from chatmill.store.choosing import Choice
from chatmill.store.decisions import list_decisions
from chatmill.store.examples import count_examples, get_example
from chatmill.text.grams import read_search
from review_room import PAIRS, make_room

IDS = [f"e{number:07d}" for number in range(len(PAIRS))]
ME = "김하늘"


@pytest.fixture
def room(tmp_path: Path, database_url: str) -> Iterator[Project]:
    """Five pending examples, on each database we know."""
    with make_room(tmp_path / "room", options={"store": {"url": database_url}}) as made:
        yield made


def statuses(room: Project) -> str:
    """Return how the examples stand, a letter each."""
    return "".join(get_example(room.database, each).status[0] for each in IDS)


def test_a_filter_is_decided_in_one_step_and_taken_back_in_one(room: Project) -> None:
    """One decision an example in the log; undo takes back all of them, once."""
    choice = Choice(words=read_search("W5500의"))
    batch = str(uuid4())
    done = decide_on_choice(
        room, choice, "reject", n_expected=1, batch=batch, reviewer=ME, reason="duplicate"
    )
    assert done.example_ids == (IDS[1],)
    everything = str(uuid4())
    kept = decide_on_choice(
        room, Choice(status="pending"), "keep", n_expected=4, batch=everything, reviewer=ME
    )
    assert len(kept.example_ids) == 4
    assert statuses(room) == "krkkk"
    again = decide_on_choice(
        room, Choice(status="pending"), "keep", n_expected=4, batch=everything, reviewer=ME
    )
    assert again.example_ids == kept.example_ids
    assert len(list_decisions(room.database)) == 5
    undo_id = str(uuid4())
    back = undo_step(room, everything, reviewer=ME, undo_id=undo_id)
    assert set(back.example_ids) == set(kept.example_ids)
    assert undo_step(room, everything, reviewer=ME, undo_id=undo_id).example_ids == back.example_ids
    assert statuses(room) == "prppp"
    assert len(list_decisions(room.database)) == 9


def test_the_page_s_undo_takes_the_step_back_whole(room: Project) -> None:
    """`u` on the review page and the list's undo are one history."""
    decide_many(room, IDS[:3], "keep", batch=str(uuid4()), reviewer=ME)
    review.undo(room, ME)
    assert statuses(room) == "ppppp"
    review.redo(room, ME)
    assert statuses(room) == "kkkpp"


def test_what_changed_since_is_not_decided_unseen(room: Project) -> None:
    """Another number than the reviewer was told records nothing."""
    with pytest.raises(ReviewConflictError, match="5 examples are chosen now, not 4"):
        decide_on_choice(
            room, Choice(status="pending"), "keep", n_expected=4, batch=str(uuid4()), reviewer=ME
        )
    assert list_decisions(room.database) == []


def test_undo_on_a_filter_takes_the_newest_decisions_back(room: Project) -> None:
    """What somebody decided one by one goes back to the queue in one step."""
    for each in IDS[:2]:
        review.decide(room, each, "reject", decision_id=str(uuid4()), reviewer="Mina")
    room.database.catch_up()
    done = decide_on_choice(
        room, Choice(reviewer="Mina"), "undo", n_expected=2, batch=str(uuid4()), reviewer=ME
    )
    assert len(done.example_ids) == 2
    assert statuses(room) == "ppppp"


def test_undo_leaves_what_somebody_decided_since(room: Project) -> None:
    """A step taken back never overrides a later decision of a person."""
    batch = str(uuid4())
    decide_many(room, IDS, "keep", batch=batch, reviewer=ME)
    review.decide(room, IDS[2], "reject", decision_id=str(uuid4()), reviewer="Mina")
    back = undo_step(room, batch, reviewer=ME, undo_id=str(uuid4()))
    assert back.n_left == 1
    assert statuses(room) == "pprpp"


def test_one_of_a_cluster_is_kept_and_the_others_rejected(room: Project) -> None:
    """Both in one step, so undo takes back both."""
    batch = str(uuid4())
    keep_one(room, IDS[0], IDS[1:3], batch=batch, reviewer=ME, reason="duplicate")
    keep_one(room, IDS[0], IDS[1:3], batch=batch, reviewer=ME, reason="duplicate")
    assert statuses(room) == "krrpp"
    undo_step(room, batch, reviewer=ME, undo_id=str(uuid4()))
    assert statuses(room) == "ppppp"
    with pytest.raises(UsageError, match="kept and rejected"):
        keep_one(room, IDS[0], IDS[:2], batch=str(uuid4()), reviewer=ME)


def test_what_two_people_look_at_is_left_to_them(tmp_path: Path) -> None:
    """A step over many gives no first opinion that a second one should be independent of."""
    with make_room(tmp_path / "both", options={"review": {"double_share": 1.0}}) as room:
        done = decide_many(room, IDS, "keep", batch=str(uuid4()), reviewer=ME)
        assert (done.example_ids, done.n_left) == ((), 5)
        assert count_examples(room.database)["pending"] == 5


@pytest.mark.parametrize("action", ["drop", "edit"])
def test_only_known_actions(room: Project, action: str) -> None:
    """An unknown word changes nothing."""
    with pytest.raises(UsageError, match="no action"):
        decide_many(room, IDS, action, batch=str(uuid4()), reviewer=ME)  # type: ignore[arg-type] # that is the point
