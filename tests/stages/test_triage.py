"""Triage: it finds a rule, proves what it claims, refuses without proof, and counts honestly."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from chatmill.errors import ReviewConflictError, UsageError
from chatmill.project import Project
from chatmill.records import Finding
from chatmill.settings import FILE_NAME
from chatmill.stages import users
from chatmill.stages.review import TurnText, decide, hand_out, undo
from chatmill.stages.review.triage import (
    is_training_due,
    keep_sure,
    sample_of_kept,
    sample_of_sure,
    train_triage,
    triage_status,
    undo_keeping,
)
from chatmill.stages.review.triage.features import texts_of
from chatmill.store.decisions import list_decisions
from chatmill.store.examples import count_examples, get_example, save_findings
from chatmill.store.purging import RowPurge, purge_rows
from chatmill.store.queue import next_pending_ids
from chatmill.store.triage import newest_model, read_vectors
from chatmill.store.triage_labels import read_labels
from triage_room import (
    PERSON,
    at_random,
    by_rule,
    is_bad,
    one_decides,
    people_decide,
    planted,
    triage_project,
)

N_DECIDED, N_ALL = 720, 1000


@pytest.fixture(scope="module")
def learnt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """People decided about 720 of 1,000 examples by a rule, and triage learnt it."""
    folder = tmp_path_factory.mktemp("triage") / "room"
    with triage_project(folder, N_ALL) as project:
        people_decide(project, range(N_DECIDED))
        train_triage(project)
    return folder


@pytest.fixture
def ruled(learnt: Path, tmp_path: Path) -> Iterator[Project]:
    """The same for one test alone."""
    shutil.copytree(learnt, tmp_path / "room")
    with Project.open(tmp_path / "room") as project:
        yield project


@pytest.fixture
def ruled_anywhere(
    request: pytest.FixtureRequest, tmp_path: Path, database_url: str
) -> Iterator[Project]:
    """The same on either database."""
    if database_url.startswith("sqlite"):
        yield request.getfixturevalue("ruled")
        return
    with triage_project(tmp_path / "room", N_ALL, database_url=database_url) as project:
        people_decide(project, range(N_DECIDED))
        train_triage(project)
        yield project


def numbers_of(ids: tuple[str, ...] | list[str]) -> list[int]:
    """Return the numbers of planted examples."""
    return [int(each.removeprefix("e")) for each in ids]


def test_it_finds_a_rule_and_what_it_keeps_is_right(ruled: Project) -> None:
    """What it is 99 % sure of is kept by people too, on examples nobody had decided about."""
    status = triage_status(ruled)
    assert status.figures is not None
    assert status.figures.area > 0.99
    assert status.offer.refusal == ""
    good = [number for number in range(N_DECIDED, N_ALL) if not is_bad(number)]
    assert status.offer.n_sure > 0.9 * len(good)
    batch = str(uuid4())
    kept = keep_sure(ruled, batch=batch, n_expected=status.offer.n_sure, asked_by=PERSON)
    right = [by_rule(number) == "keep" for number in numbers_of(kept.example_ids)]
    assert sum(right) / len(right) >= 0.99


def test_its_decisions_are_its_own_and_one_step(ruled_anywhere: Project) -> None:
    """They carry its name, sent twice they are made once, and one undo takes all of them back."""
    n_sure = triage_status(ruled_anywhere).offer.n_sure
    before = count_examples(ruled_anywhere.database)
    batch = str(uuid4())
    keep_sure(ruled_anywhere, batch=batch, n_expected=n_sure, asked_by=PERSON)
    keep_sure(ruled_anywhere, batch=batch, n_expected=n_sure, asked_by=PERSON)
    own = list_decisions(ruled_anywhere.database, reviewer="triage")
    assert len(own) == n_sure
    assert {each.batch for each in own} == {batch}
    assert all(PERSON in each.reason and "model 1" in each.reason for each in own)
    undone = undo_keeping(ruled_anywhere, reviewer=PERSON, undo_id=str(uuid4()))
    assert len(undone.example_ids) == n_sure
    assert count_examples(ruled_anywhere.database) == before
    status = triage_status(ruled_anywhere)
    assert status.steps[0].n_holding == 0
    assert status.own.n_unseen == 0


def test_undoing_leaves_what_people_decided_since(ruled: Project) -> None:
    """Somebody who looked at what it kept keeps their word when the step is taken back."""
    n_sure = triage_status(ruled).offer.n_sure
    keep_sure(ruled, batch=str(uuid4()), n_expected=n_sure, asked_by=PERSON)
    looked_at, rejected = numbers_of(sample_of_kept(ruled, limit=2))
    one_decides(ruled, looked_at, "keep")
    one_decides(ruled, rejected, "reject")
    undone = undo_keeping(ruled, reviewer=PERSON, undo_id=str(uuid4()))
    assert len(undone.example_ids) == n_sure - 2
    assert get_example(ruled.database, planted(looked_at).id).status == "kept"
    assert get_example(ruled.database, planted(rejected).id).status == "rejected"


def test_it_never_decides_about_what_changed(ruled: Project) -> None:
    """More than was shown is refused; errors and decided examples are people's."""
    n_sure = triage_status(ruled).offer.n_sure
    first, second = sample_of_sure(ruled, limit=2)
    found = Finding(
        example_id=first,
        check="grounding",
        severity="error",
        field="turns[0].answer",
        start=0,
        end=1,
        message="소켓 수가 다릅니다",
    )
    save_findings(ruled.database, {first: [found]}, {first: "anew"})
    one_decides(ruled, numbers_of([second])[0], "reject")
    with pytest.raises(ReviewConflictError, match=f"{n_sure - 2}"):
        keep_sure(ruled, batch=str(uuid4()), n_expected=n_sure - 3, asked_by=PERSON)
    with pytest.raises(ReviewConflictError, match="learnt anew"):
        keep_sure(ruled, batch=str(uuid4()), n_expected=n_sure, asked_by=PERSON, model=7)
    kept = keep_sure(ruled, batch=str(uuid4()), n_expected=n_sure, asked_by=PERSON, model=1)
    assert len(kept.example_ids) == n_sure - 2
    assert not {first, second} & set(kept.example_ids)


