"""Double review: a second opinion without the first, agreement, and who settles what."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from chatmill.errors import MeasureError, UsageError
from chatmill.project import Project
from chatmill.records import Decision
from chatmill.stages import review
from chatmill.stages.review import TurnText
from chatmill.store.double_reviews import VerdictCounts, is_chosen
from chatmill.store.examples import get_example
from review_room import PAIRS, make_room

IDS = [f"e{number:07d}" for number in range(len(PAIRS))]


@pytest.fixture
def room(tmp_path: Path, database_url: str) -> Iterator[Project]:
    """A room in which two people look at everything, on each database we know."""
    with make_room(
        tmp_path / "room", options={"store": {"url": database_url}, "review": {"double_share": 1.0}}
    ) as made:
        yield made


def decide(
    room: Project, at: int, action: review.ReviewAction, who: str, *, settles: bool = False
) -> Decision:
    """Decide about an example."""
    words = None
    if action == "edit":
        words = [TurnText(question="고친 질문?", answer="8 소켓입니다.")]
    return review.decide(
        room,
        IDS[at],
        action,
        decision_id=str(uuid4()),
        reviewer=who,
        turns=words,
        may_settle=settles,
    )


def status(room: Project, at: int) -> str:
    """Return how an example stands."""
    return get_example(room.database, IDS[at]).status


def test_the_second_person_does_not_see_the_first_opinion(room: Project) -> None:
    """Two opinions are two only while neither knows the other; nobody gets their own again."""
    decide(room, 0, "keep", "Mina")
    assert IDS[0] not in review.hand_out(room, "Mina", limit=5)
    review.let_go(room, "Mina")
    assert review.hand_out(room, "김하늘", limit=1) == [IDS[0]]
    item = review.review_item(room, IDS[0], reviewer="김하늘")
    assert (item.look, item.example.status, item.history) == ("second", "pending", ())
    assert item.revision != ""
    history = review.example_history(room, IDS[0], reviewer="김하늘")
    assert (history.decisions, history.double) == ((), None)
    open_item = review.review_item(room, IDS[0], reviewer="Mina")
    assert (open_item.look, len(open_item.history)) == ("first", 1)


def test_who_disagrees_waits_for_a_third(room: Project) -> None:
    """The example stands open until a third person or an admin settles it."""
    decide(room, 0, "keep", "Mina")
    decide(room, 0, "reject", "김하늘")
    assert status(room, 0) == "pending"
    for who in ("Mina", "김하늘"):
        assert IDS[0] not in review.hand_out(room, who, limit=5)
        review.let_go(room, who)
        with pytest.raises(UsageError, match="third reviewer"):
            decide(room, 0, "keep", who)
    assert review.hand_out(room, "이도현", limit=1) == [IDS[0]]
    assert review.review_item(room, IDS[0], reviewer="이도현").look == "settle"
    decide(room, 0, "reject", "이도현")
    assert status(room, 0) == "rejected"
    double = review.example_history(room, IDS[0]).double
    assert double is not None
    assert (double.state, double.settled_by) == ("settled", "이도현")


def test_an_admin_settles_even_their_own(room: Project) -> None:
    """Two people are enough where one of them looks after the project."""
    decide(room, 0, "reject", "Mina")
    decide(room, 0, "edit", "boss")
    assert status(room, 0) == "pending"
    assert review.hand_out(room, "boss", limit=1, may_settle=True) == [IDS[0]]
    decide(room, 0, "keep", "boss", settles=True)
    assert status(room, 0) == "kept"


def test_undoing_an_opinion_asks_for_it_again(room: Project) -> None:
    """What was taken back was never said; done again it is."""
    decide(room, 0, "keep", "Mina")
    decide(room, 0, "reject", "김하늘")
    review.undo(room, "김하늘")
    assert status(room, 0) == "kept"
    assert review.agreement(room).counts.n_waiting == 1
    review.redo(room, "김하늘")
    assert status(room, 0) == "pending"
    assert review.agreement(room).counts.n_disputed == 1
    decide(room, 1, "reject", "Mina")
    review.undo(room, "Mina")
    assert review.agreement(room).counts.n_waiting == 0


def test_agreement_is_cohens_kappa(room: Project) -> None:
    """Editing is keeping; what was settled does not change what was said at first."""
    said = [("keep", "edit"), ("reject", "reject"), ("keep", "reject"), ("keep", "keep")]
    for at, (first, second) in enumerate(said):
        decide(room, at, first, "Mina")  # type: ignore[arg-type] # one of the three
        decide(room, at, second, "김하늘")  # type: ignore[arg-type] # one of the three
    decide(room, 2, "keep", "이도현")
    found = review.agreement(room)
    assert (found.n_examples, found.observed) == (4, 0.75)
    assert found.kappa == pytest.approx(0.5)  # (0.75 - 0.5) / (1 - 0.5)


def test_kappa_of_a_known_table() -> None:
    """Cohen's own measure on a table worked out by hand, and none where it has no value."""
    counts = VerdictCounts(
        both_keep=20, both_reject=15, first_keeps=5, second_keeps=10, n_waiting=0, n_disputed=0
    )
    assert review.cohens_kappa(counts) == pytest.approx(0.4)
    for both_keep, why in ((0, "two opinions"), (9, "the same")):
        nothing = VerdictCounts(
            both_keep=both_keep,
            both_reject=0,
            first_keeps=0,
            second_keeps=0,
            n_waiting=0,
            n_disputed=0,
        )
        with pytest.raises(MeasureError, match=why):
            review.cohens_kappa(nothing)


def test_the_chosen_share_is_a_share_and_stays_the_same() -> None:
    """A tenth means a tenth, of the same examples every time; more share keeps those in."""
    ids = [f"{number:016x}" for number in range(4000)]
    tenth = {each for each in ids if is_chosen(each, 0.1)}
    assert 320 < len(tenth) < 480
    assert tenth <= {each for each in ids if is_chosen(each, 0.2)}
    assert not any(is_chosen(each, 0.0) for each in ids)
    assert all(is_chosen(each, 1.0) for each in ids)