def test_the_history_counts_what_was_said_before(ruled: Project) -> None:
    """Right and wrong count where people decided after it spoke, and no more once undone."""
    assert triage_status(ruled).history == ()
    good = next(number for number in range(N_DECIDED, N_ALL) if not is_bad(number))
    one_decides(ruled, good, "reject", reviewer="김하늘")
    one_decides(ruled, good + 1, by_rule(good + 1))
    history = triage_status(ruled).history
    assert sum(each.n_said for each in history) == 2
    assert sum(each.n_right for each in history) == 1
    train_triage(ruled)
    assert sum(each.n_said for each in triage_status(ruled).history) == 2
    undo(ruled, "김하늘")
    history = triage_status(ruled).history
    assert sum(each.n_said for each in history) == 1
    assert sum(each.n_right for each in history) == 1


def test_people_who_overturn_it_are_counted_and_end_the_offer(ruled_anywhere: Project) -> None:
    """What it kept and people did not is said, and enough of it takes the offer away."""
    n_sure = triage_status(ruled_anywhere).offer.n_sure
    keep_sure(ruled_anywhere, batch=str(uuid4()), n_expected=n_sure, asked_by=PERSON)
    looked_at = numbers_of(sample_of_kept(ruled_anywhere, limit=10))
    for number in looked_at:
        one_decides(ruled_anywhere, number, "reject" if number in looked_at[:3] else "keep")
    status = triage_status(ruled_anywhere)
    assert (status.own.n_confirmed, status.own.n_changed) == (7, 3)
    assert status.own.n_unseen == n_sure - 10
    assert status.offer.refusal == "refuted"
    assert (status.offer.n_right_since, status.offer.n_said_since) == (7, 10)
    with pytest.raises(UsageError, match="people decided otherwise"):
        keep_sure(ruled_anywhere, batch=str(uuid4()), n_expected=1, asked_by=PERSON)


def test_decisions_by_chance_teach_it_nothing(tmp_path: Path) -> None:
    """Random decisions, however many: it says so and offers nothing."""
    with triage_project(tmp_path / "room", N_ALL) as project:
        people_decide(project, range(N_DECIDED), at_random)
        summary = train_triage(project)
        assert summary.figures.surety is not None
        assert summary.figures.surety.threshold is None
        assert triage_status(project).offer.n_sure == 0
        assert triage_status(project).offer.refusal in {"guessing", "unproven"}


def test_few_decisions_prove_nothing(tmp_path: Path) -> None:
    """A perfect rule over 90 decisions puts the queue in order and keeps nothing by itself."""
    with triage_project(tmp_path / "room", 120) as project:
        people_decide(project, range(10))
        assert train_triage(project).state == "waiting"
        assert triage_status(project).offer.refusal == "waiting"
        people_decide(project, range(10, 90))
        summary = train_triage(project)
        assert (summary.state, summary.n_predicted) == ("ready", 30)
        assert triage_status(project).offer.refusal == "unproven"
        with pytest.raises(UsageError, match="prove"):
            keep_sure(project, batch=str(uuid4()), n_expected=1, asked_by=PERSON)


def test_only_people_teach_it(tmp_path: Path) -> None:
    """Policies' decisions, its own among them, are no labels, and neither are undone ones."""
    with triage_project(tmp_path / "room", 200) as project:
        people_decide(project, range(90), reviewer="triage")
        people_decide(project, range(90, 120), reviewer="keep-clean")
        decided = one_decides(project, 150, "keep")
        assert decided.reviewer == PERSON
        assert train_triage(project).figures.n_kept == 1
        undo(project, PERSON)
        figures = train_triage(project).figures
        assert (figures.n_kept, figures.n_edited, figures.n_rejected) == (0, 0, 0)


def test_the_same_decisions_make_the_same_model(tmp_path: Path) -> None:
    """Weights are stored as plain values, and training again gives the same ones."""
    with triage_project(tmp_path / "room", 120) as project:
        people_decide(project, range(100))
        train_triage(project)
        first = newest_model(project.database)
        train_triage(project)
        second = newest_model(project.database)
        assert first is not None
        assert second is not None
        assert second.number == first.number + 1
        assert second.figures == first.figures


def test_the_queue_begins_with_what_it_is_least_sure_of(tmp_path: Path) -> None:
    """An example like both kinds comes before those that are clear."""
    with triage_project(tmp_path / "room", 130) as project:
        people_decide(project, range(100))
        train_triage(project)
        order = next_pending_ids(project.database, after=None, limit=30)
        assert sorted(order) == [planted(number).id for number in range(100, 130)]
        assert order != sorted(order)


def test_it_is_due_after_so_many_decisions(tmp_path: Path) -> None:
    """Fifty decisions of people since the last training, and no sooner."""
    with triage_project(tmp_path / "room", 120) as project:
        people_decide(project, range(49))
        assert not is_training_due(project)
        one_decides(project, 60, "keep")
        assert is_training_due(project)
        train_triage(project)
        assert not is_training_due(project)


def test_an_edit_is_a_no_about_the_words_before_it(tmp_path: Path) -> None:
    """What is learnt from is what the person saw, checked once more, not what they made of it."""
    with triage_project(tmp_path / "room", 60) as project:
        people_decide(project, range(50))
        edited = decide(
            project,
            planted(50).id,
            "edit",
            decision_id=str(uuid4()),
            reviewer=PERSON,
            turns=[TurnText(question="소켓은 몇 개인가요?", answer="8개입니다.")],
        )
        assert edited.after.status == "kept"
        (label, *_) = read_labels(project.database, most=1)
        assert (label.action, label.is_kept) == ("edit", False)
        assert label.turns == planted(50).turns
        figures = train_triage(project).figures
        assert (figures.n_kept, figures.n_edited, figures.n_rejected) == (33, 1, 17)
        assert read_vectors(project.database, [planted(50).id])[planted(50).id].words == (
            texts_of(planted(50).turns).digest
        )


def test_what_is_somebodys_is_not_on_offer(ruled: Project, tmp_path: Path) -> None:
    """Examples somebody has open are left out, and those that two people are to decide about."""
    n_sure = triage_status(ruled).offer.n_sure
    held = [each for each in hand_out(ruled, PERSON, limit=120) if not is_bad(int(each[1:]))]
    assert held
    assert triage_status(ruled).offer.n_sure == n_sure - len(held)
    with (ruled.folder / FILE_NAME).open("a", encoding="utf-8") as file:
        file.write("\n[review]\ndouble_share = 1.0\n")
    with Project.open(tmp_path / "room") as doubled:
        assert triage_status(doubled).offer.refusal == "nothing"


def test_what_was_forgotten_is_forgotten_by_triage(ruled: Project) -> None:
    """Weights learnt from a purged conversation go with it, and with them the offer."""
    purge = RowPurge(
        example_ids=[planted(number).id for number in range(4)],
        conversation_ids=["room:0"],
        touched_ids=[],
        evaluation_ids=[],
        people=[],
    )
    purge_rows(ruled.database, purge, lambda text: text, lambda text: text)
    assert triage_status(ruled).offer.refusal == "untrained"
    assert read_vectors(ruled.database, [planted(0).id]) == {}
    assert train_triage(ruled).figures.n_kept == 480 - 2


def test_nobody_decides_under_its_name(ruled: Project) -> None:
    """A person called triage could pass their decisions off as the model's, or the reverse."""
    with pytest.raises(UsageError, match="chatmill decides under"):
        one_decides(ruled, N_ALL - 1, "keep", reviewer="triage")
    with pytest.raises(UsageError, match="chatmill decides under"):
        users.create_user(ruled, "Triage", "소켓 여덟 개와 말 한 마리", actor="test")
